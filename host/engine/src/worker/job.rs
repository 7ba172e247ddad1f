//! A running job: what its stages and its source share.

use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion_common::Result;
use etl_pipeline::{Pipeline, Span};
use etl_plugin::MemoryMeter;
use etl_trace::TraceContext;

use crate::faults::Faults;
use crate::memory::Memory;
use crate::position::Places;
use crate::rejects::{By, Record, Rejects, TooMany};
use crate::source::BadRow;
use crate::worker::Spent;
use crate::{Failure, FailureKind, RunOptions};

/// A running job.
pub(crate) struct JobRun {
    pub(crate) name: String,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) options: RunOptions,
    /// Known once the source is open.
    pub(crate) places: OnceLock<Places>,
    pub(crate) faults: Faults,
    pub(crate) rejects: Rejects,
    pub(crate) memory: Arc<Memory>,
    /// What the instances of all stages use of it.
    pub(crate) meter: Arc<dyn MemoryMeter>,
    /// Time in the source, over all that read it.
    pub(crate) read_time: Spent,
    /// Time in the outputs.
    pub(crate) write_time: Spent,
}

impl fmt::Debug for JobRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobRun").field("name", &self.name).finish_non_exhaustive()
    }
}

impl JobRun {
    /// A job of these options, whose source is not open yet.
    pub(crate) fn new(
        job: &etl_pipeline::Job,
        pipeline: &Arc<Pipeline>,
        options: &RunOptions,
        trace: &TraceContext,
        memory: &Arc<Memory>,
    ) -> Self {
        let (places, faults) = (OnceLock::new(), Faults::default());
        Self {
            name: job.name.clone(),
            pipeline: Arc::clone(pipeline),
            options: options.clone(),
            places,
            faults,
            rejects: Rejects::new(job, &options.run_id, trace, memory),
            memory: Arc::clone(memory),
            meter: memory.meter(),
            read_time: Spent::default(),
            write_time: Spent::default(),
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

    /// The file and the row in it, from 1, where they are known.
    pub(crate) fn find(&self, position: u64) -> Option<(String, u64)> {
        let (file, row) = self.places.get()?.find(position)?;
        Some((file.display().to_string(), row))
    }

    /// The record of a rejected row, in its place if that is known.
    pub(crate) fn record(
        &self,
        stage: Option<&Arc<str>>,
        by: By,
        position: Option<u64>,
        code: &str,
        message: String,
        values: String,
    ) -> Record {
        let (file, row) = position.and_then(|position| self.find(position)).unzip();
        let line = position.and_then(|position| self.places.get()?.line(position));
        Record {
            // After all others.
            position: position.unwrap_or(u64::MAX),
            stage: stage.cloned(),
            by,
            code: code.to_owned(),
            message,
            file,
            line,
            row,
            values: Some(values),
            ..Record::default()
        }
    }

    /// Puts rows aside that the source can't read.
    pub(crate) fn source_rejects(&self, rejects: Vec<BadRow>) -> Result<()> {
        let record = |bad: BadRow| Record {
            position: bad.position,
            code: bad.code.to_owned(),
            message: bad.message,
            row: self.find(bad.position).map(|(_, row)| row),
            file: Some(bad.place.file.display().to_string()),
            line: Some(bad.place.line),
            column: bad.place.column.map(|column| column as u64),
            text: Some(bad.text),
            ..Record::default()
        };
        self.reject(&rejects.into_iter().map(record).collect::<Vec<_>>())
    }

    /// Puts rows aside, as long as they are not too many.
    pub(crate) fn reject(&self, records: &[Record]) -> Result<()> {
        let too_many = self.rejects.add(records)?;
        too_many.map_or(Ok(()), |too_many| Err(self.faults.report(self.too_many(&too_many))))
    }

    /// The failure of a job that rejects more than it may.
    pub(crate) fn too_many(&self, too_many: &TooMany) -> Failure {
        let hint = "look at the input; raise `max-rejects` only if it may be so";
        self.failure(FailureKind::Rejects, None, too_many.most.at, &too_many.message, Some(hint))
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
