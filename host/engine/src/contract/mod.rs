//! What rows must be like at one point of a job, checked as they pass.

mod breach;
mod checking;
mod columns;
mod prepared;
mod rule;
mod unique;

use std::fmt;
use std::sync::Arc;

pub(crate) use checking::Checking;
pub(crate) use prepared::Prepared;

/// Whose rows a contract is about.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    Source,
    Stage(Arc<str>),
}

impl Whose {
    fn stage(&self) -> Option<&str> {
        match self {
            Self::Source => None,
            Self::Stage(name) => Some(name),
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("the source"),
            Self::Stage(name) => write!(f, "stage `{name}`"),
        }
    }
}
