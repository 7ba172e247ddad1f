//! One job, from its source to its committed outputs.

use std::sync::Arc;
use std::time::Instant;

use datafusion_execution::TaskContext;
use datafusion_execution::config::SessionConfig;
use etl_trace::{Kind, Parent, Span, Trace, attributes};
use futures::StreamExt;
use tokio::sync::watch;

use crate::contract::{self, Checking, Whose};
use crate::memory::Memory;
use crate::objects::{Access, Requests};
use crate::phase::{Phase, phases};
use crate::position::Places;
use crate::prepare::{Input, Prepared, PreparedJob};
use crate::replay::Entering;
use crate::report::{JobReport, OutputReport, SourceReport};
use crate::sink::{Output, SinkError, Staged};
use crate::source::{Scan, Source, SourceError, open_written};
use crate::spool::{RowIndex, Spool, SpoolReader};
use crate::worker::{JobRun, StageRun};
use crate::{Failure, FailureKind, Progress};

mod build;
mod plan;
mod rejected;
mod report;
mod settle;
mod stop;
mod summary;
mod writing;

use stop::Stop;
use writing::Writing;

/// What a running job needs of the run.
pub(crate) struct JobContext<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) job: &'a PreparedJob,
    pub(crate) trace: &'a Trace,
    pub(crate) progress: &'a Progress,
    pub(crate) runtime: &'a tokio::runtime::Runtime,
    pub(crate) cancelled: watch::Receiver<bool>,
    pub(crate) memory: Arc<Memory>,
}

/// Runs a job. The report says what it did, however it ended.
pub(crate) fn run(context: &JobContext<'_>) -> (JobReport, Option<Failure>) {
    let started = Instant::now();
    let name = &context.job.job.name;
    let span = context.trace.span(name, Kind::Server);
    span.set(attributes::PIPELINE, context.prepared.pipeline.name.as_str());
    span.set(attributes::RUN_ID, context.prepared.options.run_id.as_str());
    span.set(attributes::JOB, name.as_str());
    let mut running = Running::new(context, span);
    let result = running.run();
    let failure = result.err().map(|error| running.failure(error));
    let report = running.report(failure.as_ref(), started);
    (report, failure)
}

struct Running<'a> {
    context: &'a JobContext<'a>,
    span: Span,
    shared: Arc<JobRun>,
    stages: Vec<Arc<StageRun>>,
    /// Of the source and of each stage, the contract, if it has one.
    checks: Vec<Option<Arc<Checking>>>,
    source: SourceReport,
    scan: Option<Arc<dyn Scan>>,
    /// Of a replay, the rows that come in further on.
    entries: Vec<Entering>,
    outputs: Vec<OutputReport>,
    /// The output of rows that do not fit, once it is there.
    rejected: Option<OutputReport>,
    /// Reading, and writing, once they have begun: each fails with its kind of failure.
    steps: Vec<(FailureKind, Span)>,
}

/// What a phase has left for the next.
type Spooled = (Arc<SpoolReader>, Arc<RowIndex>);

/// Where a phase reads.
enum Feed {
    Source(Arc<dyn Scan>),
    Spool(Arc<SpoolReader>),
}

impl<'a> Running<'a> {
    fn new(context: &'a JobContext<'a>, span: Span) -> Self {
        let prepared = context.prepared;
        let trace = span.context();
        Self {
            context,
            span,
            shared: Arc::new(JobRun::new(
                &context.job.job,
                &prepared.pipeline,
                &prepared.options,
                &trace,
                &context.memory,
            )),
            stages: Vec::new(),
            checks: Vec::new(),
            source: SourceReport::default(),
            scan: None,
            entries: Vec::new(),
            outputs: Vec::new(),
            rejected: None,
            steps: Vec::new(),
        }
    }

