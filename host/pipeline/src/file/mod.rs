//! The form of pipeline.toml: what serde reads, and what the JSON Schema says.
//!
//! Values are text here; `check` gives them their meaning.

use std::marker::PhantomData;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::partitions::PartitionsEntry;
use crate::{
    Compression, Decompression, IpcCompression, Located, MaxRejects, OnBadRows, OnError, OnFault, Ragged,
    SchemaMerge, TextCompression,
};

mod contract;
mod plugin;

pub(crate) use contract::{ColumnEntry, ContractEntry, FreshEntry, RowsEntry};
pub(crate) use plugin::{FolderEntry, GrantsEntry, LimitsEntry, PluginEntry};

/// An ETL pipeline: plugins, and the jobs that run their operations.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
#[schemars(title = "pipeline.toml")]
pub(crate) struct File {
    /// The pipeline's name, the service in its traces.
    #[schemars(length(min = 1))]
    pub(crate) name: Located<String>,
    /// Memory that a run may take, such as "512MiB" or "4GiB"; three fifths of what there is unless told. Rows that do
    /// not fit wait on disk.
    pub(crate) memory: Option<Located<String>>,
    /// Disk that such rows may take; 100GB unless told.
    pub(crate) max_spill: Option<Located<String>>,
    /// Variables and their defaults: `${name}` in any string, `--var name=value` to override. A default may use
    /// the variables above it, and `${env:NAME}`.
    #[serde(default)]
    #[expect(dead_code, reason = "read for its form and schema; substitution has used it by then")]
    vars: IndexMap<String, String>,
    /// The plugins by the names that `run` uses.
    #[serde(default)]
    #[expect(dead_code, reason = "each is decoded on its own")]
    plugins: IndexMap<String, Part<PluginEntry>>,
    /// The jobs by their names.
    #[expect(dead_code, reason = "each is decoded on its own")]
    jobs: IndexMap<String, Part<JobEntry>>,
}

/// Source → stages → sink.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
#[schemars(rename = "Job")]
pub(crate) struct JobEntry {
    #[expect(dead_code, reason = "decoded on its own")]
    source: Part<SourceEntry>,
    /// What is done to the rows, in order.
    #[serde(default)]
    #[expect(dead_code, reason = "each is decoded on its own")]
    stages: Vec<Part<StageEntry>>,
    #[expect(dead_code, reason = "decoded on its own")]
    sink: Part<SinkEntry>,
    /// What the source's rows must be like.
    #[expect(dead_code, reason = "decoded on its own")]
    contract: Option<Part<ContractEntry>>,
    /// Where rows go that do not fit: one row for each, with the reason, where it stands, and what it holds.
    #[expect(dead_code, reason = "decoded on its own")]
    rejects: Option<Part<SinkEntry>>,
    /// How many rows may be rejected, such as 100 or "1%" of those that were read; more of them fail the job. Any
    /// number unless told.
    pub(crate) max_rejects: Option<Located<MaxRejects>>,
}

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

/// One operation of one plugin, with its configuration.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
#[schemars(rename = "Stage")]
pub(crate) struct StageEntry {
    /// The stage's name, unique in the job: its span's name in the trace.
    #[schemars(length(min = 1))]
    pub(crate) name: Located<String>,
    /// `plugin/operation`.
    #[schemars(regex(pattern = r"^[^/]+/.+$"))]
    pub(crate) run: Located<String>,
    /// The operation's configuration; `host plugin inspect` shows its schema.
    #[serde(default)]
    #[expect(dead_code, reason = "kept as a tree, with its places")]
    with: IndexMap<String, Part<Anything>>,
    /// Where the output ports other than the first go, by the port's name.
    #[serde(default)]
    #[expect(dead_code, reason = "each is decoded on its own")]
    ports: IndexMap<String, Part<SinkEntry>>,
    /// What the rows must be like that come out of it.
    #[expect(dead_code, reason = "decoded on its own")]
    contract: Option<Part<ContractEntry>>,
    /// What becomes of rows that the plugin rejects: "fail" or "reject"; "fail" unless told.
    pub(crate) on_bad_rows: Option<Located<OnFault>>,
    /// What becomes of rows with which the plugin traps, or runs out of time or memory: "fail", or "reject", for
    /// which a batch is taken apart until they are found. Only for stages that keep nothing from one call to the
    /// next. "fail" unless told.
    pub(crate) on_trap: Option<Located<OnFault>>,
    /// What becomes of a batch for which the plugin gives an error: "fail", or "skip": its rows go on as they came.
    /// Only for stages that leave the columns as they are. "fail" unless told.
    pub(crate) on_error: Option<Located<OnError>>,
    /// How often a call is made again for whose error the plugin says that this may help; 0 unless told.
    #[serde(default)]
    pub(crate) retries: u32,
    /// What an instance may use here, where this differs from the plugin's limits; not `component-size` and
    /// `compile-time`, which are the plugin's alone.
    pub(crate) limits: Option<LimitsEntry>,
}

/// Any value.
pub(crate) struct Anything;

impl JsonSchema for Anything {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Anything".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}

/// A part that is decoded on its own, so that its problems hide no others.
pub(crate) struct Part<T>(PhantomData<T>);

impl<'de, T> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Part<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

fn yes() -> bool {
    true
}

fn empty_is_null() -> Vec<String> {
    vec![String::new()]
}
