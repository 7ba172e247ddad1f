//! Arithmetic expressions: read once, then run on whole columns.

mod evaluate;
mod parse;
mod tokens;

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operator {
    fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
        }
    }

    /// The result for integers, if it fits. A quotient is not one of integers.
    fn checked(self, left: i64, right: i64) -> Option<i64> {
        match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide => None,
        }
    }
}

/// A step of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Puts an integer on the stack.
    Integer(i64),
    /// Puts a float on the stack.
    Float(f64),
    /// Puts a column on the stack: its position in the program's list.
    Column(usize),
    /// Negates what is on top.
    Negate,
    /// Takes the two that are on top, and puts the result there.
    Combine(Operator),
}

/// An expression as the steps of a stack machine: however long it is, running it needs no recursion.
pub(crate) struct Program {
    steps: Vec<Step>,
    columns: Vec<Operand>,
    /// Whether the result is one of integers.
    integers: bool,
}

/// A column that the expression names.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Operand {
    index: usize,
    integers: bool,
}

impl Program {
    /// Positions of the columns that it reads, each once.
    pub(crate) fn columns(&self) -> Vec<usize> {
        self.columns.iter().map(|column| column.index).collect()
    }

    /// Arrow format of the result.
    pub(crate) fn format(&self) -> &'static str {
        if self.integers { "l" } else { "g" }
    }
}
