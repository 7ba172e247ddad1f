//! All outputs of a job, which appear when all of them are complete.

use arrow_array::RecordBatch;
use etl_pipeline::Sink;
use etl_trace::{Span, attributes};

use super::{Output, OutputReport, Running, SinkError, Staged, Stop, merge};
use crate::worker::PortRows;

/// Outputs that are being written.
pub(super) struct Writing {
    main: Output,
    ports: Vec<PortOutput>,
    /// From the first row that can come to the last output in its place.
    span: Option<Span>,
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

/// An output that is complete, and not yet in its place.
struct Complete {
    port: Option<(String, String)>,
    sink: Sink,
    staged: Staged,
}

impl Writing {
    /// Opens all outputs: what can't be written is known before anything is read.
    pub(super) fn open(job: &Running<'_>) -> Result<Self, Stop> {
        let prepared = job.context.job;
        let open = |sink: &Sink, schema| {
            let options = &job.context.prepared.options;
            Output::create(sink, &options.run_id, schema, options.threads.get())
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
        Ok(Self { main: open(&prepared.job.sink, prepared.output())?, ports, span: None })
    }

    /// The job's own rows come from now on.
    pub(super) fn begin(&mut self, job: &Span) -> &mut Self {
        self.span = Some(job.child("write"));
        self
    }

    /// Writes rows of the job's own output.
    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<(), SinkError> {
        self.main.write(rows)
    }

    /// Writes what went to ports, completes all, and puts all into place.
    pub(super) fn commit(mut self, job: &Running<'_>) -> Result<Vec<OutputReport>, Stop> {
        let span = self.span.take();
        let outputs = self.complete(job)?;
        if *job.context.cancelled.borrow() {
            return Err(Stop::Interrupted);
        }
        let outputs = outputs.into_iter().map(|output| output.commit(job)).collect::<Result<Vec<_>, _>>()?;
        if let Some(span) = span {
            let sink = &job.context.job.job.sink;
            span.set(attributes::URL, job.context.prepared.pipeline.redact(sink.url.as_str()));
            span.set(attributes::FORMAT, sink.kind());
            span.set(attributes::FILES, outputs.iter().map(|output| output.files).sum::<usize>());
            span.set(attributes::ROWS_OUT, outputs.iter().map(|output| output.rows).sum::<u64>());
            span.set(attributes::BYTES_OUT, outputs.iter().map(|output| output.bytes).sum::<u64>());
        }
        Ok(outputs)
    }

    fn complete(self, job: &Running<'_>) -> Result<Vec<Complete>, Stop> {
        let mut complete = Vec::new();
        for PortOutput { stage, index, name, sink, mut output } in self.ports {
            let stage = &job.stages[stage];
            let rows = stage.ports[index].as_ref().map(PortRows::take).unwrap_or_default();
            for batch in merge(rows) {
                output.write(&batch).map_err(|error| job.sink_failed(&sink, &error))?;
            }
            let staged = output.finish().map_err(|error| job.sink_failed(&sink, &error))?;
            let port = Some((stage.prepared.stage.name.clone(), name));
            complete.push(Complete { port, sink, staged });
        }
        let sink = job.context.job.job.sink.clone();
        let staged = self.main.finish().map_err(|error| job.sink_failed(&sink, &error))?;
        complete.push(Complete { port: None, sink, staged });
        Ok(complete)
    }
}

impl Complete {
    fn commit(self, job: &Running<'_>) -> Result<OutputReport, Stop> {
        let info = self.staged.commit().map_err(|error| job.sink_failed(&self.sink, &error))?;
        Ok(OutputReport {
            port: self.port,
            url: job.context.prepared.pipeline.redact(self.sink.url().as_str()),
            files: info.files,
            rows: info.rows,
            bytes: info.bytes,
        })
    }
}
