//! Where a job's rows come from.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::part::yes;
use crate::partitions::PartitionsEntry;
use crate::{Decompression, Located, MaxRejects, OnBadRows, Ragged, SchemaMerge};

/// Where a job's rows come from: one of these kinds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Source")]
pub(crate) enum SourceEntry {
    /// Delimited text.
    Csv(Box<CsvEntry>),
    /// A JSON object per line.
    Ndjson(JsonEntry),
    /// An array of JSON objects per file.
    Json(JsonEntry),
    /// Parquet files.
    Parquet(ParquetSourceEntry),
    /// Arrow IPC files and streams.
    Ipc(IpcSourceEntry),
    /// What the job of this name writes. It runs first, unless this job is run alone.
    Job(Located<String>),
}

/// CSV files.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { url = \"data/*.csv\" }"
)]
#[schemars(rename = "Csv")]
pub(crate) struct CsvEntry {
    /// A file, a folder or a glob: a path, relative to the working directory, or `s3://bucket/…`.
    pub(crate) url: Located<String>,
    /// Whether the first line of each file names the columns.
    #[serde(default = "yes")]
    pub(crate) header: bool,
    /// One character between two fields; "," unless told.
    pub(crate) delimiter: Option<Located<String>>,
    /// One character around a field that holds delimiters or line ends; `"` unless told.
    pub(crate) quote: Option<Located<String>>,
    /// Whether quotes mean anything: `quoting = false` for files whose fields hold bare quotes.
    #[serde(default = "yes")]
    pub(crate) quoting: bool,
    /// One character before a quote inside a quoted field; doubled quotes unless told.
    pub(crate) escape: Option<Located<String>>,
    /// One character that starts a line to skip.
    pub(crate) comment: Option<Located<String>>,
    /// One character that ends a row, as in `terminator = ";"` or `"\u001e"`; a line end of any kind unless told.
    pub(crate) terminator: Option<Located<String>>,
    /// The fields that are null; the empty one unless told.
    #[serde(default = "empty_is_null")]
    pub(crate) nulls: Vec<String>,
    /// What becomes of rows with too few fields, as in `ragged = "pad"`.
    #[serde(default)]
    pub(crate) ragged: Ragged,
    /// How the text is encoded: "utf-8", "windows-1252", "latin-1", "utf-16le" and others; "utf-8" unless told.
    /// A byte order mark is known and left out.
    pub(crate) encoding: Option<Located<String>>,
    /// How the files are compressed, as in `compression = "gzip"`; unless told, each by its first bytes.
    pub(crate) compression: Option<Decompression>,
    /// Types of columns that are given, not inferred: "int64", "utf8", "timestamp[us, UTC]", "decimal(38, 10)".
    #[serde(default)]
    pub(crate) schema: IndexMap<String, Located<String>>,
    /// How many rows the other types are inferred from; 10000 unless told.
    #[schemars(with = "Option<usize>", range(min = 1))]
    pub(crate) infer_rows: Option<Located<usize>>,
    /// What becomes of rows that can't be read, as in `on-bad-rows = "reject"`.
    #[serde(default)]
    pub(crate) on_bad_rows: OnBadRows,
    /// How many of them may be rejected, such as 100 or "1%" of all; more of them fail the job. Any number unless told.
    pub(crate) max_rejects: Option<Located<MaxRejects>>,
    /// Columns that folders are named by, as in `year=2024/`: their types, as in `partitions = { year = "int32" }`,
    /// or `"auto"` for all there are, of int64, date32 or utf8 as their values look.
    pub(crate) partitions: Option<Located<PartitionsEntry>>,
    /// What becomes of files whose columns differ, as in `schema-merge = "union"`.
    #[serde(default)]
    pub(crate) schema_merge: SchemaMerge,
}

/// JSON files: an object per line, or one array of objects each.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { url = \"data/*.json\" }"
)]
#[schemars(rename = "Json")]
pub(crate) struct JsonEntry {
    /// A file, a folder or a glob: a path, relative to the working directory, or `s3://bucket/…`.
    pub(crate) url: Located<String>,
    /// Types of columns that are given, not inferred: "int64", "utf8", "timestamp[us, UTC]", "decimal(38, 10)".
    #[serde(default)]
    pub(crate) schema: IndexMap<String, Located<String>>,
    /// How many rows the other types are inferred from; 10000 unless told.
    #[schemars(with = "Option<usize>", range(min = 1))]
    pub(crate) infer_rows: Option<Located<usize>>,
    /// How the text is encoded: "utf-8", "windows-1252", "latin-1", "utf-16le" and others; "utf-8" unless told.
    /// A byte order mark is known and left out.
    pub(crate) encoding: Option<Located<String>>,
    /// How the files are compressed, as in `compression = "gzip"`; unless told, each by its first bytes.
    pub(crate) compression: Option<Decompression>,
    /// What becomes of rows that can't be read, as in `on-bad-rows = "reject"`.
    #[serde(default)]
    pub(crate) on_bad_rows: OnBadRows,
    /// How many of them may be rejected, such as 100 or "1%" of all; more of them fail the job. Any number unless told.
    pub(crate) max_rejects: Option<Located<MaxRejects>>,
    /// Columns that folders are named by, as in `year=2024/`: their types, as in `partitions = { year = "int32" }`,
    /// or `"auto"` for all there are, of int64, date32 or utf8 as their values look.
    pub(crate) partitions: Option<Located<PartitionsEntry>>,
    /// What becomes of files whose columns differ, as in `schema-merge = "union"`.
    #[serde(default)]
    pub(crate) schema_merge: SchemaMerge,
}

/// Parquet files.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { url = \"data/*.parquet\" }"
)]
#[schemars(rename = "ParquetSource")]
pub(crate) struct ParquetSourceEntry {
    /// A file, a folder or a glob: a path, relative to the working directory, or `s3://bucket/…`.
    pub(crate) url: Located<String>,
    /// Columns that folders are named by, as in `year=2024/`: their types, as in `partitions = { year = "int32" }`,
    /// or `"auto"` for all there are, of int64, date32 or utf8 as their values look.
    pub(crate) partitions: Option<Located<PartitionsEntry>>,
    /// What becomes of files whose columns differ, as in `schema-merge = "union"`.
    #[serde(default)]
    pub(crate) schema_merge: SchemaMerge,
}

/// Arrow IPC files, in the file format or the streaming format.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { url = \"data/*.arrow\" }"
)]
#[schemars(rename = "IpcSource")]
pub(crate) struct IpcSourceEntry {
    /// A file, a folder or a glob: a path, relative to the working directory, or `s3://bucket/…`.
    pub(crate) url: Located<String>,
    /// Columns that folders are named by, as in `year=2024/`: their types, as in `partitions = { year = "int32" }`,
    /// or `"auto"` for all there are, of int64, date32 or utf8 as their values look.
    pub(crate) partitions: Option<Located<PartitionsEntry>>,
    /// What becomes of files whose columns differ, as in `schema-merge = "union"`.
    #[serde(default)]
    pub(crate) schema_merge: SchemaMerge,
}

fn empty_is_null() -> Vec<String> {
    vec![String::new()]
}
