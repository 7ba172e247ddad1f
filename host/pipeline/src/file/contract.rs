//! The form of a contract.

use std::{borrow::Cow, fmt};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use crate::{Drift, Located, MaxRejects, OnFault};

/// What rows must be like. A rule holds of values that are not null.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { columns.price = { not-null = true, min = 0 } }"
)]
#[schemars(rename = "Contract")]
pub(crate) struct ContractEntry {
    /// What becomes of a row that breaks a rule of a column: "fail" or "reject"; "fail" unless told.
    pub(crate) on_bad_rows: Option<Located<OnFault>>,
    /// How many such rows may be rejected, such as 100 or "1%" of those that are looked at; more of them fail the job.
    /// Any number unless told.
    pub(crate) max_rejects: Option<Located<MaxRejects>>,
    /// "freeze": the columns of the contract and no others; "evolve", unless told: there may be others.
    #[serde(default)]
    pub(crate) schema: Drift,
    /// How many rows there must be: { min = 1, max = 1000000 }.
    pub(crate) rows: Option<Located<RowsEntry>>,
    /// How new the newest row must be: { column = "updated", within = "24h" } before the run's timestamp.
    pub(crate) fresh: Option<Located<FreshEntry>>,
    /// The columns that must be there, by their names, and what is in them.
    #[serde(default)]
    pub(crate) columns: IndexMap<String, Located<ColumnEntry>>,
}

/// How many rows there must be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { min = 1 }")]
#[schemars(rename = "Rows")]
pub(crate) struct RowsEntry {
    /// At least; 0 unless told.
    #[serde(default)]
    pub(crate) min: u64,
    /// At most; any number unless told.
    pub(crate) max: Option<u64>,
}

/// How new the newest row must be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { column = \"updated\", within = \"24h\" }")]
#[schemars(rename = "Fresh")]
pub(crate) struct FreshEntry {
    /// The column with the time: a date or a timestamp.
    pub(crate) column: String,
    /// How long before the run's timestamp the newest may lie, such as "90m" or "24h".
    pub(crate) within: Located<String>,
}

/// What is in a column.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { type = \"float64\", not-null = true, min = 0 }"
)]
#[schemars(rename = "Column")]
pub(crate) struct ColumnEntry {
    /// Its type: "int64", "utf8", "timestamp[us, UTC]", "decimal(38, 10)".
    pub(crate) r#type: Option<Located<String>>,
    /// No value is null.
    #[serde(default)]
    pub(crate) not_null: bool,
    /// No value occurs twice; of rows with the same value the first is good.
    #[serde(default)]
    pub(crate) unique: bool,
    /// The least value.
    pub(crate) min: Option<Located<Scalar>>,
    /// The greatest value.
    pub(crate) max: Option<Located<Scalar>>,
    /// The values that it may have.
    pub(crate) one_of: Option<Located<Vec<Scalar>>>,
    /// A regular expression that its text must match, somewhere unless it has `^` and `$`.
    pub(crate) matches: Option<Located<String>>,
}

/// A number, a text or a truth value, as text.
pub(crate) struct Scalar(pub(crate) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text, or true or false")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
                Ok(Scalar(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string", "boolean"] })
    }
}
