//! A running job: what its stages and its source share.

use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion_common::Result;
use etl_pipeline::{Pipeline, Span};
use etl_plugin::MemoryMeter;

use crate::faults::Faults;
use crate::memory::Memory;
use crate::position::Places;
use crate::source::BadRow;
use crate::{Failure, FailureKind, RunOptions};

/// A running job.
pub(crate) struct JobRun {
    pub(crate) name: String,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) options: RunOptions,
    /// Known once the source is open.
    pub(crate) places: OnceLock<Places>,
    pub(crate) faults: Faults,
    pub(crate) memory: Arc<Memory>,
    /// What the instances of all stages use of it.
    pub(crate) meter: Arc<dyn MemoryMeter>,
}

impl fmt::Debug for JobRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobRun").field("name", &self.name).finish_non_exhaustive()
    }
}

impl JobRun {
    /// A job of these options, whose source is not open yet.
    pub(crate) fn new(
        name: &str,
        pipeline: &Arc<Pipeline>,
        options: &RunOptions,
        memory: &Arc<Memory>,
    ) -> Self {
        let (places, faults) = (OnceLock::new(), Faults::default());
        Self {
            name: name.to_owned(),
            pipeline: Arc::clone(pipeline),
            options: options.clone(),
            places,
            faults,
            memory: Arc::clone(memory),
            meter: memory.meter(),
        }
    }

    /// "row 12 of listings.csv", where it is known.
    pub(crate) fn place(&self, position: u64) -> Option<String> {
        self.places.get()?.row(position)
    }

    /// "rows 1 to 12 of listings.csv", where they are known.
    pub(crate) fn range(&self, first: u64, last: u64) -> Option<String> {
        self.places.get()?.rows(first, last)
    }

    /// Takes in rows that the source has rejected.
    pub(crate) fn source_rejects(&self, rejects: Vec<BadRow>) -> Result<()> {
        let Some(first) = rejects.into_iter().next() else { return Ok(()) };
        let at = self.pipeline.job(&self.name).map(|job| job.source.at()).unwrap_or_default();
        let message = format!("{}: {}", first.place, first.message);
        let failure = self.failure(FailureKind::Source, None, at, &message, None::<&str>);
        Err(self.faults.report(failure))
    }

    /// A failure at a place of the pipeline's file.
    pub(crate) fn failure(
        &self,
        kind: FailureKind,
        stage: Option<&str>,
        at: Span,
        message: &str,
        hint: Option<impl Into<String>>,
    ) -> Failure {
        let diagnostic = self.pipeline.diagnostic(&at, message).maybe_help(hint);
        Failure::new(kind, &self.name, stage, diagnostic)
    }
}
