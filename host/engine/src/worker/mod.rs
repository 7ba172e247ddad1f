//! One instance of a stage at work: every call is a span, and what comes back is checked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use datafusion_common::DataFusionError;
use etl_data::Batch;
use etl_plugin::{CallContext, Called, Flow, Instance};
use etl_trace::{Call, CallStart, Calls, TraceContext};

use crate::position::{after_all, positions};
use crate::prepare::request;

mod clock;
mod convert;
mod job;
mod output;
mod reject;
mod stage;
mod tally;
mod tolerant;

pub(crate) use clock::{Spent, Watch};
pub(crate) use job::JobRun;
pub(crate) use stage::{StageRun, physical};
pub(crate) use tally::Tally;

use output::{Given, Outputs};
use tolerant::{Done, Failed, FailedCall};

/// Calls of `finish` in a row that may give nothing.
const MOST_IDLE: u32 = 1000;

/// One instance of a stage, and its part of the trace.
pub(crate) struct Worker {
    stage: Arc<StageRun>,
    instance: Instance,
    calls: Calls,
    outputs: Outputs,
    partition: usize,
    partitions: usize,
    /// Rows that `process` has seen.
    seen: u64,
    /// Rows of these that were rejected.
    rejected: u64,
    idle: u32,
    /// Time of this worker's that is told elsewhere, or is no work.
    elsewhere: Duration,
}

/// A call's place in the trace, as the guest sees it.
struct Context(TraceContext);

impl CallContext for Context {
    fn traceparent(&self) -> String {
        self.0.traceparent()
    }
    fn tracestate(&self) -> String {
        self.0.tracestate().to_owned()
    }
    fn xray_header(&self) -> String {
        self.0.xray_header()
    }
    fn sampled(&self) -> bool {
        self.0.sampled()
    }
}

/// What a call worked on.
#[derive(Clone, Copy, Default)]
struct Work<'a> {
    batch: Option<u64>,
    input: Option<&'a RecordBatch>,
}

impl Worker {
    /// Instance number `partition` of `partitions`, bound.
    pub(crate) fn start(
        stage: &Arc<StageRun>,
        partition: usize,
        partitions: usize,
    ) -> Result<Self, DataFusionError> {
        let prepared = &stage.prepared;
        let operation = &prepared.stage.run.operation;
        let mut calls = stage.span.calls();
        let watch = Watch::begin(&calls);
        let instance = prepared.generation.instantiate_metered(operation, &prepared.limits, &stage.job.meter);
        let mut instance = instance.map_err(|error| stage.call_failed(&error, None, None))?;
        let request =
            request(&prepared.stage, &prepared.input, &stage.job.options, Some((partition, partitions)));
        let (begun, context) = begin(&mut calls);
        let called = instance.bind(&request, context);
        let outputs = Outputs::new(stage, partition);
        let mut worker = Self {
            stage: Arc::clone(stage),
            instance,
            calls,
            outputs,
            partition,
            partitions,
            seen: 0,
            rejected: 0,
            idle: 0,
            elsewhere: Duration::ZERO,
        };
        let binding = worker.ended(begun, "bind", Work::default(), called)?;
        if binding.outputs != stage.prepared.binding.outputs {
            return Err(worker.stage.broke_contract("bind", "its output schema is not the same as before"));
        }
        watch.end(&mut worker.calls, Duration::ZERO);
        Ok(worker)
    }

