//! All outputs of a job, which appear when all of them are complete.

use arrow_array::RecordBatch;
use etl_pipeline::Sink;
use etl_trace::attributes;

use super::{Output, OutputReport, Running, SinkError, Staged, Stop, merge};

/// Outputs that are being written.
pub(super) struct Writing {
    main: Output,
    /// Stage, index of the port among those after the first, its name, and where it goes.
    ports: Vec<(usize, usize, String, Sink, Output)>,
}

impl Writing {
    /// Opens all outputs: what can't be written is known before anything is read.
    pub(super) fn open(job: &Running<'_>) -> Result<Self, Stop> {
        let prepared = job.context.job;
        let open = |sink: &Sink, schema| {
            let Sink::Parquet(parquet) = sink;
            let options = &job.context.prepared.options;
            Output::create(&parquet.url, &options.run_id, schema, parquet.compression, options.threads.get())
                .map_err(|error| job.sink_failed(sink, &error))
        };
        let mut ports = Vec::new();
        for stage in &prepared.stages {
            let schemas = &stage.binding.outputs[1..];
            for (index, (port, schema)) in stage.ports.iter().zip(schemas).enumerate() {
                if let Some((name, sink)) = port {
                    ports.push((stage.index, index, name.clone(), sink.clone(), open(sink, schema)?));
                }
            }
        }
        Ok(Self { main: open(&prepared.job.sink, prepared.output())?, ports })
    }

    /// Writes rows of the job's own output.
    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<(), SinkError> {
        self.main.write(rows)
    }

    /// Writes what went to ports, completes all, and puts all into place.
    pub(super) fn commit(self, job: &Running<'_>) -> Result<Vec<OutputReport>, Stop> {
        let write = job.span.child("write");
        let sink = &job.context.job.job.sink;
        let result = self.complete(job).and_then(|staged| {
            if *job.context.cancelled.borrow() {
                return Err(Stop::Interrupted);
            }
            staged
                .into_iter()
                .map(|(port, sink, staged)| commit(job, port, &sink, staged))
                .collect::<Result<Vec<_>, _>>()
        });
        write.set(attributes::URL, job.context.prepared.pipeline.redact(sink.url().as_str()));
        write.set(attributes::FORMAT, "parquet");
        if let Ok(outputs) = &result {
            write.set(attributes::FILES, outputs.iter().map(|output| output.files).sum::<usize>());
            write.set(attributes::ROWS_OUT, outputs.iter().map(|output| output.rows).sum::<u64>());
            write.set(attributes::BYTES_OUT, outputs.iter().map(|output| output.bytes).sum::<u64>());
        }
        write.end();
        result
    }

    fn complete(self, job: &Running<'_>) -> Result<Vec<(Option<(String, String)>, Sink, Staged)>, Stop> {
        let mut staged = Vec::new();
        for (stage, index, name, sink, mut output) in self.ports {
            let stage = &job.stages[stage];
            let rows = stage.ports[index].as_ref().map(|port| port.take()).unwrap_or_default();
            for batch in merge(rows) {
                output.write(&batch).map_err(|error| job.sink_failed(&sink, &error))?;
            }
            let complete = output.finish().map_err(|error| job.sink_failed(&sink, &error))?;
            staged.push((Some((stage.prepared.stage.name.clone(), name)), sink, complete));
        }
        let sink = job.context.job.job.sink.clone();
        let complete = self.main.finish().map_err(|error| job.sink_failed(&sink, &error))?;
        staged.push((None, sink, complete));
        Ok(staged)
    }
}

fn commit(
    job: &Running<'_>,
    port: Option<(String, String)>,
    sink: &Sink,
    staged: Staged,
) -> Result<OutputReport, Stop> {
    let info = staged.commit().map_err(|error| job.sink_failed(sink, &error))?;
    Ok(OutputReport {
        port,
        url: job.context.prepared.pipeline.redact(sink.url().as_str()),
        files: info.files,
        rows: info.rows,
        bytes: info.bytes,
    })
}
