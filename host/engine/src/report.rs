//! What a run did: the content of `run.json`, and of the table at the end.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Failure, FailureKind};

/// How a run or a job ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All is written.
    Succeeded,
    /// It failed; nothing of the failed job is written.
    Failed,
    /// It was stopped from outside; nothing of the stopped job is written.
    Interrupted,
    /// It did not begin, because one before it failed.
    #[default]
    Skipped,
}

impl Status {
    /// How what failed so, or did not fail, ended.
    pub(crate) fn after(failure: Option<&Failure>) -> Self {
        match failure.map(|failure| failure.kind) {
            None => Self::Succeeded,
            Some(FailureKind::Interrupted) => Self::Interrupted,
            Some(_) => Self::Failed,
        }
    }
}

/// What a run did.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The pipeline's name.
    pub pipeline: String,
    /// The identity of the run.
    pub run_id: String,
    /// What plugins took for now, RFC 3339.
    pub run_timestamp: String,
    /// How it ended.
    pub status: Status,
    /// When it began, RFC 3339.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// Workers of a parallel stage.
    pub threads: usize,
    /// Rows of a batch, at most.
    pub batch_rows: usize,
    /// The jobs, in running order.
    pub jobs: Vec<JobReport>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// What a job did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JobReport {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// The runs whose rejected rows it had in place of its source's; none where it is no replay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replay_of: Vec<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// What it read.
    pub source: SourceReport,
    /// What its stages did.
    pub stages: Vec<StageReport>,
    /// What it wrote: the sink last, ports before it. Empty unless it succeeded.
    pub outputs: Vec<OutputReport>,
    /// What it put aside.
    pub rejects: RejectsReport,
    /// Time in its outputs, with encoding, in milliseconds.
    pub write_ms: f64,
    /// The most that it had of the run's memory at a time.
    pub memory_peak: u64,
    /// What it may have of it.
    pub memory_limit: u64,
    /// Rows that waited on disk between two passes, because they did not fit into memory.
    pub spilled_rows: u64,
    /// Bytes that were written to that disk, those of sorts included.
    pub spilled_bytes: u64,
}

/// What a job read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceReport {
    /// `csv`, `ndjson` or `parquet`.
    pub kind: String,
    /// Where.
    pub url: String,
    /// Number of files.
    pub files: usize,
    /// Bytes read of them.
    pub bytes: u64,
    /// Rows read, without those that could not be.
    pub rows: u64,
    /// Rows that could not be read, and were rejected.
    pub rejected: u64,
    /// Time in the source, with waiting for bytes and parsing them, summed over its readers, in milliseconds.
    pub io_ms: f64,
}

/// What a stage did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StageReport {
    /// Its name.
    pub name: String,
    /// The plugin's name in the pipeline.
    pub plugin: String,
    /// The operation.
    pub operation: String,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// `any`, `two-pass`, `keyed` or `single`.
    pub shape: String,
    /// Instances that ran it.
    pub workers: usize,
    /// Calls of the plugin.
    pub calls: u64,
    /// Rows that went in.
    pub rows_in: u64,
    /// Rows that came out, to the next stage.
    pub rows_out: u64,
    /// Rows that it rejected, or with which it trapped.
    pub rejected: u64,
    /// Rows that went past it unchanged, because it gave an error for their batch.
    pub skipped: u64,
    /// Calls that were made again.
    pub retries: u64,
    /// Instances in the places of others that trapped.
    pub restarts: u64,
    /// Bytes that the plugin read across the boundary.
    pub bytes_in: u64,
    /// Bytes that the plugin wrote across the boundary.
    pub bytes_out: u64,
    /// Time in the plugin's own code, summed over its instances, in milliseconds.
    pub guest_ms: f64,
    /// Time within its calls that the host took on its behalf, in the same way.
    pub boundary_ms: f64,
    /// Time that the host took around its calls, in the same way.
    pub host_ms: f64,
    /// Time around its calls on the disk that takes what does not fit into memory, in the same way.
    pub io_ms: f64,
    /// The slowest call, in milliseconds.
    pub slowest_ms: f64,
    /// The largest linear memory of an instance, in bytes.
    pub memory_peak: u64,
    /// What each of them may have.
    pub memory_limit: u64,
    /// The plugin's own counters.
    pub counts: BTreeMap<String, u64>,
}

impl StageReport {
    /// Time in calls of the plugin, in milliseconds.
    pub fn in_calls_ms(&self) -> f64 {
        self.guest_ms + self.boundary_ms
    }
}

/// What a job put aside.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RejectsReport {
    /// Rows.
    pub rows: u64,
    /// Why, by source and stage.
    pub reasons: Vec<ReasonReport>,
    /// Where they are; nothing unless the job has a place for them and succeeded.
    pub output: Option<OutputReport>,
}

/// How many rows were put aside for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReasonReport {
    /// The stage; `None`: the source.
    pub stage: Option<String>,
    /// What of the stage or of the source did, as in the rejects: `source`, `contract` or `plugin`.
    pub by: String,
    /// The reason as a word.
    pub code: String,
    /// Rows.
    pub rows: u64,
}

/// What a job wrote.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OutputReport {
    /// The stage and port whose rows these are; the job's own output has none.
    pub port: Option<(String, String)>,
    /// Where.
    pub url: String,
    /// Number of files.
    pub files: usize,
    /// Rows in them.
    pub rows: u64,
    /// Size of them.
    pub bytes: u64,
}
