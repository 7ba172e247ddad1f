//! What becomes of rows that do not fit.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::Sink;
use crate::Located;

/// What becomes of a row that a stage can't take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFault {
    /// The job fails.
    #[default]
    Fail,
    /// The row goes to the job's `rejects`, with the reason.
    Reject,
}

/// What becomes of a stage's batch for which the plugin gives an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// The job fails.
    #[default]
    Fail,
    /// Its rows go on as they came.
    Skip,
}

/// How a job bears with what goes wrong in one of its stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tolerance {
    /// Of rows that the plugin rejects.
    pub on_bad_rows: Located<OnFault>,
    /// Of rows with which the plugin traps, or runs out of time or memory.
    pub on_trap: Located<OnFault>,
    /// More of them that are rejected fail the job.
    pub max_rejects: Option<Located<MaxRejects>>,
    /// Of batches for which it gives an error.
    pub on_error: Located<OnError>,
    /// How often a call is made again for whose error the plugin says that this may help.
    pub retries: u32,
}

impl Tolerance {
    /// The first setting by which a row can be rejected.
    pub fn rejects(&self) -> Option<&Located<OnFault>> {
        [&self.on_bad_rows, &self.on_trap].into_iter().find(|setting| setting.value == OnFault::Reject)
    }
}

/// Where rows go that do not fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejects {
    /// Where they are written.
    pub sink: Sink,
    /// More of them, from wherever in the job, fail it.
    pub most: Option<Located<MaxRejects>>,
}

/// How many rows may be rejected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxRejects {
    /// So many.
    Rows(u64),
    /// So many of a hundred that could be.
    Percent(f64),
}

impl fmt::Display for MaxRejects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => rows.fmt(f),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl<'de> Deserialize<'de> for MaxRejects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rule;

        impl Visitor<'_> for Rule {
            type Value = MaxRejects;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of rows such as 100, or a share such as \"1%\"")
            }

            fn visit_i64<E: Error>(self, rows: i64) -> Result<MaxRejects, E> {
                u64::try_from(rows).map(MaxRejects::Rows).map_err(|_| E::custom("fewer than no rows"))
            }

            fn visit_u64<E: Error>(self, rows: u64) -> Result<MaxRejects, E> {
                Ok(MaxRejects::Rows(rows))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<MaxRejects, E> {
                let percent = text.trim().strip_suffix('%').and_then(|number| number.trim().parse().ok());
                match percent.filter(|percent| (0.0..=100.0).contains(percent)) {
                    Some(percent) => Ok(MaxRejects::Percent(percent)),
                    None => Err(E::custom(format!("bad share `{text}`: write it like \"1%\" or \"0.5%\""))),
                }
            }
        }
        deserializer.deserialize_any(Rule)
    }
}

impl JsonSchema for MaxRejects {
    fn schema_name() -> Cow<'static, str> {
        "MaxRejects".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^\\s*[0-9.]+\\s*%\\s*$|\\$\\{" }
            ]
        })
    }
}