    fn run(&mut self) -> Result<(), Stop> {
        let job = self.context.job;
        let (source, requests) = self.open()?;
        self.link();
        self.stages = self.start_stages();
        self.checks = self.start_checks()?;
        let mut writing = Writing::open(self)?;

        let read = self.span.child("read");
        read.set(attributes::URL, self.source.url.as_str());
        read.set(attributes::FORMAT, self.source.kind.as_str());
        read.set(attributes::FILES, self.source.files);
        let mut hearing = Some(requests.hear(&read));
        self.steps.push((FailureKind::Source, read.clone()));
        let scan = self.start_scan(&source).map_err(|error| {
            let hint = error.hint();
            self.failed(FailureKind::Source, self.source_at(), &error.to_string(), hint)
        })?;
        self.scan = Some(Arc::clone(&scan));
        // Set once: a job has one source.
        let files = source.describe().files.into_iter().map(|file| file.path);
        let _ = self.shared.places.set(Places::new(files, Arc::clone(&scan)));

        let mut from = Feed::Source(scan);
        for phase in phases(&job.stages, job.begins_at().stage()) {
            let last = phase.observers.is_empty().then(|| {
                let write = self.span.child("write");
                self.steps.push((FailureKind::Sink, write.clone()));
                writing.begin(write)
            });
            let spool = self.phase(&phase, &from, last)?;
            // Of a source all is read in the first phase.
            drop(hearing.take());
            self.end_read(&read);
            for stage in &self.stages[phase.stages.clone()] {
                stage.end();
            }
            let Some((reader, index)) = spool else { break };
            let observed =
                phase.observers.iter().map(|observer| &self.stages[observer.stage]).collect::<Vec<_>>();
            settle::settle(&observed, &index)?;
            from = Feed::Spool(reader);
        }
        // What is told of all rows together is not told of those that were rejected.
        for check in self.checks.iter().flatten().filter(|_| job.replay.is_none()) {
            check.end().map_err(Stop::Failed)?;
        }
        self.count_source();
        if let Some(too_many) = self.shared.rejects.too_large_a_share(|whose| self.rows_of(whose)) {
            return Err(Stop::Failed(Box::new(self.shared.too_many(&too_many))));
        }
        (self.outputs, self.rejected) = self.shared.write_time.of(|| writing.commit(self))?;
        Ok(())
    }

    /// Notes what was read so far: also of a job that fails half way.
    fn count_source(&mut self) {
        self.source.io_ms = self.shared.read_time.milliseconds();
        self.source.rejected = self.shared.rejects.unread();
        if let Some(scan) = &self.scan {
            let done = scan.progress();
            (self.source.rows, self.source.bytes) = (done.rows, done.bytes_read);
        }
    }

    fn end_read(&mut self, read: &Span) {
        self.count_source();
        read.set(attributes::ROWS_OUT, self.source.rows);
        read.set(attributes::BYTES_IN, self.source.bytes);
        read.set(attributes::IO_TIME_MS, self.source.io_ms);
        read.end();
    }

    /// The source, and what it asks of a store.
    fn open(&mut self) -> Result<(Arc<dyn Source>, Arc<Requests>), Stop> {
        let job = self.context.job;
        let (url, source, requests) = match &job.input {
            _ if let Some(replay) = &job.replay => {
                let rejected = &replay.rejected;
                (&rejected.url, Arc::clone(&rejected.source), Arc::clone(&rejected.requests))
            }
            Input::Open { url, source, requests } => (url, Arc::clone(source), Arc::clone(requests)),
            Input::Written { sink, schema, .. } => {
                let url = &sink.url.value;
                let access = Access::new(&self.context.prepared.objects);
                let opened = open_written(sink, &access).map_err(|error| {
                    self.failed(FailureKind::Source, self.source_at(), &error.to_string(), error.hint())
                })?;
                if opened.schema().fields() != schema.fields() {
                    let message = format!(
                        "{url} does not hold the columns that this run wrote: another run replaced it"
                    );
                    return Err(self.failed(FailureKind::Source, self.source_at(), &message, None::<&str>));
                }
                (url, Arc::from(opened), access.requests)
            }
        };
        let description = source.describe();
        self.source = SourceReport {
            kind: description.kind.to_owned(),
            url: self.context.prepared.pipeline.redact(url.as_str()),
            files: description.files.len(),
            ..SourceReport::default()
        };
        Ok((source, requests))
    }

    /// Says on the trace whose rows a replay's are.
    fn link(&self) {
        let Some(replay) = &self.context.job.replay else { return };
        self.span.set(attributes::REPLAY_OF, replay.runs().collect::<Vec<_>>().join(" "));
        for (trace, span) in replay.spans() {
            // Whoever mended the rows may have changed that, too.
            if let Ok(to) = Parent::parse(&format!("Root={trace};Parent={span}")) {
                self.span.link(&to);
            }
        }
    }

