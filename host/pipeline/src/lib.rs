//! pipeline.toml as a checked [`Pipeline`], with diagnostics that point at the line.
//!
//! This crate knows no engine: it reads the file, fills in its variables, and finds everything that is wrong with it
//! without opening a plugin or any data.

mod check;
mod config;
mod data_type;
mod decode;
mod diagnostic;
mod document;
mod encoding;
mod file;
mod load;
mod located;
mod model;
mod pipeline;
mod schema;
mod substitute;
mod suggest;
mod syntax;
mod units;

pub use config::Config;
pub use diagnostic::{Diagnostic, Diagnostics};
pub use located::{Located, Span};
pub use model::{
    Compression, CsvSource, DataTypeName, Decompression, EncodingName, Folder, Grants, IpcSource, Job,
    JsonSource, Limits, LoadLimits, MaxRejects, NotGranted, OnBadRows, OnError, OnFault, ParquetSink,
    ParquetSource, Plugin, Ragged, Rejects, Schema, Sink, Source, Stage, StageRef, Tolerance,
};
pub use pipeline::Pipeline;
pub use schema::json_schema;
pub use suggest::nearest;
pub use units::{bytes, milliseconds};
