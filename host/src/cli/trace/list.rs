//! The runs that are recorded.

use std::fs;
use std::path::Path;

use anstyle::Style;
use serde::Serialize;

use super::run::{Run, State};
use super::text::{name, style};
use crate::cli::format::{count, milliseconds};
use crate::cli::runs::RUN;
use crate::cli::table::Table;
use crate::cli::text::{FAINT, STRONG};

/// A run, in a line.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    run_id: String,
    /// Nothing where the run has not ended, or was killed.
    #[serde(flatten)]
    ended: Option<Ended>,
}

#[derive(Debug, Serialize)]
struct Ended {
    pipeline: String,
    status: &'static str,
    #[serde(skip)]
    state: State,
    started: String,
    duration_ms: f64,
    rows: u64,
    trace_id: String,
}

impl Listed {
    /// The run in this folder.
    pub(super) fn read(folder: &Path, run_id: String) -> Self {
        let text = fs::read(folder.join(RUN)).ok();
        let run = text.and_then(|text| serde_json::from_slice::<Run>(&text).ok());
        let ended = run.map(|run| Ended {
            status: name(run.status),
            state: run.status,
            started: run.started,
            duration_ms: run.duration_ms,
            rows: run.jobs.first().map_or(0, |job| job.source.rows),
            trace_id: run.trace.trace_id,
            pipeline: run.pipeline,
        });
        Self { run_id, ended }
    }
}

/// A table of them.
pub(super) fn text(runs: &[Listed]) -> String {
    if runs.is_empty() {
        return "no runs are recorded\n".to_owned();
    }
    let mut table = Table::with_text_in(&[1, 4]);
    table.row(STRONG, ["run", "ended", "after", "rows", "pipeline"]);
    for run in runs {
        let id = run.run_id.as_str();
        match &run.ended {
            None => table.row(FAINT, [id, "not ended"]),
            Some(run) => {
                let style = if run.state == State::Succeeded { Style::new() } else { style(run.state) };
                let time = milliseconds(run.duration_ms);
                table.row(style, [id, run.status, &time, &count(run.rows), &run.pipeline]);
            }
        }
    }
    table.render()
}
