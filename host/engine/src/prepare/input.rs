//! What a job reads: files that are there, or what a job before it writes.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use etl_pipeline::{Job, Sink, Source as SourceSpec};

use super::{PreparedJob, Preparing};
use crate::objects::{Access, Requests};
use crate::sink;
use crate::source::{Source, SourceError, open, open_written};

/// What a job reads.
#[derive(Debug)]
pub(crate) enum Input {
    /// Files that are there.
    Open { url: String, source: Arc<dyn Source>, requests: Arc<Requests> },
    /// What a job of the same run writes before.
    Written { job: String, sink: Sink, schema: SchemaRef },
}

impl Input {
    pub(crate) fn schema(&self) -> &SchemaRef {
        match self {
            Self::Open { source, .. } => source.schema(),
            Self::Written { schema, .. } => schema,
        }
    }
}

impl Preparing<'_> {
    pub(super) fn input(&mut self, job: &Job, before: &[PreparedJob]) -> Option<Input> {
        let access = Access::new(self.objects);
        let (url, source) = match &job.source {
            SourceSpec::Job(name) => {
                let written = before.iter().find(|job| job.job.name == **name);
                if let Some(written) = written {
                    let sink = written.job.sink.clone();
                    let schema = sink::read_schema(&sink, written.output());
                    return Some(Input::Written { job: name.value.clone(), sink, schema });
                }
                // A job before this one that can't be prepared has been reported: that is enough.
                self.options.job.as_ref()?;
                let writer = self.pipeline.jobs.iter().find(|job| job.name == **name)?;
                let opened = open_written(&writer.sink, &access);
                if let Err(SourceError::NoInput { url, .. }) = &opened {
                    let message =
                        format!("job `{}` reads what job `{name}` writes, and {url} is not there", job.name);
                    let help = format!("run job `{name}` first, or all jobs: leave out `--job`");
                    self.problems.push(self.pipeline.diagnostic(&name.at, message).help(help));
                    return None;
                }
                (&writer.sink.url, opened)
            }
            source => (source.url()?, open(source, &access)?),
        };
        match source {
            Ok(source) => Some(Input::Open {
                url: url.value.clone(),
                source: Arc::from(source),
                requests: access.requests,
            }),
            Err(error) => {
                let problem = self.pipeline.diagnostic(&url.at, format!("job `{}`: {error}", job.name));
                self.problems.push(problem.maybe_help(error.hint()));
                None
            }
        }
    }
}
