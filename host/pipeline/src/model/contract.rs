//! What rows must be like at one point of a job.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DataTypeName, MaxRejects, OnFault};
use crate::{Located, Span};

/// What the rows must be like that a source gives, or a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// Where it is written.
    pub at: Span,
    /// What becomes of a row that breaks a rule of a column.
    pub on_bad_rows: Located<OnFault>,
    /// More of them that are rejected fail the job.
    pub max_rejects: Option<Located<MaxRejects>>,
    /// Whether there may be other columns than those of the contract.
    pub schema: Drift,
    /// The fewest and the most rows.
    pub rows: Option<Located<Bounds>>,
    /// How new the newest row must be.
    pub fresh: Option<Located<Fresh>>,
    /// The columns that must be there, and what is in them.
    pub columns: IndexMap<String, ColumnRule>,
}

/// Whether columns may come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// There may be other columns.
    #[default]
    Evolve,
    /// The columns of the contract, in any order, and no others.
    Freeze,
}

/// The fewest and the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

/// How new the newest row must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The column with the time.
    pub column: String,
    /// How long before the run's timestamp the newest may lie, in milliseconds.
    pub within_ms: u64,
}

/// What is in a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRule {
    /// Where it is written.
    pub at: Span,
    /// Its type.
    pub data_type: Option<Located<DataTypeName>>,
    /// No value is null.
    pub not_null: bool,
    /// No value but null occurs twice.
    pub unique: bool,
    /// The least value, as text.
    pub min: Option<Located<String>>,
    /// The greatest value, as text.
    pub max: Option<Located<String>>,
    /// The values that it may have, as text.
    pub one_of: Option<Located<Vec<String>>>,
    /// What its text must match.
    pub matches: Option<Located<String>>,
}
