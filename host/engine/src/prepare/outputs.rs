//! Where a job writes: whether that may be, and can hold the rows.

use std::sync::Arc;

use etl_pipeline::Job;

use super::{Input, PreparedStage, Preparing};
use crate::objects::Access;
use crate::rejects::SCHEMA as REJECTS;
use crate::sink;
use crate::source::open_written;

impl Preparing<'_> {
    /// A replay does not take the place of another one, which may have had other rows, unless it is told where to go.
    pub(super) fn check_replay(&mut self, job: &Job) {
        let named = self.options.replay.as_ref().is_none_or(|replay| replay.suffix.is_some());
        if named || open_written(&job.sink, &Access::new(self.objects)).is_err() {
            return;
        }
        let message = format!(
            "job `{}`: {} is there: rows of that run have been replayed",
            job.name, job.sink.url.value
        );
        let help = "replay what was rejected again; or say with `--suffix` where this goes, or delete that";
        self.problems.push(self.pipeline.diagnostic(&job.sink.url.at, message).help(help));
    }

    /// What the outputs can't hold is reported.
    pub(super) fn check_outputs(&mut self, job: &Job, input: &Input, stages: &[Arc<PreparedStage>]) {
        let last = stages.last().map_or_else(|| input.schema(), |stage| &stage.binding.outputs[0]);
        let ports = stages.iter().flat_map(|stage| stage.ports.iter().zip(&stage.binding.outputs[1..]));
        let ports = ports.filter_map(|(port, schema)| port.as_ref().map(|(_, sink)| (sink, schema)));
        let rejects = job.rejects.as_ref().map(|rejects| (&rejects.sink, &*REJECTS));
        let access = Access::new(self.objects);
        for (sink, schema) in ports.chain([(&job.sink, last)]).chain(rejects) {
            if let Err(error) = access.target(&sink.url) {
                let problem = self.pipeline.diagnostic(&sink.url.at, format!("job `{}`: {error}", job.name));
                self.problems.push(problem.maybe_help(error.hint()));
            }
            for unfit in sink::check(sink, schema) {
                let problem =
                    self.pipeline.diagnostic(&unfit.at, format!("job `{}`: {}", job.name, unfit.message));
                self.problems.push(problem.maybe_help(unfit.hint));
            }
        }
    }
}
