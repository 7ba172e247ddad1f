//! Why a job stops, and what is told of it.

use datafusion_common::DataFusionError;
use etl_pipeline::Sink;

use super::{Running, SinkError};
use crate::memory::disk_error;
use crate::{Failure, FailureKind};

/// Why a job stops.
pub(super) enum Stop {
    /// A stream failed; the faults know why.
    Stream(DataFusionError),
    /// All is told.
    Failed(Box<Failure>),
    Interrupted,
}

impl From<DataFusionError> for Stop {
    fn from(error: DataFusionError) -> Self {
        Self::Stream(error)
    }
}

impl Running<'_> {
    pub(super) fn failed(
        &self,
        kind: FailureKind,
        at: etl_pipeline::Span,
        message: &str,
        hint: Option<impl Into<String>>,
    ) -> Stop {
        Stop::Failed(Box::new(self.shared.failure(kind, None, at, message, hint)))
    }

    pub(super) fn sink_failed(&self, sink: &Sink, error: &SinkError) -> Stop {
        self.failed(FailureKind::Sink, sink.url().at, &error.to_string(), error.hint())
    }

    pub(super) fn failure(&self, stop: Stop) -> Failure {
        let at = self.context.job.job.at;
        let at_job = |kind, message: &str| self.shared.failure(kind, None, at, message, None::<&str>);
        if *self.context.cancelled.borrow() {
            return at_job(FailureKind::Interrupted, "interrupted: nothing of this job is written");
        }
        match stop {
            Stop::Failed(failure) => *failure,
            Stop::Interrupted => {
                at_job(FailureKind::Interrupted, "interrupted: nothing of this job is written")
            }
            Stop::Stream(error) => self.shared.faults.take().unwrap_or_else(|| self.stream_failure(&error)),
        }
    }

    /// Why a stream failed that no stage and no source has reported.
    fn stream_failure(&self, error: &DataFusionError) -> Failure {
        let at = self.context.job.job.at;
        let (kind, message, hint) = if let Some(error) = disk_error(error) {
            (FailureKind::Spill, error.to_string(), Some(error.hint()))
        } else if let DataFusionError::ResourcesExhausted(why) = error.find_root() {
            let why = why.split(" - ").next().unwrap_or_default();
            let hint = "raise `memory` in pipeline.toml, or `--memory`";
            (FailureKind::Memory, format!("the run's memory is too small: {why}"), Some(hint))
        } else {
            (FailureKind::Internal, error.to_string(), None)
        };
        self.shared.failure(kind, None, at, &message, hint)
    }
}
