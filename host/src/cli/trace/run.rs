//! What a run has written about itself: `run.json` and `plan.json`.
//!
//! Read leniently: a record may be of an older host, or of a newer one.

use std::collections::BTreeMap;

use etl_engine::ColumnPlan;
use serde::Deserialize;

use crate::cli::format::count;
use crate::cli::plan::Changes;
use crate::cli::text::rejecter;

/// `run.json`, as far as it is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    pub(super) pipeline: String,
    #[serde(rename = "run_id")]
    pub(super) id: String,
    pub(super) status: State,
    pub(super) started: String,
    pub(super) duration_ms: f64,
    pub(super) threads: usize,
    pub(super) batch_rows: usize,
    pub(super) host_version: String,
    pub(super) jobs: Vec<Job>,
    pub(super) failure: Option<Failure>,
    pub(super) trace: Traced,
}

/// How a run or a job ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Succeeded,
    Failed,
    Interrupted,
    Skipped,
    /// A state that only a newer host knows.
    #[default]
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) status: State,
    pub(super) replay_of: Vec<String>,
    pub(super) duration_ms: f64,
    pub(super) source: Source,
    pub(super) stages: Vec<Stage>,
    pub(super) outputs: Vec<Output>,
    pub(super) rejects: Rejects,
    pub(super) write_ms: Option<f64>,
    pub(super) memory_peak: u64,
    pub(super) memory_limit: u64,
    pub(super) spilled_bytes: u64,
}

/// What a job put aside.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rejects {
    pub(super) rows: u64,
    pub(super) reasons: Vec<Reason>,
    pub(super) output: Option<Output>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reason {
    pub(super) stage: Option<String>,
    pub(super) by: String,
    pub(super) code: String,
    pub(super) rows: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) kind: String,
    pub(super) url: String,
    pub(super) files: usize,
    pub(super) bytes: u64,
    pub(super) rows: u64,
    pub(super) rejected: u64,
    pub(super) io_ms: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) plugin: String,
    pub(super) operation: String,
    pub(super) digest: String,
    pub(super) shape: String,
    pub(super) workers: usize,
    pub(super) calls: u64,
    pub(super) rows_in: u64,
    pub(super) rows_out: u64,
    pub(super) rejected: u64,
    pub(super) skipped: u64,
    pub(super) retries: u64,
    pub(super) restarts: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) guest_ms: f64,
    pub(super) boundary_ms: Option<f64>,
    pub(super) host_ms: Option<f64>,
    pub(super) io_ms: Option<f64>,
    pub(super) slowest_ms: f64,
    pub(super) memory_peak: u64,
    pub(super) memory_limit: u64,
    pub(super) counts: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Output {
    pub(super) port: Option<(String, String)>,
    pub(super) url: String,
    pub(super) files: usize,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Failure {
    pub(super) kind: String,
    pub(super) job: String,
    pub(super) stage: Option<String>,
    pub(super) message: String,
    pub(super) hints: Vec<String>,
    pub(super) location: String,
    pub(super) backtrace: Vec<String>,
}

/// What became of the trace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Traced {
    pub(super) trace_id: String,
    pub(super) xray_trace_id: String,
    pub(super) sampled: bool,
    pub(super) sampling_rule: Option<String>,
    pub(super) spans: u64,
    pub(super) record_dropped: u64,
    pub(super) endpoint: Option<String>,
    pub(super) exported: u64,
    pub(super) export_dropped: u64,
}

/// `plan.json`, as far as it is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Plan {
    jobs: Vec<PlannedJob>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PlannedJob {
    name: String,
    source: Planned,
    stages: Vec<Planned>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Planned {
    name: String,
    columns: Vec<Column>,
}

#[derive(Clone, Debug, Deserialize)]
struct Column {
    name: String,
    r#type: String,
}

impl Run {
    /// The time of all stages.
    pub(super) fn time_ms(&self) -> f64 {
        self.jobs.iter().flat_map(|job| &job.stages).map(Stage::time_ms).sum()
    }

    /// A stage of a job.
    pub(super) fn stage(&self, job: &str, stage: &str) -> Option<&Stage> {
        let job = self.jobs.iter().find(|candidate| candidate.name == job)?;
        job.stages.iter().find(|candidate| candidate.name == stage)
    }
}

impl Job {
    /// Why rows were put aside, the reason with most rows first: `12 by Check as price`.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons = self.rejects.reasons.iter().collect::<Vec<_>>();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
        let told = |reason: &Reason| {
            let by = rejecter(reason.stage.as_deref(), &reason.by);
            format!("{} by {by} as {}", count(reason.rows), reason.code)
        };
        reasons.into_iter().map(told).collect()
    }
}

impl Stage {
    /// The digits of the digest that tell versions apart.
    pub(super) fn version(&self) -> &str {
        let digits = self.digest.trim_start_matches("sha256:");
        digits.get(..12).unwrap_or(digits)
    }
}

impl Plan {
    /// The columns after a stage.
    pub(super) fn after(&self, job: &str, stage: &str) -> Option<Vec<ColumnPlan>> {
        let job = self.jobs.iter().find(|candidate| candidate.name == job)?;
        Some(job.stages.iter().find(|candidate| candidate.name == stage)?.columns())
    }

    /// What a stage makes of the columns.
    pub(super) fn changes(&self, job: &str, stage: &str) -> Option<Changes> {
        let job = self.jobs.iter().find(|candidate| candidate.name == job)?;
        let at = job.stages.iter().position(|candidate| candidate.name == stage)?;
        let before = at.checked_sub(1).map_or(&job.source, |before| &job.stages[before]);
        Some(Changes::between(&before.columns(), &job.stages[at].columns()))
    }
}

impl Planned {
    fn columns(&self) -> Vec<ColumnPlan> {
        let column =
            |column: &Column| ColumnPlan { name: column.name.clone(), data_type: column.r#type.clone() };
        self.columns.iter().map(column).collect()
    }
}
