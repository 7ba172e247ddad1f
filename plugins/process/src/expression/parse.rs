//! From words to steps, by recursive descent.
//!
//! ```text
//! sum     = product { ("+" | "-") product }
//! product = signed { ("*" | "/") signed }
//! signed  = "-" signed | number | column | "(" sum ")"
//! ```

use etl_sdk::{Kind, Result, Schema};

use super::tokens::{Token, Tokens, wrong};
use super::{Operand, Operator, Program, Step};

/// Parentheses and signs within each other: no more than the stack of a plugin bears easily.
const DEEPEST: usize = 64;

struct Parser<'a> {
    path: &'a str,
    input: &'a Schema,
    tokens: Tokens<'a>,
    token: Token,
    /// Number of the token's first character.
    at: usize,
    depth: usize,
    program: Program,
}

/// What the steps so far leave on top of the stack.
#[derive(Clone, Copy)]
struct Top {
    integers: bool,
    /// Its value, if it does not depend on the row; then it is the last step.
    constant: Option<f64>,
}

impl Program {
    /// Reads the expression that stands at `path` of the configuration.
    pub(crate) fn parse(path: &str, expression: &str, input: &Schema) -> Result<Self> {
        let tokens = Tokens::new(path, expression);
        let program = Self { steps: Vec::new(), columns: Vec::new(), integers: false };
        let mut parser = Parser { path, input, tokens, token: Token::End, at: 1, depth: 0, program };
        parser.advance()?;
        let top = parser.sum()?;
        if parser.token != Token::End {
            return Err(parser.unexpected("an operator or the end"));
        }
        parser.program.integers = top.integers;
        Ok(parser.program)
    }
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<Top> {
        let mut left = self.product()?;
        while let Token::Operator(operator @ (Operator::Add | Operator::Subtract)) = self.token {
            let at = self.advance()?;
            let right = self.product()?;
            left = self.combine(operator, left, right, at)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Top> {
        let mut left = self.signed()?;
        while let Token::Operator(operator @ (Operator::Multiply | Operator::Divide)) = self.token {
            let at = self.advance()?;
            let right = self.signed()?;
            left = self.combine(operator, left, right, at)?;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Top> {
        match &self.token {
            Token::Integer(value) => {
                let step = Step::Integer(*value);
                self.advance()?;
                Ok(self.constant(step))
            }
            Token::Float(value) => {
                let step = Step::Float(*value);
                self.advance()?;
                Ok(self.constant(step))
            }
            Token::Name(name) => {
                let column = self.input.column(self.path, name)?;
                let column = column.hint("`clean/parse-currency` makes numbers of text").numbers()?;
                let operand = Operand { index: column.index(), integers: column.kind() == Kind::Integers };
                self.advance()?;
                Ok(self.column(operand))
            }
            Token::Operator(Operator::Subtract) => {
                let at = self.descend()?;
                let operand = self.signed()?;
                self.depth -= 1;
                self.negate(operand, at)
            }
            Token::Open => {
                self.descend()?;
                let inner = self.sum()?;
                if self.token != Token::Close {
                    return Err(self.unexpected("an operator or `)`"));
                }
                self.advance()?;
                self.depth -= 1;
                Ok(inner)
            }
            _ => Err(self.unexpected("a number, a column or `(`")),
        }
    }

    /// Takes the next token; returns where the one before began.
    fn advance(&mut self) -> Result<usize> {
        let before = self.at;
        (self.token, self.at) = self.tokens.next()?;
        Ok(before)
    }

    /// Takes the next token, one level deeper.
    fn descend(&mut self) -> Result<usize> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let what = format!("more than {DEEPEST} parentheses and signs within each other");
            return Err(wrong(self.path, self.at, what));
        }
        self.advance()
    }

    fn unexpected(&self, expected: &str) -> etl_sdk::Error {
        wrong(self.path, self.at, format_args!("expected {expected}, found {}", self.token))
    }

    fn constant(&mut self, step: Step) -> Top {
        self.program.steps.push(step);
        match step {
            #[expect(clippy::cast_precision_loss, reason = "only what is 0 matters, and what a float gets")]
            Step::Integer(value) => Top { integers: true, constant: Some(value as f64) },
            Step::Float(value) => Top { integers: false, constant: Some(value) },
            _ => Top { integers: false, constant: None },
        }
    }

    fn column(&mut self, column: Operand) -> Top {
        let columns = &mut self.program.columns;
        let slot = columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        });
        self.program.steps.push(Step::Column(slot));
        Top { integers: column.integers, constant: None }
    }

    fn negate(&mut self, operand: Top, at: usize) -> Result<Top> {
        match self.program.steps.pop_if(|_| operand.constant.is_some()) {
            Some(Step::Integer(value)) => {
                let negated = value.checked_neg().ok_or_else(|| self.too_great(at))?;
                Ok(self.constant(Step::Integer(negated)))
            }
            Some(Step::Float(value)) => Ok(self.constant(Step::Float(-value))),
            _ => {
                self.program.steps.push(Step::Negate);
                Ok(operand)
            }
        }
    }

    /// Adds the step that combines the two on top; if both are constant, does it now.
    fn combine(&mut self, operator: Operator, left: Top, right: Top, at: usize) -> Result<Top> {
        if operator == Operator::Divide && right.constant == Some(0.0) {
            return Err(wrong(self.path, at, "division by 0"));
        }
        let integers = left.integers && right.integers && operator != Operator::Divide;
        let (Some(a), Some(b)) = (left.constant, right.constant) else {
            self.program.steps.push(Step::Combine(operator));
            return Ok(Top { integers, constant: None });
        };
        let (right, left) = (self.program.steps.pop(), self.program.steps.pop());
        let folded = match (left, right) {
            (Some(Step::Integer(a)), Some(Step::Integer(b))) if integers => {
                Step::Integer(operator.checked(a, b).ok_or_else(|| self.too_great(at))?)
            }
            _ => Step::Float(operator.floats(a, b)),
        };
        Ok(self.constant(folded))
    }

    fn too_great(&self, at: usize) -> etl_sdk::Error {
        let error = wrong(self.path, at, "the result does not fit a 64-bit integer");
        error.hint("with a point in a number, as in `2.0`, it is calculated with floats")
    }
}
