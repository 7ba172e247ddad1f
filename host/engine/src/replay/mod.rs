//! Rows that an earlier run rejected, mended and fed in where they left.

mod entry;
mod prepared;
mod table;

use std::sync::Arc;

pub use table::{Rejected, ReplayError};

pub(crate) use entry::{Entry, Point};
pub(crate) use prepared::{Entering, Prepared};

/// What is to be replayed, and how.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The rows.
    pub rejected: Arc<Rejected>,
    /// What is added to the paths of all outputs, so that none takes the place of the job's own; `None`:
    /// `-replay-of-<run>`, by the run that rejected the rows.
    pub suffix: Option<String>,
    /// Whether a stage that looks at all rows may look at the replayed ones alone.
    pub apart: bool,
}
