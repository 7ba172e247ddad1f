//! What the plugin can do wrong.

use std::hint::black_box;

use serde::Deserialize;

use crate::bindings::etl::plugin::data::Batch;
use crate::bindings::etl::plugin::telemetry::{self, Level};
use crate::bindings::etl::plugin::types::{Error, ErrorCode};
use crate::bindings::exports::etl::plugin::stage::{BindResponse, Distribution};
use crate::buffers::Fault;
use crate::flood::{self, Flood};
use crate::output::{Breach, Lie};
use crate::rows::About;

/// The names of the variants of [`Act`].
pub(crate) const OPERATIONS: &[&str] = &[
    "pass",
    "endless-loop",
    "memory-bomb",
    "trap",
    "panic",
    "deep-recursion",
    "error",
    "bad-buffers",
    "bad-arguments",
    "flood",
    "forged-handle",
    "wrong-output",
    "broken-promise",
    "bad-bind",
    "wrong-port",
    "never-done",
    "big-partial",
    "telemetry-flood",
    "rows",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(crate) enum Act {
    /// Nothing: a good stage.
    Pass {},
    EndlessLoop {},
    /// Allocates until it is refused.
    MemoryBomb {},
    /// The `unreachable` instruction.
    Trap {},
    /// Logs the message, as a panic hook does, and traps.
    Panic {
        message: String,
    },
    DeepRecursion {},
    /// An error as a good stage returns it; or one whose message comes so many times.
    Error {
        code: Code,
        message: String,
        #[serde(default = "once")]
        repeat: usize,
    },
    /// A column whose data is not what its type says.
    BadBuffers {
        kind: Fault,
    },
    /// A call of a batch's function with an argument out of its range.
    BadArguments {
        kind: crate::buffers::Argument,
    },
    /// Too much of something.
    Flood {
        kind: Flood,
        count: u32,
    },
    /// Uses a handle that it does not have: this one, or one that it gave back.
    ForgedHandle {
        handle: Option<u32>,
    },
    /// A batch that is not as `bind` said.
    WrongOutput {
        kind: Breach,
    },
    /// A batch that is not as `origins` and `one-to-one` said.
    BrokenPromise {
        kind: Lie,
    },
    /// A response to `bind` that makes no sense.
    BadBind {
        kind: Nonsense,
    },
    /// A batch for a port that is not there.
    WrongPort {
        port: u32,
    },
    /// `finish` wants to be called again, for ever.
    NeverDone {},
    /// A summary of this size.
    BigPartial {
        bytes: usize,
    },
    /// Something about the rows with these numbers in their first column.
    Rows {
        about: About,
        numbers: Vec<i64>,
    },
    /// Spans, attributes and log lines: `count` of each, with texts of `bytes`.
    TelemetryFlood {
        count: u32,
        bytes: usize,
    },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Code {
    InvalidConfig,
    InvalidSchema,
    InvalidData,
    Unsupported,
    ResourceLimit,
    Cancelled,
    Internal,
}

/// What can be wrong with a response to `bind`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Nonsense {
    /// Reads a column that is not there.
    Reads,
    /// Is keyed by a column that is not there.
    Key,
    /// Preserves a column that is not there.
    Origins,
    /// Has no schema for its output.
    NoOutputs,
    /// Has a schema for an output that it did not describe.
    MoreOutputs,
    /// A field whose format names no type.
    Format,
    /// A field that says it has more children than follow it.
    Children,
}

impl Act {
    /// Changes the response of a good stage.
    pub(crate) fn promise(&self, response: &mut BindResponse, columns: &[u32]) {
        match self {
            Act::BrokenPromise { .. } => {
                response.one_to_one = true;
                response.outputs[0].origins = columns.iter().copied().map(Some).collect();
            }
            Act::BigPartial { .. } => response.two_pass = true,
            Act::BadBind { kind } => kind.apply(response),
            _ => {}
        }
    }

    /// What is wrong whatever comes out.
    pub(crate) fn perform(&self, batch: Option<&Batch>) -> Result<(), Error> {
        match self {
            Act::EndlessLoop {} => loop {
                black_box(());
            },
            Act::MemoryBomb {} => loop {
                black_box(vec![1_u8; 16 << 20].leak());
            },
            Act::Trap {} => trap(),
            Act::Panic { message } => {
                telemetry::log(Level::Error, message, &[]);
                trap()
            }
            Act::DeepRecursion {} => {
                black_box(depth(black_box(1)));
            }
            Act::Error { code, message, repeat } => {
                return Err(crate::error((*code).into(), &message.repeat(*repeat)));
            }
            Act::BadBuffers { kind } => drop(kind.column()?),
            Act::BadArguments { kind } => kind.call(batch.ok_or_else(no_batch)?)?,
            Act::Flood { kind, count } => kind.pour(batch.ok_or_else(no_batch)?, *count)?,
            Act::ForgedHandle { handle } => flood::forged(*handle)?,
            Act::TelemetryFlood { count, bytes } => flood::chatter(*count, &"x".repeat(*bytes)),
            _ => {}
        }
        Ok(())
    }

    /// What goes out, and through which port, for a batch that came in.
    pub(crate) fn output(&self, input: Batch) -> Result<Vec<(u32, Batch)>, Error> {
        match self {
            Act::WrongOutput { kind } => kind.output(&input),
            Act::BrokenPromise { kind } => kind.output(input),
            Act::Rows { about, numbers } => about.output(numbers, input),
            Act::WrongPort { port } => Ok(vec![(*port, input)]),
            _ => Ok(vec![(0, input)]),
        }
    }

    pub(crate) fn partial(&self) -> Vec<u8> {
        match self {
            Act::BigPartial { bytes } => vec![0; *bytes],
            _ => Vec::new(),
        }
    }
}

impl Nonsense {
    fn apply(self, response: &mut BindResponse) {
        let fields = response.outputs.first_mut().map(|output| &mut output.schema.fields);
        match self {
            Nonsense::Reads => response.reads = vec![vec![9_999]],
            Nonsense::Key => response.distribution = Distribution::Keyed(vec![9_999]),
            Nonsense::Origins => response.outputs[0].origins.fill(Some(9_999)),
            Nonsense::NoOutputs => response.outputs.clear(),
            Nonsense::MoreOutputs => response.outputs.extend_from_within(..1),
            Nonsense::Format => {
                fields.into_iter().flatten().for_each(|field| "?".clone_into(&mut field.format));
            }
            Nonsense::Children => fields.into_iter().flatten().for_each(|field| field.children = u32::MAX),
        }
    }
}

impl From<Code> for ErrorCode {
    fn from(code: Code) -> Self {
        match code {
            Code::InvalidConfig => ErrorCode::InvalidConfig,
            Code::InvalidSchema => ErrorCode::InvalidSchema,
            Code::InvalidData => ErrorCode::InvalidData,
            Code::Unsupported => ErrorCode::Unsupported,
            Code::ResourceLimit => ErrorCode::ResourceLimit,
            Code::Cancelled => ErrorCode::Cancelled,
            Code::Internal => ErrorCode::Internal,
        }
    }
}

pub(crate) fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

/// Every frame lives until the one above it is done.
#[expect(unconditional_recursion, reason = "the point of it")]
fn depth(level: u64) -> u64 {
    level ^ black_box(depth(black_box(level + 1)))
}

fn once() -> usize {
    1
}

fn no_batch() -> Error {
    crate::wrong("this needs a batch: `at` must be \"process\" or \"observe\"")
}
