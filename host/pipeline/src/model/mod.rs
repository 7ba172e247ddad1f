//! What a pipeline is, once it is checked.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Config, Located, Span};

mod contract;
mod plugin;
mod rejects;

pub use contract::{Bounds, ColumnRule, Contract, Drift, Fresh};
pub use plugin::{Folder, Grants, Limits, LoadLimits, NotGranted, Plugin, PluginLocation};
pub use rejects::{MaxRejects, OnError, OnFault, Rejects, Tolerance};

/// Source → stages → sink.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// Where it is named.
    pub at: Span,
    /// Where its rows come from.
    pub source: Source,
    /// What is done to them, in order; may be empty.
    pub stages: Vec<Stage>,
    /// Where they go.
    pub sink: Sink,
    /// What the source's rows must be like.
    pub contract: Option<Contract>,
    /// Where those go that do not fit.
    pub rejects: Option<Rejects>,
}

/// Where a job's rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Comma-separated (or otherwise delimited) text.
    Csv(CsvSource),
    /// A JSON object per line.
    Ndjson(JsonSource),
    /// An array of JSON objects per file.
    Json(JsonSource),
    /// Parquet.
    Parquet(ParquetSource),
    /// Arrow IPC.
    Ipc(IpcSource),
    /// What the job of this name writes.
    Job(Located<String>),
}

impl Source {
    /// What is read, a path or the url of objects; `None`: it is another job's.
    pub fn url(&self) -> Option<&Located<String>> {
        match self {
            Self::Csv(source) => Some(&source.url),
            Self::Ndjson(source) | Self::Json(source) => Some(&source.url),
            Self::Parquet(source) => Some(&source.url),
            Self::Ipc(source) => Some(&source.url),
            Self::Job(_) => None,
        }
    }

    /// What becomes of rows that can't be read.
    pub fn on_bad_rows(&self) -> OnBadRows {
        match self {
            Self::Csv(source) => source.on_bad_rows,
            Self::Ndjson(source) | Self::Json(source) => source.on_bad_rows,
            Self::Parquet(_) | Self::Ipc(_) | Self::Job(_) => OnBadRows::Fail,
        }
    }

    /// How many of them may be rejected.
    pub fn max_rejects(&self) -> Option<Located<MaxRejects>> {
        match self {
            Self::Csv(source) => source.max_rejects,
            Self::Ndjson(source) | Self::Json(source) => source.max_rejects,
            Self::Parquet(_) | Self::Ipc(_) | Self::Job(_) => None,
        }
    }

    /// Where the pipeline's file names what is read.
    pub fn at(&self) -> Span {
        match self {
            Self::Job(name) => name.at,
            other => other.url().map(|url| url.at).unwrap_or_default(),
        }
    }
}

/// CSV files as a source.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvSource {
    /// A file, a folder or a glob: a plain path, relative to the working directory, or the url of objects.
    pub url: Located<String>,
    /// Whether the first line of each file names the columns.
    pub header: bool,
    /// Between two fields.
    pub delimiter: u8,
    /// Around a field that holds delimiters or line ends; `None`: quotes mean nothing.
    pub quote: Option<u8>,
    /// Before a quote inside a quoted field; `None`: such a quote is doubled.
    pub escape: Option<u8>,
    /// At the start of a line that is skipped.
    pub comment: Option<u8>,
    /// At the end of a row; `None`: CR, LF, or both.
    pub terminator: Option<u8>,
    /// The fields that are null.
    pub nulls: Vec<String>,
    /// What becomes of rows with too few fields.
    pub ragged: Ragged,
    /// How the text is encoded.
    pub encoding: EncodingName,
    /// How the files are compressed; `None`: each as its first bytes say.
    pub compression: Option<Decompression>,
    /// Types that are given, not inferred.
    pub schema: Schema,
    /// How many rows the other types are inferred from.
    pub infer_rows: usize,
    /// What becomes of rows that can't be read.
    pub on_bad_rows: OnBadRows,
    /// More of them that are rejected fail the job.
    pub max_rejects: Option<Located<MaxRejects>>,
    /// Columns that folders are named by; `None`: names of folders mean nothing.
    pub partitions: Option<Partitions>,
    /// What becomes of files whose columns differ.
    pub schema_merge: SchemaMerge,
}

/// JSON text as a source: an object per line, or an array of objects per file.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonSource {
    /// A file, a folder or a glob: a plain path, relative to the working directory, or the url of objects.
    pub url: Located<String>,
    /// Types that are given, not inferred.
    pub schema: Schema,
    /// How many rows the other types are inferred from.
    pub infer_rows: usize,
    /// How the text is encoded.
    pub encoding: EncodingName,
    /// How the files are compressed; `None`: each as its first bytes say.
    pub compression: Option<Decompression>,
    /// What becomes of rows that can't be read.
    pub on_bad_rows: OnBadRows,
    /// More of them that are rejected fail the job.
    pub max_rejects: Option<Located<MaxRejects>>,
    /// Columns that folders are named by; `None`: names of folders mean nothing.
    pub partitions: Option<Partitions>,
    /// What becomes of files whose columns differ.
    pub schema_merge: SchemaMerge,
}

/// Parquet files as a source.
#[derive(Clone, Debug, PartialEq)]
pub struct ParquetSource {
    /// A file, a folder or a glob: a plain path, relative to the working directory, or the url of objects.
    pub url: Located<String>,
    /// Columns that folders are named by; `None`: names of folders mean nothing.
    pub partitions: Option<Partitions>,
    /// What becomes of files whose columns differ.
    pub schema_merge: SchemaMerge,
}

