//! A stage of a running job: what its instances share.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema, SchemaRef};
use datafusion_common::{DataFusionError, Result};
use etl_plugin::{CallError, CallErrorKind, ErrorCode};
use etl_trace::{Blame, Span, attributes};

use super::output::all_nullable;
use super::{JobRun, Tally, Worker};
use crate::exec::merge;
use crate::memory::Memory;
use crate::plan::Shape;
use crate::position::{positioned, positions};
use crate::prepare::PreparedStage;
use crate::spool::{RowIndex, Spool};
use crate::{Failure, FailureKind};

/// A stage of a running job.
pub(crate) struct StageRun {
    pub(crate) job: Arc<JobRun>,
    pub(crate) prepared: Arc<PreparedStage>,
    pub(crate) span: Span,
    /// Its output rows, with positions; columns that do not matter are nulls.
    pub(crate) output: SchemaRef,
    /// What came out of each port but the first; nothing is kept of a port that leads nowhere.
    pub(crate) ports: Vec<Option<PortRows>>,
    /// Between two passes, the instances that have observed.
    pub(crate) resting: Mutex<Vec<Option<Worker>>>,
    /// In the second pass, where in the stage's input a row stands.
    pub(crate) rows: OnceLock<Arc<RowIndex>>,
    /// The summaries of all instances, where one that traps may have to be replaced.
    pub(crate) partials: OnceLock<Vec<Vec<u8>>>,
    pub(crate) tally: Tally,
    workers: AtomicUsize,
    rows_in: AtomicU64,
    rows_out: AtomicU64,
    batches: AtomicU64,
    memory_peak: AtomicU64,
}

impl std::fmt::Debug for StageRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageRun").field("name", &self.prepared.stage.name).finish_non_exhaustive()
    }
}

/// What a stage's instances emitted to a port, per instance in order.
#[derive(Debug, Default)]
pub(crate) struct PortRows {
    spools: Mutex<Vec<Option<Spool>>>,
}

impl PortRows {
    pub(super) fn push(&self, memory: &Arc<Memory>, partition: usize, batch: RecordBatch) -> Result<()> {
        let mut spools = self.spools.lock().unwrap_or_else(PoisonError::into_inner);
        if spools.len() <= partition {
            spools.resize_with(partition + 1, || None);
        }
        spools[partition].get_or_insert_with(|| Spool::new(memory, &batch.schema())).push(batch)
    }

    /// All rows, in order.
    pub(crate) fn take(&self) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
        let spools = std::mem::take(&mut *self.spools.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(merge(spools.into_iter().flatten().map(Spool::finish).collect::<Result<_>>()?))
    }
}

impl StageRun {
    /// `matters` says which columns of the output do.
    pub(crate) fn new(
        job: &Arc<JobRun>,
        prepared: &Arc<PreparedStage>,
        matters: &[bool],
        span: Span,
    ) -> Self {
        let ports = prepared.ports.iter().map(|port| port.as_ref().map(|_| PortRows::default())).collect();
        Self {
            job: Arc::clone(job),
            prepared: Arc::clone(prepared),
            span,
            output: physical(&prepared.binding.outputs[0], matters),
            ports,
            resting: Mutex::default(),
            rows: OnceLock::new(),
            partials: OnceLock::new(),
            tally: Tally::default(),
            workers: AtomicUsize::new(0),
            rows_in: AtomicU64::new(0),
            rows_out: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            memory_peak: AtomicU64::new(0),
        }
    }

    /// The instance number `partition`: one that has observed, or a new one.
    pub(crate) fn worker(
        self: &Arc<Self>,
        partition: usize,
        partitions: usize,
    ) -> Result<Worker, DataFusionError> {
        let rested = {
            let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
            resting.get_mut(partition).and_then(Option::take)
        };
        rested.map_or_else(|| Worker::start(self, partition, partitions), Ok)
    }

