//! The trace of one run: context, spans, the budget of per-call spans, export and the local record.
//!
//! A [`Trace`] is started once per run, under the [`Parent`] that the caller handed over or under nothing.
//! It makes [`Span`]s (run, job, read, stage, write); a stage's worker takes [`Calls`] from its stage's span
//! and tells it of every plugin call. Under the [`CallBudget`] some calls become spans of their own, the rest
//! is folded into the stage's span, whose totals stay exact whatever was kept.
//!
//! ```
//! use etl_trace::{Call, Kind, Trace, TraceOptions};
//! use std::time::Duration;
//!
//! let trace = Trace::start(TraceOptions { pipeline: "airbnb".into(), ..TraceOptions::default() })?;
//! let job = trace.span("clean", Kind::Server);
//! let stage = job.child("drop-columns");
//! let mut calls = stage.calls();
//! let start = calls.start();
//! calls.end(start, Call { rows_in: 100, rows_out: 90, ..Call::new("process") });
//! drop(calls);
//! stage.end();
//! job.end();
//! assert_eq!(stage.totals().rows_out, 90);
//! // With neither a record nor a collector there is nobody to show single calls to: the job and its stage.
//! let summary = trace.finish(Duration::from_secs(1));
//! assert_eq!(summary.spans, 2);
//! # Ok::<(), etl_trace::TraceError>(())
//! ```
//!
//! Nothing here ever blocks the run: spans go through a bounded queue, and what is lost is counted and told in
//! the [`TraceSummary`]. The crate is the only one that knows OpenTelemetry, and shows none of its types.

pub mod attributes;
mod background;
mod budget;
mod call;
mod calls;
mod clock;
mod context;
mod error;
mod export;
mod late;
mod logs;
mod metrics;
mod otlp;
mod platform;
mod record;
mod recorder;
mod requests;
mod resource;
mod sampling;
mod segment;
mod side;
mod span;
mod telemetry;
mod trace;
mod value;

pub use budget::CallBudget;
pub use call::{Call, Level, LogLine, Step};
pub use calls::{BOUNDS, CallStart, CallTotals, Calls};
pub use clock::milliseconds;
pub use context::{Given, HeaderError, Parent, TraceContext};
pub use error::TraceError;
pub use late::{Adoption, LateParent, Promise};
pub use platform::platform;
pub use requests::{Request, Requests};
pub use sampling::{Asked, Choice, Remote, Sampling};
pub use side::Loss;
pub use span::{Blame, Failure, Kind, Span};
pub use telemetry::{Destination, Protocol, Telemetry};
pub use trace::{Trace, TraceOptions, TraceSummary};
pub use value::Value;
