//! What a worker does when a call goes wrong: again, around the rows, or without the stage, as the pipeline says.

use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use datafusion_common::DataFusionError;
use etl_data::Batch;
use etl_pipeline::{OnError, OnFault};
use etl_plugin::{CallError, CallErrorKind, Emitted, Flow};

use super::{Work, Worker, begin};
use crate::Failure;
use crate::position::positions;

/// How long to wait before a call is made again; each time twice as long.
const WAIT: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Calls of a stage that may run out of time while the rows at fault are looked for: each costs its whole time.
const MOST_TIMEOUTS: u64 = 64;

/// What a call of `process` has given.
pub(crate) type Done = (Vec<RecordBatch>, Flow);

/// A call that went wrong.
pub(super) enum Failed {
    /// All is told.
    Told(DataFusionError),
    /// It depends on the pipeline what comes of it.
    Call(Box<FailedCall>),
}

/// A call that went wrong, and what may help.
pub(super) struct FailedCall {
    pub(super) failure: Failure,
    pub(super) error: CallError,
}

impl From<DataFusionError> for Failed {
    fn from(error: DataFusionError) -> Self {
        Self::Told(error)
    }
}

impl FailedCall {
    fn is_retryable(&self) -> bool {
        matches!(&self.error.kind, CallErrorKind::Guest(guest) if guest.detail("retryable") == Some("true"))
    }

    /// Why a row is rejected that makes a call end so; nothing where that is not the row's fault.
    fn code(&self) -> Option<&'static str> {
        Some(match self.error.kind {
            CallErrorKind::Trap { .. } => "trap",
            CallErrorKind::Timeout { .. } => "timeout",
            CallErrorKind::Memory { .. } => "memory",
            _ => return None,
        })
    }
}

impl Worker {
    /// Hands rows over, and bears with what goes wrong as far as the pipeline says.
    pub(super) fn bear(&mut self, rows: &RecordBatch) -> Result<Done, DataFusionError> {
        let tolerance = &self.stage.prepared.stage.tolerance;
        let (retries, on_trap, on_error) =
            (tolerance.retries, tolerance.on_trap.value, tolerance.on_error.value);
        let mut tries = 0;
        let failed = loop {
            match self.attempt(rows) {
                Ok(done) => return Ok(done),
                Err(Failed::Told(error)) => return Err(error),
                Err(Failed::Call(failed)) if tries < retries && failed.is_retryable() => {
                    let pause = WAIT.saturating_mul(1 << tries.min(10)).min(LONGEST_WAIT);
                    std::thread::sleep(pause);
                    self.elsewhere += pause;
                    tries += 1;
                    self.stage.tally.retried();
                }
                Err(Failed::Call(failed)) => break failed,
            }
        };
        match failed.error.kind {
            CallErrorKind::Guest(_) if on_error == OnError::Skip => self.pass_on(rows),
            _ if on_trap == OnFault::Reject && failed.code().is_some() => self.take_apart(rows, failed),
            _ => Err(self.stage.job.faults.report(failed.failure)),
        }
    }

    /// The rows as they came.
    fn pass_on(&mut self, rows: &RecordBatch) -> Result<Done, DataFusionError> {
        self.stage.tally.skipped(rows.num_rows());
        let batch = Batch::from_positioned(rows).map_err(|error| self.stage.internal(&error))?;
        let given = self.outputs.take(vec![Emitted { port: 0, batch }], Some(positions(rows)))?;
        Ok((given.batches, Flow::More))
    }

    /// Halves the rows until those at fault are alone, which are rejected. The others go through.
    fn take_apart(&mut self, rows: &RecordBatch, failed: Box<FailedCall>) -> Result<Done, DataFusionError> {
        let mut batches = Vec::new();
        let mut flow = Flow::More;
        let mut todo = vec![(rows.clone(), Some(failed))];
        while let Some((rows, failed)) = todo.pop() {
            let failed = match failed.map_or_else(|| self.attempt(&rows), |failed| Err(Failed::Call(failed)))
            {
                Ok((given, wants)) => {
                    batches.extend(given);
                    flow = wants;
                    if self.stage.tally.is_first_probe() {
                        self.probe()?;
                    }
                    continue;
                }
                Err(Failed::Told(error)) => return Err(error),
                Err(Failed::Call(failed)) => failed,
            };
            let Some(code) = failed.code().filter(|code| self.may_go_on(code)) else {
                return Err(self.stage.job.faults.report(failed.failure));
            };
            self.restart()?;
            let half = rows.num_rows() / 2;
            if half == 0 {
                self.rejected += self.stage.reject_all(&rows, code, &failed.error.to_string())?;
            } else {
                todo.push((rows.slice(half, rows.num_rows() - half), None));
                todo.push((rows.slice(0, half), None));
            }
        }
        Ok((batches, flow))
    }

    /// Ends an instance that has just taken rows: one that then gives any keeps rows from one call to the next, and
    /// those of the instance that trapped are lost.
    fn probe(&mut self) -> Result<(), DataFusionError> {
        let (begun, context) = begin(&mut self.calls);
        let called = self.instance.finish(0, context);
        let gives = called.emitted.iter().any(|emitted| emitted.batch.rows() > 0);
        let ended = self.ended_with(begun, "finish", Work::default(), called, 0);
        let flow = ended.map_err(|failed| self.report(failed))?;
        if gives || flow == Flow::More {
            return Err(self.stage.lost_what_it_kept());
        }
        self.restart()
    }

    fn may_go_on(&self, code: &str) -> bool {
        code != "timeout" || self.stage.tally.timed_out() <= MOST_TIMEOUTS
    }

    /// A new instance in the place of one that trapped.
    fn restart(&mut self) -> Result<(), DataFusionError> {
        if self.stage.tally.restarted() {
            return Err(self.stage.lost_what_it_kept());
        }
        let begun = Instant::now();
        let fresh = Self::start(&self.stage, self.partition, self.partitions)?;
        self.instance = fresh.instance;
        // It has told its time itself.
        self.elsewhere += begun.elapsed();
        let stage = std::sync::Arc::clone(&self.stage);
        stage.partials.get().map_or(Ok(()), |partials| self.hand_over(partials))
    }
}