    /// Does work, and notes what of its time did not pass in calls.
    fn watched<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let (watch, elsewhere) = (Watch::begin(&self.calls), self.elsewhere);
        let done = work(self);
        watch.end(&mut self.calls, self.elsewhere.saturating_sub(elsewhere));
        done
    }

    /// Shows rows in the first pass.
    pub(crate) fn observe(&mut self, rows: &RecordBatch) -> Result<(), DataFusionError> {
        self.watched(|worker| {
            let work = worker.work(rows);
            let batch = Batch::from_positioned(rows).map_err(|error| worker.stage.internal(&error))?;
            let (begun, context) = begin(&mut worker.calls);
            let called = worker.instance.observe(0, batch, context);
            worker.ended(begun, "observe", work, called)
        })
    }

    /// The summary of all rows shown.
    pub(crate) fn partial(&mut self) -> Result<Vec<u8>, DataFusionError> {
        self.watched(|worker| {
            let (begun, context) = begin(&mut worker.calls);
            let called = worker.instance.partial(context);
            worker.ended(begun, "partial", Work::default(), called)
        })
    }

    /// Hands over the summaries of all instances.
    pub(crate) fn settle(&mut self, partials: &[Vec<u8>]) -> Result<(), DataFusionError> {
        self.watched(|worker| worker.hand_over(partials))
    }

    fn hand_over(&mut self, partials: &[Vec<u8>]) -> Result<(), DataFusionError> {
        let mine = u32::try_from(self.partition).unwrap_or(u32::MAX);
        let (begun, context) = begin(&mut self.calls);
        let called = self.instance.settle(partials, mine, context);
        self.ended(begun, "settle", Work::default(), called)
    }

    /// Hands over rows; gives those that came out of the first port, and whether the guest wants more.
    pub(crate) fn process(&mut self, rows: &RecordBatch) -> Result<Done, DataFusionError> {
        self.stage.add_rows_in(rows.num_rows());
        let done = self.watched(|worker| worker.bear(rows));
        self.seen += rows.num_rows() as u64;
        done
    }

    /// Hands over rows once.
    fn attempt(&mut self, rows: &RecordBatch) -> Result<Done, Failed> {
        let work = self.work(rows);
        let first_row = self.stage.first_row(rows, self.seen);
        let batch = Batch::from_positioned(rows).map_err(|error| self.stage.internal(&error))?;
        let (begun, context) = begin(&mut self.calls);
        let mut called = self.instance.process(0, batch.with_first_row(first_row), context);
        let emitted = std::mem::take(&mut called.emitted);
        let given = if called.result.is_ok() {
            self.outputs.take(emitted, Some(positions(rows)))
        } else {
            Ok(Given::default())
        };
        let rejected = std::mem::take(&mut called.rejected);
        let rows_out = given.as_ref().map_or(0, |given| given.rows);
        let flow = self.ended_with(begun, "process", work, called, rows_out)?;
        let given = given?;
        self.rejected += self.stage.reject(&rejected, work.input, work.batch)?;
        Ok((given.batches, flow))
    }

    /// Tells that there are no more rows; to be called again while it gives [`Flow::More`].
    pub(crate) fn finish(&mut self) -> Result<Done, DataFusionError> {
        self.watched(Self::end)
    }

    fn end(&mut self) -> Result<Done, DataFusionError> {
        let (begun, context) = begin(&mut self.calls);
        let mut called = self.instance.finish(0, context);
        let emitted = std::mem::take(&mut called.emitted);
        self.outputs.at_least(after_all(self.partition));
        let given =
            if called.result.is_ok() { self.outputs.take(emitted, None) } else { Ok(Given::default()) };
        let rows = given.as_ref().map_or(0, |given| given.rows);
        let rejected = std::mem::take(&mut called.rejected);
        let flow = self.ended_with(begun, "finish", Work::default(), called, rows);
        let flow = flow.map_err(|failed| self.report(failed))?;
        let given = given?;
        self.rejected += self.stage.reject(&rejected, None, None)?;
        if rows > 0 && self.stage.tally.gave_at_the_end() {
            return Err(self.stage.lost_what_it_kept());
        }
        self.idle = if given.is_empty { self.idle + 1 } else { 0 };
        if flow == Flow::More && self.idle > MOST_IDLE {
            let message = format!("it asked {MOST_IDLE} times to be called again, and gave nothing");
            return Err(self.stage.broke_contract("finish", &message));
        }
        let (seen, came) = (self.seen, self.outputs.rows() + self.rejected);
        if flow == Flow::Done && self.stage.prepared.binding.one_to_one && seen != came {
            let message = format!("it promised a row for each row, and gave {came} for {seen}");
            return Err(self.stage.broke_contract("finish", &message));
        }
        Ok((given.batches, flow))
    }

    fn work<'a>(&self, rows: &'a RecordBatch) -> Work<'a> {
        Work { batch: Some(self.stage.next_batch()), input: Some(rows) }
    }

    fn ended<T>(
        &mut self,
        begun: CallStart,
        name: &'static str,
        work: Work<'_>,
        called: Called<T>,
    ) -> Result<T, DataFusionError> {
        if !called.rejected.is_empty() {
            return Err(self.stage.broke_contract(name, "rows are rejected in `process` and `finish` only"));
        }
        self.ended_with(begun, name, work, called, 0).map_err(|failed| self.report(failed))
    }

    /// Notes the call in the trace, and tells how it failed.
    fn ended_with<T>(
        &mut self,
        begun: CallStart,
        name: &'static str,
        work: Work<'_>,
        called: Called<T>,
        rows_out: u64,
    ) -> Result<T, Failed> {
        let Called { result, telemetry, usage, .. } = called;
        let result = result.map_err(|error| {
            let failure = self.stage.call_failure(&error, work.batch, work.input);
            Box::new(FailedCall { failure, error })
        });
        self.stage.saw_memory(usage.memory_peak);
        let end = Instant::now();
        let start = end.checked_sub(usage.elapsed).unwrap_or(end);
        let mut call = Call {
            batch: work.batch,
            rows_in: work.input.map_or(0, |rows| rows.num_rows() as u64),
            rows_out,
            bytes_in: usage.bytes_read,
            bytes_out: usage.bytes_written,
            inside: Some(usage.elapsed),
            boundary: usage.boundary,
            ..Call::new(name)
        };
        convert::report(&mut call, telemetry, start, end);
        call.error = result.as_ref().err().map(|failed| failed.failure.for_trace());
        self.calls.end(begun, call);
        result.map_err(Failed::Call)
    }

    /// The failure that ends the job.
    fn report(&self, failed: Failed) -> DataFusionError {
        match failed {
            Failed::Told(error) => error,
            Failed::Call(failed) => self.stage.job.faults.report(failed.failure),
        }
    }
}

fn begin(calls: &mut Calls) -> (CallStart, Box<dyn CallContext>) {
    let begun = calls.start();
    let context = Context(calls.context(&begun));
    (begun, Box::new(context))
}

/// The batch as one of `schema`, whose columns it has in other types at most where nobody looks.
fn with_schema(
    schema: &SchemaRef,
    columns: Vec<arrow_array::ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, DataFusionError> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}
