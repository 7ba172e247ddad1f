//! All outputs of a job, which appear when all of them are complete.

use arrow_array::RecordBatch;
use etl_pipeline::Sink;
use etl_trace::{Span, attributes};

use crate::objects::{Access, Hearing};
use crate::rejects::SCHEMA;

use super::{Output, OutputReport, Running, SinkError, Staged, Stop};

/// Outputs that are being written.
pub(super) struct Writing {
    main: Output,
    ports: Vec<PortOutput>,
    /// Where rows go that do not fit.
    rejects: Option<(Sink, Output)>,
    /// From the first row that can come to the last output in its place.
    span: Option<Span>,
    /// What is asked of stores: it is the job's until there is that span. Dropped last.
    hearing: Hearing,
}

/// Where the rows of a stage's port go.
struct PortOutput {
    stage: usize,
    /// Of the ports after the first.
    index: usize,
    name: String,
    sink: Sink,
    output: Output,
}

/// Whose rows an output has.
enum Whose {
    Job,
    Port(String, String),
    Rejects,
}

/// An output that is complete, and not yet in its place.
struct Complete {
    whose: Whose,
    sink: Sink,
    staged: Staged,
}

impl Writing {
    /// Opens all outputs: what can't be written is known before anything is read.
    pub(super) fn open(job: &Running<'_>) -> Result<Self, Stop> {
        let prepared = job.context.job;
        let access = Access::new(&job.context.prepared.objects);
        let hearing = access.requests.hear(&job.span);
        let open = |sink: &Sink, schema| {
            let options = &job.context.prepared.options;
            Output::create(sink, &options.run_id, schema, options.threads.get(), &access)
                .map_err(|error| job.sink_failed(sink, &error))
        };
        let mut ports = Vec::new();
        for stage in &prepared.stages {
            let schemas = &stage.binding.outputs[1..];
            for (index, (port, schema)) in stage.ports.iter().zip(schemas).enumerate() {
                if let Some((name, sink)) = port {
                    let (name, output) = (name.clone(), open(sink, schema)?);
                    ports.push(PortOutput { stage: stage.index, index, name, sink: sink.clone(), output });
                }
            }
        }
        let rejects = prepared
            .job
            .rejects
            .as_ref()
            .map(|rejects| open(&rejects.sink, &SCHEMA).map(|output| (rejects.sink.clone(), output)));
        let (main, rejects) = (open(&prepared.job.sink, prepared.output())?, rejects.transpose()?);
        Ok(Self { main, ports, rejects, span: None, hearing })
    }

    /// The job's own rows come from now on.
    pub(super) fn begin(&mut self, span: Span) -> &mut Self {
        self.hearing.turn_to(&span);
        self.span = Some(span);
        self
    }

    /// Writes rows of the job's own output.
    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<(), SinkError> {
        self.main.write(rows)
    }

    /// Writes what went to ports and what was rejected, completes all, and puts all into place. Gives the outputs, and
    /// that of rows that were rejected.
    pub(super) fn commit(
        mut self,
        job: &Running<'_>,
    ) -> Result<(Vec<OutputReport>, Option<OutputReport>), Stop> {
        let span = self.span.take();
        let (outputs, _hearing) = self.complete(job)?;
        if *job.context.cancelled.borrow() {
            return Err(Stop::Interrupted);
        }
        let mut rejects = None;
        let mut written = Vec::new();
        for output in outputs {
            if matches!(output.whose, Whose::Rejects) {
                rejects = Some(output.commit(job)?);
            } else {
                written.push(output.commit(job)?);
            }
        }
        let outputs = written;
        if let Some(span) = span {
            let sink = &job.context.job.job.sink;
            span.set(attributes::URL, job.context.prepared.pipeline.redact(sink.url.as_str()));
            span.set(attributes::FORMAT, sink.kind());
            span.set(attributes::FILES, outputs.iter().map(|output| output.files).sum::<usize>());
            span.set(attributes::ROWS_OUT, outputs.iter().map(|output| output.rows).sum::<u64>());
            span.set(attributes::BYTES_OUT, outputs.iter().map(|output| output.bytes).sum::<u64>());
        }
        Ok((outputs, rejects))
    }

    fn complete(self, job: &Running<'_>) -> Result<(Vec<Complete>, Hearing), Stop> {
        let Self { main, ports, rejects, span: _, hearing } = self;
        let mut complete = Vec::new();
        for PortOutput { stage, index, name, sink, mut output } in ports {
            let stage = &job.stages[stage];
            if let Some(rows) = &stage.ports[index] {
                for batch in rows.take()? {
                    output.write(&batch?).map_err(|error| job.sink_failed(&sink, &error))?;
                }
            }
            let staged = output.finish().map_err(|error| job.sink_failed(&sink, &error))?;
            let whose = Whose::Port(stage.prepared.stage.name.clone(), name);
            complete.push(Complete { whose, sink, staged });
        }
        if let Some((sink, mut output)) = rejects {
            job.write_rejected(&mut output, |error| job.sink_failed(&sink, error))?;
            let staged = output.finish().map_err(|error| job.sink_failed(&sink, &error))?;
            complete.push(Complete { whose: Whose::Rejects, sink, staged });
        }
        let sink = job.context.job.job.sink.clone();
        let staged = main.finish().map_err(|error| job.sink_failed(&sink, &error))?;
        complete.push(Complete { whose: Whose::Job, sink, staged });
        Ok((complete, hearing))
    }
}

impl Complete {
    fn commit(self, job: &Running<'_>) -> Result<OutputReport, Stop> {
        let info = self.staged.commit().map_err(|error| job.sink_failed(&self.sink, &error))?;
        Ok(OutputReport {
            port: match self.whose {
                Whose::Port(stage, port) => Some((stage, port)),
                Whose::Job | Whose::Rejects => None,
            },
            url: job.context.prepared.pipeline.redact(self.sink.url().as_str()),
            files: info.files,
            rows: info.rows,
            bytes: info.bytes,
        })
    }
}
