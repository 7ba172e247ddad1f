//! Wasm components as ETL stages: Arrow in, Arrow out, usable by itself in any Rust program.
//!
//! A [`Runtime`] compiles and links; a [`Generation`] is one immutable version of a plugin, named by
//! its digest; an [`Instance`] runs one operation on one partition of a stage's rows. A guest is
//! hostile until granted: it gets the interfaces of `wit/` and nothing else, its memory and the time
//! of each call are bounded, and all that it hands over is checked.

mod bindings;
mod cache;
mod component;
mod convert;
mod error;
mod generation;
mod instance;
mod limits;
mod memory;
mod meter;
mod resources;
mod retained;
mod runtime;
mod state;
mod telemetry;
mod wasi;

pub use error::{CallError, CallErrorKind, ErrorCode, GuestError, LoadError};
pub use generation::{Generation, LoadOptions, Manifest, Operation};
pub use instance::{BindRequest, Binding, Called, Distribution, Flow, Instance, SortKey, Usage};
pub use limits::{LimitKind, Limits, LoadLimits};
pub use meter::{MemoryMeter, Unlimited};
pub use runtime::{Runtime, RuntimeOptions};
pub use state::{Emitted, Reject};
pub use telemetry::{CallContext, Level, Log, NoContext, Step, Telemetry};
pub use wasi::{Folder, Grant, Grants};
