//! The form of what stands under `[plugins]`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Located, NotGranted};

/// A plugin: a WebAssembly component.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { path = \"plugins/clean.wasm\" }")]
#[schemars(rename = "Plugin")]
pub(crate) struct PluginEntry {
    /// The component's file, beside pipeline.toml.
    pub(crate) path: Option<Located<String>>,
    /// Or where it is fetched, `https://…` or `s3://…`. What comes from there must have the `digest`, and is kept.
    pub(crate) url: Option<Located<String>>,
    /// What the file must be: `sha256:` and 64 hexadecimal digits.
    #[schemars(regex(pattern = r"^sha256:[0-9a-fA-F]{64}$|\$\{"))]
    pub(crate) digest: Option<Located<String>>,
    /// What the component and an instance of it may use.
    #[serde(default)]
    pub(crate) limits: LimitsEntry,
    /// What it gets of the machine beside its rows; nothing unless told.
    #[serde(default)]
    pub(crate) grants: GrantsEntry,
}

/// What a plugin gets of the machine, through WASI 0.2. There is no grant for the network.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table such as { clocks = true }")]
#[schemars(rename = "Grants")]
pub(crate) struct GrantsEntry {
    /// The time of day, and sleeping within the call's time limit. Its output may then differ from run to run.
    #[serde(default)]
    pub(crate) clocks: bool,
    /// Randomness. Its output may then differ from run to run.
    #[serde(default)]
    pub(crate) random: bool,
    /// Environment variables, and no others: { NAME = "value" }, or { NAME = "${env:NAME}" } for the host's own.
    pub(crate) env: Option<IndexMap<String, Located<String>>>,
    /// Folders.
    pub(crate) files: Option<Vec<FolderEntry>>,
    /// Standard output and error, which become log lines of the call's span; standard input is empty.
    #[serde(default)]
    pub(crate) stdio: bool,
    /// What becomes of imports from WASI that are not granted.
    #[serde(default)]
    pub(crate) wasi: NotGranted,
}

/// A folder that a plugin can see.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table such as { path = \"data/\", at = \"/data\" }")]
#[schemars(rename = "Folder")]
pub(crate) struct FolderEntry {
    /// The folder, beside pipeline.toml. Nothing outside it can be reached, be it by `..` or by a link.
    pub(crate) path: Located<String>,
    /// Where the plugin sees it, such as "/data".
    pub(crate) at: Located<String>,
    /// Whether it may be changed. There is no bound to how much is written.
    #[serde(default)]
    pub(crate) write: bool,
}

/// What a plugin may use. All but the last two are of one instance; an instance runs a stage on a part of its rows.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { memory = \"256MiB\" }"
)]
#[schemars(rename = "Limits")]
pub(crate) struct LimitsEntry {
    /// Linear memory, such as "64KiB", "256MiB" or "2GiB"; 256MiB unless told.
    pub(crate) memory: Option<Located<String>>,
    /// Time that one call may take, such as "500ms", "30s" or "5m"; 60s unless told.
    pub(crate) call_timeout: Option<Located<String>>,
    /// Columns, batches and spans that it may hold at a time; 100000 unless told.
    #[schemars(with = "Option<u64>", range(min = 1, max = 10_000_000))]
    pub(crate) handles: Option<Located<u64>>,
    /// Bytes that it may hand to the host in one host call, or return from one call; 128MiB unless told.
    pub(crate) host_call_bytes: Option<Located<String>>,
    /// Memory of the host that the columns and batches in its hands keep alive, and what it emits and rejects in one
    /// call; 4GiB unless told.
    pub(crate) retained_memory: Option<Located<String>>,
    /// Batches that one call may emit; 10000 unless told.
    #[schemars(with = "Option<u64>", range(min = 1, max = 10_000_000))]
    pub(crate) emitted_batches: Option<Located<u64>>,
    /// Rows that may come out, through all ports, for each row that went in so far; 1000 unless told.
    #[schemars(with = "Option<u64>", range(min = 1, max = 1_000_000_000))]
    pub(crate) emitted_rows: Option<Located<u64>>,
    /// Rows that may come out besides, however few went in; 1000000 unless told.
    #[schemars(with = "Option<u64>", range(min = 0, max = 1_000_000_000_000_u64))]
    pub(crate) emitted_rows_floor: Option<Located<u64>>,
    /// Log lines that are kept of one call; 256 unless told. Those beyond are dropped and counted.
    #[schemars(with = "Option<u64>", range(min = 0, max = 100_000))]
    pub(crate) logs: Option<Located<u64>>,
    /// The plugin's own spans that are kept of one call; 256 unless told. Those beyond are dropped and counted.
    #[schemars(with = "Option<u64>", range(min = 0, max = 100_000))]
    pub(crate) spans: Option<Located<u64>>,
    /// Text of logs, spans, attributes and counters that is kept of one call; 1MiB unless told. What is beyond is
    /// dropped and counted.
    pub(crate) telemetry_bytes: Option<Located<String>>,
    /// Length at which the message of an error is cut; 4KiB unless told.
    pub(crate) error_bytes: Option<Located<String>>,
    /// Size of the component's file; 64MiB unless told. Of a plugin only.
    pub(crate) component_size: Option<Located<String>>,
    /// Time that compiling the component may take; 2m unless told. Of a plugin only.
    pub(crate) compile_time: Option<Located<String>>,
}
