//! What a job did, however it ended.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use etl_trace::{attributes, milliseconds};

use super::{Running, summary};
use crate::report::{JobReport, RejectsReport, StageReport, Status};
use crate::worker::StageRun;
use crate::{Failure, FailureKind};

/// How long workers are waited for that have not let go of their stages: a call that is stopped takes some milliseconds.
const MOST_PATIENCE: Duration = Duration::from_millis(500);

impl Running<'_> {
    pub(super) fn report(&mut self, failure: Option<&Failure>, started: Instant) -> JobReport {
        if let Some(failure) = failure {
            self.span.fail(&failure.for_trace());
        }
        for (kind, span) in self.steps.drain(..) {
            let time = match kind {
                FailureKind::Sink => &self.shared.write_time,
                _ => &self.shared.read_time,
            };
            span.set(attributes::IO_TIME_MS, time.milliseconds());
            if let Some(failure) = failure.filter(|failure| failure.kind == kind) {
                span.fail(&failure.for_trace());
            }
            span.end();
        }
        let stages = std::mem::take(&mut self.stages);
        // Of a job that fails, other workers may still be at it: their calls count too.
        let patience = Instant::now() + MOST_PATIENCE;
        for stage in &stages {
            // Instances that are still waiting belong to a job that failed.
            drop(stage.take_resting());
            stage.span.wait(patience.saturating_duration_since(Instant::now()));
            if let Some(failure) =
                failure.filter(|failure| failure.stage.as_ref() == Some(&stage.prepared.stage.name))
            {
                stage.span.fail(&failure.for_trace());
            }
            stage.end();
        }
        self.count_source();
        let reports = stages.iter().map(|stage| stage_report(stage)).collect::<Vec<_>>();
        self.span.set(attributes::ROWS_IN, self.source.rows);
        self.span.set(attributes::ROWS_OUT, self.outputs.last().map_or(0, |output| output.rows));
        let rejects = self.rejects_report();
        summary::sum_up(&self.span, &self.source, &reports, &self.outputs, failure);
        summary::sum_up_faults(&self.span, &rejects, &reports);
        let memory = &self.context.memory;
        if memory.spilled_bytes() > 0 {
            self.span.set(attributes::SPOOL_BYTES, memory.spilled_bytes());
        }
        self.span.set(attributes::MEMORY_PEAK, memory.peak());
        self.span.set(attributes::MEMORY_LIMIT, memory.limit());
        self.span.end();
        JobReport {
            name: self.context.job.job.name.clone(),
            replay_of: self.replayed_runs(),
            status: Status::after(failure),
            duration_ms: milliseconds(started.elapsed()),
            source: std::mem::take(&mut self.source),
            stages: reports,
            outputs: std::mem::take(&mut self.outputs),
            rejects,
            write_ms: self.shared.write_time.milliseconds(),
            memory_peak: self.context.memory.peak(),
            memory_limit: self.context.memory.limit(),
            spilled_rows: self.context.memory.spilled_rows(),
            spilled_bytes: self.context.memory.spilled_bytes(),
        }
    }

    /// The runs that rejected what this job is a replay of.
    fn replayed_runs(&self) -> Vec<String> {
        self.context.job.replay.iter().flat_map(|replay| replay.runs().map(ToOwned::to_owned)).collect()
    }

    fn rejects_report(&mut self) -> RejectsReport {
        let rejects = &self.shared.rejects;
        RejectsReport { rows: rejects.rows(), reasons: rejects.reasons(), output: self.rejected.take() }
    }
}

fn stage_report(stage: &StageRun) -> StageReport {
    let (prepared, totals) = (&stage.prepared, stage.span.totals());
    StageReport {
        name: prepared.stage.name.clone(),
        plugin: prepared.stage.run.plugin.clone(),
        operation: prepared.stage.run.operation.clone(),
        digest: prepared.generation.digest().to_owned(),
        shape: prepared.shape.as_str().to_owned(),
        workers: stage.workers(),
        calls: totals.calls,
        rows_in: stage.rows_in(),
        rows_out: stage.rows_out(),
        rejected: stage.tally.rows_rejected(),
        skipped: stage.tally.rows_skipped(),
        retries: stage.tally.retries(),
        restarts: stage.tally.restarts(),
        bytes_in: totals.bytes_in,
        bytes_out: totals.bytes_out,
        guest_ms: milliseconds(totals.guest_time),
        boundary_ms: milliseconds(totals.boundary_time),
        host_ms: milliseconds(totals.host_time),
        io_ms: milliseconds(totals.io_time),
        slowest_ms: milliseconds(totals.slowest),
        memory_peak: stage.memory_peak(),
        memory_limit: prepared.limits.memory_bytes,
        counts: totals.counts.into_iter().collect::<BTreeMap<_, _>>(),
    }
}