/// Arrow IPC files as a source, in the file format or the streaming format.
#[derive(Clone, Debug, PartialEq)]
pub struct IpcSource {
    /// A file, a folder or a glob: a plain path, relative to the working directory, or the url of objects.
    pub url: Located<String>,
    /// Columns that folders are named by; `None`: names of folders mean nothing.
    pub partitions: Option<Partitions>,
    /// What becomes of files whose columns differ.
    pub schema_merge: SchemaMerge,
}

/// What becomes of files whose columns differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SchemaMerge {
    /// They are refused. Of JSON, whose keys may be missing anywhere, the first rows of all files together
    /// tell the columns.
    #[default]
    Strict,
    /// Columns are those of all files, by name: null where a file has none, of the narrowest type that holds
    /// what all have. So are the fields of structs. The first rows of each file of text tell its columns.
    Union,
}

/// Columns that folders are named by, as in `year=2024/month=1/`.
#[derive(Clone, Debug, PartialEq)]
pub enum Partitions {
    /// All that there are.
    Auto,
    /// These, with their types.
    Given(Schema),
}

/// How an input of text is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decompression {
    /// As by `gzip`.
    Gzip,
    /// As by `zstd`.
    Zstd,
    /// Not at all.
    None,
}

/// What becomes of rows with too few fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ragged {
    /// They are bad rows, as those with too many are in any case.
    #[default]
    Fail,
    /// The fields that are missing are empty ones, which are null unless `nulls` says otherwise.
    Pad,
}

/// What becomes of rows that can't be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnBadRows {
    /// The first one ends the run.
    #[default]
    Fail,
    /// They are left out, each with its place and the reason.
    Reject,
    /// A value that is not of its column's type is null. What is no row at all, such as one with too many
    /// fields, ends the run: it has no value that could be null.
    Null,
}

/// Types of columns, by their names.
pub type Schema = IndexMap<String, Located<DataTypeName>>;

/// A data type as pipeline.toml writes it, checked and in its canonical form: `int64`,
/// `timestamp[us, UTC]`, `decimal(38, 10)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataTypeName(pub(crate) String);

impl DataTypeName {
    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DataTypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a character encoding, checked: `utf-8`, `windows-1252`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodingName(pub(crate) &'static str);

impl EncodingName {
    /// The name.
    pub fn as_str(&self) -> &'static str {
        self.0
    }

    /// All that there are.
    pub fn all() -> impl Iterator<Item = Self> {
        crate::encoding::NAMES.into_iter().map(Self)
    }
}

impl Default for EncodingName {
    fn default() -> Self {
        Self("utf-8")
    }
}

/// Where rows go: a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Sink {
    /// The folder: a plain path, relative to the working directory, or the url of objects.
    pub url: Located<String>,
    /// What the files are.
    pub format: SinkFormat,
    /// A new file begins after so many rows.
    pub rows_per_file: Option<u64>,
    /// Columns whose values name folders.
    pub partition_by: Vec<Located<String>>,
}

impl Sink {
    /// Where it is written.
    pub fn url(&self) -> &Located<String> {
        &self.url
    }

    /// `parquet`, `csv`, `ndjson` or `ipc`.
    pub fn kind(&self) -> &'static str {
        match self.format {
            SinkFormat::Parquet(_) => "parquet",
            SinkFormat::Csv(_) => "csv",
            SinkFormat::Ndjson(_) => "ndjson",
            SinkFormat::Ipc(_) => "ipc",
        }
    }
}

/// What the files of an output are.
#[derive(Clone, Debug, PartialEq)]
pub enum SinkFormat {
    /// Parquet.
    Parquet(Compression),
    /// Delimited text.
    Csv(CsvSink),
    /// A JSON object per line.
    Ndjson(TextCompression),
    /// Arrow IPC, in the file format.
    Ipc(IpcCompression),
}

/// How CSV is written.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvSink {
    /// Whether the first line of each file names the columns.
    pub header: bool,
    /// Between two fields.
    pub delimiter: u8,
    /// Around a field that holds delimiters, quotes or line ends.
    pub quote: u8,
    /// What stands for null.
    pub null: String,
    /// How files are compressed.
    pub compression: TextCompression,
}

/// How files of text are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextCompression {
    /// As by `gzip`.
    Gzip,
    /// As by `zstd`.
    Zstd,
    /// Not at all.
    #[default]
    None,
}

/// How the buffers of an Arrow IPC file are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IpcCompression {
    /// Smaller.
    Zstd,
    /// Fast.
    Lz4,
    /// Not at all: such files can be mapped into memory.
    #[default]
    None,
}

/// How the pages of a Parquet file are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Fast, and read everywhere.
    #[default]
    Snappy,
    /// Smaller.
    Zstd,
    /// Not at all.
    None,
}

/// One operation of one plugin, with its configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, unique in the job, and the name of its span in the trace.
    pub name: String,
    /// Where it is named.
    pub at: Span,
    /// What it runs.
    pub run: Located<StageRef>,
    /// Its `with` table.
    pub with: Config,
    /// Where the output ports other than the first go, by the port's name.
    pub ports: IndexMap<String, Located<Sink>>,
    /// What the rows must be like that come out of it.
    pub contract: Option<Contract>,
    /// How the job bears with what goes wrong in it.
    pub tolerance: Tolerance,
    /// What an instance may use, where this differs from the plugin's limits.
    pub limits: Option<Limits>,
}

/// `plugin/operation`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StageRef {
    /// A name under `[plugins]`.
    pub plugin: String,
    /// An operation that the plugin offers.
    pub operation: String,
}

impl fmt::Display for StageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.plugin, self.operation)
    }
}
