//! Plugins, and what they may use.

use std::fmt;
use std::path::PathBuf;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Located, Span};

/// A plugin that the pipeline uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// Its name in this pipeline, as `run` writes it.
    pub name: String,
    /// Where it is named.
    pub at: Span,
    /// Where the component is.
    pub from: Located<PluginLocation>,
    /// `sha256:` and 64 lower-case hexadecimal digits that the file must have. What comes from a url has one.
    pub digest: Option<Located<String>>,
    /// What an instance may use.
    pub limits: Limits,
    /// What loading it may use.
    pub load: LoadLimits,
    /// What it gets of the machine.
    pub grants: Grants,
}

/// Where a component is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginLocation {
    /// A file, resolved beside pipeline.toml.
    Path(PathBuf),
    /// What is fetched unless it is there already: `https://…`, `s3://…`.
    Url(String),
}

/// What a plugin gets of the machine. Its `Debug` shows no value of a variable.
#[derive(Clone, Default, PartialEq)]
pub struct Grants {
    /// The time of day, and sleeping.
    pub clocks: bool,
    /// Randomness.
    pub random: bool,
    /// Environment variables; `None`: not even the question which there are.
    pub env: Option<IndexMap<String, String>>,
    /// Folders; `None`: not even the question which there are.
    pub files: Option<Vec<Folder>>,
    /// Standard output and error.
    pub stdio: bool,
    /// What becomes of imports that are not granted.
    pub wasi: NotGranted,
}

/// A folder that a plugin can see.
#[derive(Clone, Debug, PartialEq)]
pub struct Folder {
    /// The folder, resolved beside pipeline.toml.
    pub path: Located<PathBuf>,
    /// Where the plugin sees it: an absolute path.
    pub at: String,
    /// Whether it may be changed.
    pub write: bool,
}

/// What becomes of imports from WASI that are not granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotGranted {
    /// A plugin that has any is not loaded.
    #[default]
    Deny,
    /// A plugin may have them, and a call that uses one ends: for what a language's runtime imports and never uses.
    Trap,
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.env.as_ref().map(|env| env.keys().collect::<Vec<_>>());
        f.debug_struct("Grants")
            .field("clocks", &self.clocks)
            .field("random", &self.random)
            .field("env", &names)
            .field("files", &self.files)
            .field("stdio", &self.stdio)
            .field("wasi", &self.wasi)
            .finish()
    }
}

/// What one instance of a plugin may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// `memory`: linear memory, in bytes.
    pub memory_bytes: u64,
    /// `call-timeout`: time that one call may take, in milliseconds.
    pub call_timeout_ms: u64,
    /// `handles`: columns, batches and spans in its hands at a time.
    pub handles: u64,
    /// `host-call-bytes`: bytes that it may hand over in one host call.
    pub host_call_bytes: u64,
    /// `retained-memory`: memory of the host that its handles keep alive, in bytes.
    pub retained_memory_bytes: u64,
    /// `emitted-batches`: batches that one call may emit.
    pub emitted_batches: u64,
    /// `emitted-rows`: rows that may come out for each that went in.
    pub emitted_rows: u64,
    /// `emitted-rows-floor`: rows that may come out besides.
    pub emitted_rows_floor: u64,
    /// `logs`: log lines kept of one call.
    pub logs: u64,
    /// `spans`: the plugin's own spans kept of one call.
    pub spans: u64,
    /// `telemetry-bytes`: text kept of what one call reports.
    pub telemetry_bytes: u64,
    /// `error-bytes`: where the message of an error is cut.
    pub error_bytes: u64,
}

impl Default for Limits {
    /// Far more than an ordinary stage needs, and no more than a machine has: 256 MiB, 60 s per call, …
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            call_timeout_ms: 60_000,
            handles: 100_000,
            host_call_bytes: 128 << 20,
            retained_memory_bytes: 4 << 30,
            emitted_batches: 10_000,
            emitted_rows: 1_000,
            emitted_rows_floor: 1_000_000,
            logs: 256,
            spans: 256,
            telemetry_bytes: 1 << 20,
            error_bytes: 4 << 10,
        }
    }
}

/// What loading a plugin may use, once for all its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// `component-size`: size of the component's file, in bytes.
    pub component_bytes: u64,
    /// `compile-time`: time that compiling it may take, in milliseconds.
    pub compile_time_ms: u64,
}

impl Default for LoadLimits {
    /// 64 MiB and 2 min: room for a component with a language's whole runtime in it.
    fn default() -> Self {
        Self { component_bytes: 64 << 20, compile_time_ms: 120_000 }
    }
}
