//! What is told of one plugin call.

use crate::{Failure, Value};
use std::time::{Duration, Instant};

/// One ended plugin call.
///
/// Nothing in it needs an allocation when the guest has nothing of its own to tell.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The exported function: `bind`, `observe`, `settle`, `partial`, `process` or `finish`.
    pub name: &'static str,
    /// The batch that the call worked on, if on one.
    pub batch: Option<u64>,
    /// Rows handed to the guest.
    pub rows_in: u64,
    /// Rows that the guest gave.
    pub rows_out: u64,
    /// Bytes that the guest read.
    pub bytes_in: u64,
    /// Bytes that the guest wrote.
    pub bytes_out: u64,
    /// Time in the plugin and in what it asked of the host, should that not have been all of the call.
    pub inside: Option<Duration>,
    /// What of that time was the host's.
    pub boundary: Duration,
    /// Attributes that the guest set on the call.
    pub attributes: Vec<(String, Value)>,
    /// Increments of the guest's counters. They are summed over the stage, whether the call is kept or not.
    pub counts: Vec<(String, u64)>,
    /// Spans that the guest opened inside the call, parents before children.
    pub steps: Vec<Step>,
    /// What the guest logged.
    pub logs: Vec<LogLine>,
    /// Why the call failed, if it did.
    pub error: Option<Failure>,
}

impl Call {
    /// A call of which nothing but the name is known yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }
}

/// A span that a guest opened inside a call.
#[derive(Clone, Debug)]
pub struct Step {
    /// The guest's name for it.
    pub name: String,
    /// The index of the step that it lies in; `None` = directly in the call. Only earlier steps count.
    pub parent: Option<usize>,
    /// When it was opened.
    pub start: Instant,
    /// When it was dropped, or the call's end.
    pub end: Instant,
    /// Attributes that the guest set on it.
    pub attributes: Vec<(String, Value)>,
}

/// A line that a guest logged inside a call. It becomes an event of the call's span.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// How bad it is.
    pub level: Level,
    /// When it was logged.
    pub at: Instant,
    /// The text.
    pub message: String,
    /// What the guest added.
    pub details: Vec<(String, Value)>,
}

/// The level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every small thing.
    Trace,
    /// For finding faults.
    Debug,
    /// Worth knowing.
    Info,
    /// Not right, but the call goes on.
    Warn,
    /// Wrong.
    Error,
}

impl Level {
    /// The level's name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}
