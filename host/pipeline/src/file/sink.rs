//! Where rows go.

use schemars::JsonSchema;
use serde::Deserialize;

use super::part::yes;
use crate::{Compression, IpcCompression, Located, TextCompression};

/// Where rows go: one of these kinds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Sink")]
pub(crate) enum SinkEntry {
    /// A folder of Parquet files.
    Parquet(ParquetSinkEntry),
    /// A folder of delimited text.
    Csv(CsvSinkEntry),
    /// A folder of files with a JSON object per line.
    Ndjson(NdjsonSinkEntry),
    /// A folder of Arrow IPC files.
    Ipc(IpcSinkEntry),
}

/// A folder of Parquet files.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table such as { url = \"out/\" }")]
#[schemars(rename = "ParquetSink")]
pub(crate) struct ParquetSinkEntry {
    /// The folder: a path, relative to the working directory, or `s3://bucket/…`. It appears whole, or not at all.
    pub(crate) url: Located<String>,
    /// How pages are compressed.
    #[serde(default)]
    pub(crate) compression: Compression,
    /// A new file begins after so many rows, as in `rows-per-file = 1000000`; unless told, all are in one.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(crate) rows_per_file: Option<Located<u64>>,
    /// Columns whose values name folders, as in `partition-by = ["year", "month"]` for `year=2024/month=1/`.
    /// They are not in the files.
    #[serde(default)]
    pub(crate) partition_by: Vec<Located<String>>,
}

/// A folder of CSV files: dates and times as in ISO 8601, nothing nested, no bytes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table such as { url = \"out/\" }")]
#[schemars(rename = "CsvSink")]
pub(crate) struct CsvSinkEntry {
    /// The folder: a path, relative to the working directory, or `s3://bucket/…`. It appears whole, or not at all.
    pub(crate) url: Located<String>,
    /// Whether the first line of each file names the columns.
    #[serde(default = "yes")]
    pub(crate) header: bool,
    /// One character between two fields; "," unless told.
    pub(crate) delimiter: Option<Located<String>>,
    /// One character around a field that holds delimiters, quotes or line ends; `"` unless told.
    pub(crate) quote: Option<Located<String>>,
    /// What stands for null, as in `null = "NA"`; nothing unless told.
    #[serde(default)]
    pub(crate) null: String,
    /// How files are compressed.
    #[serde(default)]
    pub(crate) compression: TextCompression,
    /// A new file begins after so many rows, as in `rows-per-file = 1000000`; unless told, all are in one.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(crate) rows_per_file: Option<Located<u64>>,
    /// Columns whose values name folders, as in `partition-by = ["year", "month"]` for `year=2024/month=1/`.
    /// They are not in the files.
    #[serde(default)]
    pub(crate) partition_by: Vec<Located<String>>,
}

/// A folder of NDJSON files: dates and times as in ISO 8601, no bytes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table such as { url = \"out/\" }")]
#[schemars(rename = "NdjsonSink")]
pub(crate) struct NdjsonSinkEntry {
    /// The folder: a path, relative to the working directory, or `s3://bucket/…`. It appears whole, or not at all.
    pub(crate) url: Located<String>,
    /// How files are compressed.
    #[serde(default)]
    pub(crate) compression: TextCompression,
    /// A new file begins after so many rows, as in `rows-per-file = 1000000`; unless told, all are in one.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(crate) rows_per_file: Option<Located<u64>>,
    /// Columns whose values name folders, as in `partition-by = ["year", "month"]` for `year=2024/month=1/`.
    /// They are not in the files.
    #[serde(default)]
    pub(crate) partition_by: Vec<Located<String>>,
}

/// A folder of Arrow IPC files, in the file format.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table such as { url = \"out/\" }")]
#[schemars(rename = "IpcSink")]
pub(crate) struct IpcSinkEntry {
    /// The folder: a path, relative to the working directory, or `s3://bucket/…`. It appears whole, or not at all.
    pub(crate) url: Located<String>,
    /// How buffers are compressed.
    #[serde(default)]
    pub(crate) compression: IpcCompression,
    /// A new file begins after so many rows, as in `rows-per-file = 1000000`; unless told, all are in one.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(crate) rows_per_file: Option<Located<u64>>,
    /// Columns whose values name folders, as in `partition-by = ["year", "month"]` for `year=2024/month=1/`.
    /// They are not in the files.
    #[serde(default)]
    pub(crate) partition_by: Vec<Located<String>>,
}
