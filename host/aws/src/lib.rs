//! What AWS knows of a run: its place in a trace, and whether it is traced at all.
//!
//! A step of a state machine that is no Lambda function gets no trace header. What it gets is the trace's id, in the
//! execution's input, and its own name. [`find_step`] asks X-Ray for the rest: the segment of the request that
//! started us, under which our segments belong. Where a trace begins with us, [`sampling`] decides by X-Ray's rules. It is
//! the only crate that knows AWS's library.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod client;
mod error;
mod poll;
pub mod sampling;
mod sources;
mod step;
mod traces;

pub use error::Error;
pub use poll::find_step;
pub use step::{Certainty, Step};

/// What came of a search.
#[derive(Debug, Default)]
pub struct Answer {
    /// The parent, with how sure it is; the surest that was seen in the time.
    pub parent: Option<([u8; 8], Certainty)>,
    /// How often X-Ray was asked for the trace.
    pub asked: u32,
    /// What was wrong with the last question, if the search ended before anything sure was found.
    pub error: Option<Error>,
}
