//! A contract that is broken, in words.

use arrow_array::RecordBatch;
use etl_pipeline::{Contract, Span};

use super::rule::{Rule, shown};

/// What of a contract rows break.
pub(super) enum Breach<'a> {
    Rule(&'a Rule),
    /// A value of a column that must be unique.
    Again(usize),
}

impl Breach<'_> {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.code,
            Self::Again(_) => "unique",
        }
    }

    /// What is wrong with a row.
    pub(super) fn told(&self, rows: &RecordBatch, row: usize) -> String {
        match self {
            Self::Rule(rule) => {
                let value = shown(rows.column(rule.column), row);
                format!("column `{}` is {value}, and must be {}", rule.name, rule.expected)
            }
            Self::Again(column) => {
                let (name, value) =
                    (rows.schema_ref().field(*column).name(), shown(rows.column(*column), row));
                format!("column `{name}` is {value} again, and must be unique")
            }
        }
    }

    /// Where the pipeline says so.
    pub(super) fn at(&self, rows: &RecordBatch, contract: &Contract) -> Span {
        match self {
            Self::Rule(rule) => rule.at,
            Self::Again(column) => contract
                .columns
                .get(rows.schema_ref().field(*column).name())
                .map_or(contract.at, |rule| rule.at),
        }
    }
}
