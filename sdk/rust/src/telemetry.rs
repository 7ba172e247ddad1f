//! What an operation adds to the trace. The host owns ids, clock and budget.

use crate::Value;
use crate::backend::{RawSpan, recorder};

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For whoever looks for a mistake.
    Debug,
    /// Worth knowing.
    Info,
    /// Worth looking at.
    Warn,
    /// Wrong.
    Error,
}

/// A step inside the current call. It ends when this is dropped.
#[must_use = "the span ends when it is dropped"]
pub struct Span(RawSpan);

impl Span {
    /// Sets an attribute of the step.
    pub fn set(&self, key: &str, value: impl Into<Value>) {
        self.0.set(key, value.into());
    }
}

/// Starts a step inside the current call.
pub fn span(name: &str) -> Span {
    Span(RawSpan::start(name))
}

/// Sets an attribute of the current call's span.
pub fn set(key: &str, value: impl Into<Value>) {
    recorder::set(key, value.into());
}

/// Adds to a counter of this stage. Nothing is told when there is nothing to add.
pub fn count(name: &str, delta: usize) {
    if delta > 0 {
        recorder::count(name, delta as u64);
    }
}

/// Writes a message into the trace.
pub fn log(level: Level, message: &str) {
    recorder::log(level, message);
}

/// True once the run is being stopped: return soon, or be interrupted.
pub fn cancelled() -> bool {
    recorder::cancelled()
}
