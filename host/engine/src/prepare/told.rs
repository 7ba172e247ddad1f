//! What running would do, as `plan` tells it.

use arrow_schema::Schema;
use etl_pipeline::Sink;

use super::{Input, Prepared, PreparedJob, limits};
use crate::plan::{self, FilePlan, JobPlan, OutputPlan, PipelinePlan, SourcePlan, StagePlan};

impl Prepared {
    /// What running would do.
    pub fn plan(&self) -> PipelinePlan {
        PipelinePlan {
            pipeline: self.pipeline.name.clone(),
            jobs: self.jobs.iter().map(|job| self.job_plan(job)).collect(),
        }
    }

    fn job_plan(&self, job: &PreparedJob) -> JobPlan {
        let names = |schema: &Schema, columns: &[usize]| {
            columns.iter().map(|column| schema.field(*column).name().clone()).collect::<Vec<_>>()
        };
        let schema = job.input.schema();
        let (kind, url, writer, files) = match &job.input {
            Input::Open { url, source, .. } => (source.describe().kind, url, None, source.describe().files),
            Input::Written { job, sink, .. } => (sink.kind(), &sink.url.value, Some(job.clone()), Vec::new()),
        };
        let file = |file: crate::source::InputFile| FilePlan { path: file.path, bytes: file.bytes };
        let source = SourcePlan {
            kind: kind.to_owned(),
            url: self.pipeline.redact(url),
            job: writer,
            files: files.into_iter().map(file).collect(),
            columns: plan::columns(schema),
            reads: names(schema, &job.reads()),
        };
        let stages = job.stages.iter().map(|stage| StagePlan {
            name: stage.stage.name.clone(),
            run: stage.stage.run.to_string(),
            digest: stage.generation.digest().to_owned(),
            shape: stage.shape,
            limits: limits::told(&self.pipeline, &stage.stage),
            reads: names(&stage.input, &stage.lineage.reads),
            columns: plan::columns(&stage.binding.outputs[0]),
        });
        let output = |port, sink: &Sink, schema: &Schema| OutputPlan {
            port,
            kind: sink.kind().to_owned(),
            url: self.pipeline.redact(sink.url().as_str()),
            columns: plan::columns(schema),
        };
        let mut outputs = Vec::new();
        for stage in &job.stages {
            for (port, schema) in stage.ports.iter().zip(&stage.binding.outputs[1..]) {
                if let Some((name, sink)) = port {
                    outputs.push(output(Some((stage.stage.name.clone(), name.clone())), sink, schema));
                }
            }
        }
        outputs.push(output(None, &job.job.sink, job.output()));
        JobPlan { name: job.job.name.clone(), source, stages: stages.collect(), outputs }
    }
}
