//! Wasm components as ETL stages: Arrow in, Arrow out, usable by itself in any Rust program.
//!
//! A [`Runtime`] compiles and links; a [`Generation`] is one immutable version of a plugin, named by
//! its digest; an [`Instance`] runs one operation on one partition of a stage's rows. A guest is
//! hostile: it gets the interfaces of `wit/`, and of the machine what it is granted ([`Grants`]); its
//! memory, its time and all else that it can have too much of are bounded ([`Limits`]), and all that
//! it hands over is checked.

mod binding;
mod bindings;
mod boundary;
mod cache;
mod component;
mod convert;
mod error;
mod failure;
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

pub use binding::{BindRequest, Binding, Distribution, SortKey};
pub use error::{CallError, CallErrorKind, ErrorCode, GuestError, LoadError};
pub use generation::{Generation, LoadOptions, Manifest, Operation};
pub use instance::{Called, Flow, Instance, Usage};
pub use limits::{LimitKind, Limits, LoadLimits};
pub use meter::{MemoryMeter, Unlimited};
pub use runtime::{Runtime, RuntimeOptions};
pub use state::{Emitted, Reject};
pub use telemetry::{CallContext, Level, Log, NoContext, Step, Telemetry};
pub use wasi::{Folder, Grant, Grants};