    /// Keeps an instance until the second pass.
    pub(crate) fn rest(&self, worker: Worker) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let partition = worker.partition;
        if resting.len() <= partition {
            resting.resize_with(partition + 1, || None);
        }
        resting[partition] = Some(worker);
    }

    /// All instances that have observed, in order.
    pub(crate) fn take_resting(&self) -> Vec<Worker> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *resting).into_iter().flatten().collect()
    }

    /// Where these rows begin in the stage's whole input; `seen` rows went into this instance before.
    pub(super) fn first_row(&self, rows: &RecordBatch, seen: u64) -> Option<u64> {
        match self.prepared.shape {
            Shape::Single => Some(seen),
            Shape::TwoPass => self.rows.get()?.row_of(positions(rows).values().first().copied()?),
            Shape::Any | Shape::Keyed => None,
        }
    }

    /// Ends the stage's span. Its rows are those that `process` saw: the calls' sums count a row in each pass.
    pub(crate) fn end(&self) {
        self.span.set(attributes::WORKERS, self.workers());
        self.span.set(attributes::ROWS_IN, self.rows_in());
        self.span.set(attributes::ROWS_OUT, self.rows_out());
        self.span.set(attributes::GUEST_MEMORY, self.memory_peak());
        self.span.set(attributes::GUEST_MEMORY_LIMIT, self.prepared.limits.memory_bytes);
        self.tally.tell(&self.span);
        self.span.end();
    }

    pub(crate) fn set_workers(&self, workers: usize) {
        self.workers.store(workers, Relaxed);
    }

    pub(crate) fn workers(&self) -> usize {
        self.workers.load(Relaxed)
    }

    pub(super) fn next_batch(&self) -> u64 {
        self.batches.fetch_add(1, Relaxed)
    }

    pub(super) fn add_rows_in(&self, rows: usize) {
        self.rows_in.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn add_rows_out(&self, rows: usize) {
        self.rows_out.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn saw_memory(&self, peak: u64) {
        self.memory_peak.fetch_max(peak, Relaxed);
    }

    pub(crate) fn rows_in(&self) -> u64 {
        self.rows_in.load(Relaxed)
    }

    pub(crate) fn rows_out(&self) -> u64 {
        self.rows_out.load(Relaxed)
    }

    pub(crate) fn memory_peak(&self) -> u64 {
        self.memory_peak.load(Relaxed)
    }

    /// Reports a call that failed.
    pub(super) fn call_failed(
        &self,
        error: &CallError,
        batch: Option<u64>,
        input: Option<&RecordBatch>,
    ) -> DataFusionError {
        self.job.faults.report(self.call_failure(error, batch, input))
    }

    pub(super) fn call_failure(
        &self,
        error: &CallError,
        batch: Option<u64>,
        input: Option<&RecordBatch>,
    ) -> Failure {
        let (kind, row, hint) = match &error.kind {
            CallErrorKind::Guest(guest) => (
                FailureKind::Plugin,
                guest.detail("row").and_then(|row| row.parse().ok()),
                guest.detail("hint"),
            ),
            CallErrorKind::Trap { .. } => (FailureKind::Trap, None, None),
            CallErrorKind::Timeout { .. } => (FailureKind::Timeout, None, None),
            CallErrorKind::Memory { .. } => (FailureKind::Memory, None, None),
            CallErrorKind::Starved { .. } => {
                (FailureKind::Memory, None, Some("raise `memory` in pipeline.toml, or `--memory`"))
            }
            CallErrorKind::Limit { .. } => (FailureKind::Limit, None, None),
            CallErrorKind::Cancelled => (FailureKind::Interrupted, None, None),
            CallErrorKind::Contract(_) | CallErrorKind::NotGranted { .. } => {
                (FailureKind::Contract, None, None)
            }
        };
        let hint = hint.map(ToOwned::to_owned).or_else(|| crate::prepare::hint(error));
        let place = input.and_then(|rows| self.place(rows, row));
        let place = match (place, batch) {
            (Some(place), Some(batch)) => format!(" (batch {batch}, {place})"),
            (None, Some(batch)) => format!(" (batch {batch})"),
            _ => String::new(),
        };
        let mut failure = self.failure(kind, &format!("{error}{place}"), hint.as_deref());
        failure.backtrace.clone_from(&error.backtrace);
        if is_about_input(&error.kind) {
            failure.blame = Blame::Input;
        }
        failure
    }

    /// The row at fault in the input's files, or all rows of the batch.
    fn place(&self, rows: &RecordBatch, row: Option<usize>) -> Option<String> {
        let positions = positions(rows).values();
        match row {
            Some(row) => self.job.place(*positions.get(row)?),
            None => self.job.range(*positions.first()?, *positions.last()?),
        }
    }

    pub(super) fn broke_contract(&self, call: &str, message: &str) -> DataFusionError {
        let message = format!("the plugin broke its contract in `{call}`: {message}");
        self.job.faults.report(self.failure(FailureKind::Contract, &message, None))
    }

    pub(super) fn internal(&self, error: &dyn std::fmt::Display) -> DataFusionError {
        self.job.faults.report(self.failure(FailureKind::Internal, &error.to_string(), None))
    }

    pub(super) fn failure(&self, kind: FailureKind, message: &str, hint: Option<&str>) -> Failure {
        let stage = &self.prepared.stage;
        let message = format!("stage `{}`: {message}", stage.name);
        self.job.failure(kind, Some(&stage.name), stage.run.at, &message, hint)
    }
}

/// Whether the plugin says that what it was given is wrong, not that it is.
fn is_about_input(error: &CallErrorKind) -> bool {
    let codes = [ErrorCode::InvalidConfig, ErrorCode::InvalidSchema, ErrorCode::InvalidData];
    matches!(error, CallErrorKind::Guest(guest) if codes.contains(&guest.code))
}

/// How rows of `schema` travel through a plan: with their positions, and with nulls where a column does not matter.
pub(crate) fn physical(schema: &Schema, matters: &[bool]) -> SchemaRef {
    let schema = all_nullable(schema);
    let fields = schema.fields().iter().zip(matters).map(|(field, matters)| {
        if *matters {
            Arc::clone(field)
        } else {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Null))
        }
    });
    positioned(&Schema::new(fields.collect::<Vec<_>>()))
}
