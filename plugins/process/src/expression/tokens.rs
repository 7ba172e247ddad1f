//! The words of an expression.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use etl_sdk::{Error, Result};

use super::Operator;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Integer(i64),
    Float(f64),
    Name(String),
    Operator(Operator),
    Open,
    Close,
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "`{value}`"),
            Self::Float(value) => write!(f, "`{value}`"),
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Operator(operator) => write!(f, "`{}`", operator.sign()),
            Self::Open => f.write_str("`(`"),
            Self::Close => f.write_str("`)`"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// A mistake at a character of the expression, counted from 1.
pub(super) fn wrong(path: &str, at: usize, what: impl fmt::Display) -> Error {
    Error::config(path, format!("character {at}: {what}"))
}

/// Reads an expression word by word.
pub(super) struct Tokens<'a> {
    path: &'a str,
    rest: Peekable<Chars<'a>>,
    /// The next character's number.
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(path: &'a str, expression: &'a str) -> Self {
        Self { path, rest: expression.chars().peekable(), at: 1 }
    }

    /// The next word, and the number of its first character.
    pub(super) fn next(&mut self) -> Result<(Token, usize)> {
        self.take_while(char::is_whitespace);
        let at = self.at;
        let Some(first) = self.take() else {
            return Ok((Token::End, at));
        };
        let token = match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '+' => Token::Operator(Operator::Add),
            '-' | '−' => Token::Operator(Operator::Subtract),
            '*' | '×' => Token::Operator(Operator::Multiply),
            '/' | '÷' => Token::Operator(Operator::Divide),
            '`' | '"' => self.quoted(first, at)?,
            '0'..='9' => self.number(first, at)?,
            _ if first.is_alphabetic() || first == '_' => {
                let rest = self.take_while(|c| c.is_alphanumeric() || c == '_');
                Token::Name(format!("{first}{rest}"))
            }
            _ => {
                let error = wrong(self.path, at, format_args!("`{first}` means nothing here"));
                return Err(error.hint("a column whose name has such signs in it stands in backticks"));
            }
        };
        Ok((token, at))
    }

    /// A name up to the quote that ends it; a doubled quote stands for itself.
    fn quoted(&mut self, quote: char, at: usize) -> Result<Token> {
        let mut name = String::new();
        loop {
            name += &self.take_while(|c| c != quote);
            if self.take().is_none() {
                return Err(wrong(self.path, at, format_args!("nothing ends the quote {quote}")));
            }
            if self.rest.peek() != Some(&quote) {
                return Ok(Token::Name(name));
            }
            self.take();
            name.push(quote);
        }
    }

    fn number(&mut self, first: char, at: usize) -> Result<Token> {
        let mut digits = String::from(first);
        digits += &self.take_while(|c| c.is_ascii_digit() || c == '.');
        if let Some(e @ ('e' | 'E')) = self.rest.peek().copied() {
            self.take();
            digits.push(e);
            if let Some(sign @ ('+' | '-')) = self.rest.peek().copied() {
                self.take();
                digits.push(sign);
            }
            digits += &self.take_while(|c| c.is_ascii_digit());
        }
        if digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return digits.parse().map(Token::Integer).map_err(|_| {
                let error = wrong(self.path, at, format_args!("{digits} does not fit a 64-bit integer"));
                error.hint(format!("`{digits}.0` is a float"))
            });
        }
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Float(value)),
            _ => Err(wrong(self.path, at, format_args!("`{digits}` is not a number"))),
        }
    }

    fn take(&mut self) -> Option<char> {
        self.at += 1;
        self.rest.next()
    }

    fn take_while(&mut self, such: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.rest.next_if(|c| such(*c)) {
            self.at += 1;
            taken.push(c);
        }
        taken
    }
}
