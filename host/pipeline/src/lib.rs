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
mod partitions;
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
    Bounds, ColumnRule, Compression, Contract, CsvSink, CsvSource, DataTypeName, Decompression, Drift,
    EncodingName, Folder, Fresh, Grants, IpcCompression, IpcSource, Job, JsonSource, Limits, LoadLimits,
    MaxRejects, NotGranted, OnBadRows, OnError, OnFault, ParquetSource, Partitions, Plugin, PluginLocation,
    Ragged, Rejects, Schema, SchemaMerge, Sink, SinkFormat, Source, Stage, StageRef, TextCompression,
    Tolerance,
};
pub use pipeline::Pipeline;
pub use schema::json_schema;
pub use suggest::nearest;
pub use units::{bytes, milliseconds};
