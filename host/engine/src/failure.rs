//! Why a run failed, for the user and for the trace.

use etl_pipeline::Diagnostic;
use etl_trace::Blame;
use serde::Serialize;

/// What kind of failure: few values, so that they can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A source could not be read, or holds what does not fit its types.
    Source,
    /// A plugin returned an error.
    Plugin,
    /// A plugin trapped.
    Trap,
    /// A call took too long.
    Timeout,
    /// A plugin asked for too much memory, or for more than there is.
    Memory,
    /// A plugin went over another limit.
    Limit,
    /// The disk for rows that do not fit into memory is full, or fails.
    Spill,
    /// A plugin broke its contract.
    Contract,
    /// Rows broke a contract of the pipeline.
    Data,
    /// More rows were rejected than the pipeline allows.
    Rejects,
    /// An output could not be written.
    Sink,
    /// The run was stopped from outside.
    Interrupted,
    /// A fault of the host.
    Internal,
}

impl FailureKind {
    /// Its name in reports and on spans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Plugin => "plugin",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Limit => "limit",
            Self::Spill => "spill",
            Self::Contract => "contract",
            Self::Data => "data",
            Self::Rejects => "rejects",
            Self::Sink => "sink",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }
}

impl FailureKind {
    /// Whose it is, where nothing more is known of it.
    fn blame(self) -> Blame {
        match self {
            Self::Source | Self::Data | Self::Rejects => Blame::Input,
            Self::Interrupted => Blame::Stopped,
            Self::Plugin
            | Self::Trap
            | Self::Timeout
            | Self::Memory
            | Self::Limit
            | Self::Spill
            | Self::Contract
            | Self::Sink
            | Self::Internal => Blame::Fault,
        }
    }
}

/// Why a run failed.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// The job.
    pub job: String,
    /// The stage, where it was one.
    pub stage: Option<String>,
    /// One line that is enough to mend it.
    pub message: String,
    /// How to mend it.
    pub hints: Vec<String>,
    /// Where in the pipeline's file: `pipeline.toml:12:7`.
    pub location: String,
    /// The guest's functions, innermost first.
    pub backtrace: Vec<String>,
    /// All of the above but the backtrace, with the line of the pipeline's file.
    #[serde(skip)]
    pub diagnostic: Diagnostic,
    /// Whose it is, for the colours of X-Ray.
    #[serde(skip)]
    pub(crate) blame: Blame,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, job: &str, stage: Option<&str>, diagnostic: Diagnostic) -> Self {
        Self {
            kind,
            job: job.to_owned(),
            stage: stage.map(ToOwned::to_owned),
            message: diagnostic.message().to_owned(),
            hints: diagnostic.helps().to_vec(),
            location: diagnostic.location(),
            backtrace: Vec::new(),
            diagnostic,
            blame: kind.blame(),
        }
    }

    /// The same as the failure of a span.
    pub(crate) fn for_trace(&self) -> etl_trace::Failure {
        etl_trace::Failure {
            kind: self.kind.as_str().to_owned(),
            message: self.message.clone(),
            blame: self.blame,
            stack: (!self.backtrace.is_empty()).then(|| self.backtrace.join("\n")),
        }
    }
}
