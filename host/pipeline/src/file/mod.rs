//! The form of pipeline.toml: what serde reads, and what the JSON Schema says.
//!
//! Values are text here; `check` gives them their meaning.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Located, MaxRejects, OnError, OnFault};

mod contract;
mod part;
mod plugin;
mod sink;
mod source;

pub(crate) use contract::{ColumnEntry, ContractEntry, FreshEntry, RowsEntry};
pub(crate) use plugin::{FolderEntry, GrantsEntry, LimitsEntry, PluginEntry};
pub(crate) use sink::{CsvSinkEntry, SinkEntry};
pub(crate) use source::{CsvEntry, JsonEntry, SourceEntry};

use part::{Anything, Part};

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
    /// How many rows may be rejected, wherever in the job, such as 100 or "1%" of those that were read; more of them fail
    /// the job. Any number unless told.
    pub(crate) max_rejects: Option<Located<MaxRejects>>,
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
    /// How many rows may be rejected for either, such as 100 or "1%" of those that come in; more of them fail the job.
    /// Any number unless told.
    pub(crate) max_rejects: Option<Located<MaxRejects>>,
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