    /// Begins to read: the source, or the rows that are replayed.
    fn start_scan(&mut self, source: &Arc<dyn Source>) -> Result<Arc<dyn Scan>, SourceError> {
        let job = self.context.job;
        if let Some(replay) = &job.replay {
            let mut entries = replay.scans()?.into_iter();
            if let Some((_, first)) = entries.next() {
                self.entries = entries.collect();
                return Ok(first);
            }
        }
        let columns = job.reads();
        let all = columns.len() == job.input.schema().fields().len();
        let scan =
            source.scan((!all).then_some(&columns[..]), self.context.prepared.options.batch_rows.get())?;
        scan.count_against(&self.context.memory.environment().memory_pool);
        Ok(Arc::from(scan))
    }

    fn source_at(&self) -> etl_pipeline::Span {
        self.context.job.job.source.at()
    }

    fn start_stages(&self) -> Vec<Arc<StageRun>> {
        let job = self.context.job;
        let start = |stage: &Arc<crate::prepare::PreparedStage>| {
            let span = self.span.child(&stage.stage.name);
            span.set(attributes::JOB, job.job.name.as_str());
            span.set(attributes::STAGE, stage.stage.name.as_str());
            span.set(attributes::PLUGIN, stage.stage.run.plugin.as_str());
            span.set(attributes::OPERATION, stage.stage.run.operation.as_str());
            span.set(attributes::PLUGIN_DIGEST, stage.generation.digest());
            span.set(attributes::SHAPE, stage.shape.as_str());
            Arc::new(StageRun::new(&self.shared, stage, &job.needed[stage.index + 1], span))
        };
        job.stages.iter().map(start).collect()
    }

    /// Of the source and of each stage, the contract at work.
    fn start_checks(&self) -> Result<Vec<Option<Arc<Checking>>>, Stop> {
        let job = self.context.job;
        let start = |whose: Whose, contract: &Option<Arc<contract::Prepared>>, point: usize| {
            let schema = job.schema_at(point);
            let check =
                contract.as_ref().map(|contract| Checking::new(whose, contract, schema, &self.shared));
            Ok(check.transpose()?.map(Arc::new))
        };
        let stages = job.stages.iter().map(|stage| {
            start(Whose::Stage(stage.stage.name.as_str().into()), &stage.contract, stage.index + 1)
        });
        std::iter::once(start(Whose::Source, &job.contract, 0)).chain(stages).collect()
    }

    /// Runs a phase into the spool, or into `writing` where that is given.
    fn phase(
        &self,
        phase: &Phase,
        from: &Feed,
        writing: Option<&mut Writing>,
    ) -> Result<Option<Spooled>, Stop> {
        let plan = self.plan(phase, from)?;
        let config = SessionConfig::new().with_batch_size(self.context.prepared.options.batch_rows.get());
        let environment = Arc::clone(self.context.memory.environment());
        let task = Arc::new(TaskContext::default().with_session_config(config).with_runtime(environment));
        let mut cancelled = self.context.cancelled.clone();
        self.context.runtime.block_on(async {
            let mut stream = plan.execute(0, task)?;
            let mut spool = Spool::new(&self.context.memory, &plan.schema());
            let mut index = RowIndex::default();
            let mut writing = writing;
            loop {
                let next = tokio::select! {
                    biased;
                    _ = cancelled.wait_for(|cancelled| *cancelled) => return Err(Stop::Interrupted),
                    next = stream.next() => next,
                };
                match (next.transpose()?, &mut writing) {
                    (Some(batch), Some(writing)) => {
                        let written = self.shared.write_time.of(|| writing.write(&batch));
                        written.map_err(|error| self.sink_failed(&self.context.job.job.sink, &error))?;
                    }
                    (Some(batch), None) => {
                        index.push(&batch)?;
                        spool.push(batch)?;
                    }
                    (None, Some(_)) => return Ok(None),
                    (None, None) => return Ok(Some((Arc::new(spool.finish()?), Arc::new(index)))),
                }
            }
        })
    }
}
