//! Rows that do not fit, put aside with the reason until the job writes them.

mod bound;
mod record;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion_common::{DataFusionError, Result};
use etl_pipeline::{Located, MaxRejects};
use etl_trace::TraceContext;

use crate::memory::Memory;
use crate::report::ReasonReport;
use crate::spool::{Spool, SpoolReader};

pub(crate) use record::{By, POSITIONED, Record, SCHEMA, values};

use bound::{Bound, bounds, rejecter};
use record::Origin;

/// All rows that a job rejects.
pub(crate) struct Rejects {
    origin: Origin,
    bounds: Vec<Bound>,
    log: Mutex<Log>,
}

struct Log {
    /// Until they are taken.
    spool: Option<Spool>,
    reasons: BTreeMap<Reason, Count>,
}

impl Log {
    /// Rows that were rejected for such reasons.
    fn rows(&self, counts: impl Fn(&Reason) -> bool) -> u64 {
        let of = self.reasons.iter().filter(|(reason, _)| counts(reason));
        of.map(|(_, count)| count.rows).sum()
    }

    fn rows_of(&self, bound: &Bound) -> u64 {
        self.rows(|reason| bound.counts(reason))
    }
}

/// Who rejected, and with which code.
type Reason = (Option<Arc<str>>, By, String);

#[derive(Clone, Debug, Default)]
struct Count {
    rows: u64,
    first: String,
}

/// More rows were rejected than the pipeline allows.
#[derive(Debug)]
pub(crate) struct TooMany {
    pub(crate) most: Located<MaxRejects>,
    pub(crate) message: String,
}

impl fmt::Debug for Rejects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejects").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Rejects {
    pub(crate) fn new(
        job: &etl_pipeline::Job,
        run_id: &str,
        trace: &TraceContext,
        memory: &Arc<Memory>,
    ) -> Self {
        let log = Log { spool: Some(Spool::new(memory, &POSITIONED)), reasons: BTreeMap::new() };
        Self {
            origin: Origin {
                job: job.name.clone(),
                run: run_id.to_owned(),
                trace: trace.xray_trace_id(),
                span: trace.span_id_text(),
            },
            bounds: bounds(job),
            log: Mutex::new(log),
        }
    }

    /// Puts rows aside. Gives the reason to stop where they are too many.
    pub(crate) fn add(&self, records: &[Record]) -> Result<Option<TooMany>> {
        let batch = record::batch(&self.origin, records)?;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let count =
                log.reasons.entry((record.stage.clone(), record.by, record.code.clone())).or_default();
            count.rows += 1;
            if count.first.is_empty() {
                count.first = told(record);
            }
        }
        let closed = || DataFusionError::Internal("a row is rejected after all have been written".to_owned());
        log.spool.as_mut().ok_or_else(closed)?.push(batch)?;
        let broken =
            |bound: &&Bound| matches!(bound.most.value, MaxRejects::Rows(most) if log.rows_of(bound) > most);
        Ok(self.bounds.iter().find(broken).map(|bound| self.too_many(&log, bound)))
    }

    /// Rows that the source could not read.
    pub(crate) fn unread(&self) -> u64 {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.rows(|(_, by, _)| *by == By::Source)
    }

    /// The reason to fail the job where too large a share was rejected. `rows` tells how many rows there were that a stage,
    /// or without one the source, had to look at; `None` is asked for those that the job read.
    pub(crate) fn too_large_a_share(
        &self,
        rows: impl Fn(Option<(Option<&str>, By)>) -> u64,
    ) -> Option<TooMany> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let broken = |bound: &&Bound| {
            let MaxRejects::Percent(percent) = bound.most.value else { return false };
            #[expect(clippy::cast_precision_loss, reason = "a share of rows is no exact number")]
            let share = log.rows_of(bound) as f64 * 100.0 / rows(bound.whose()).max(1) as f64;
            share > percent
        };
        self.bounds.iter().find(broken).map(|bound| self.too_many(&log, bound))
    }

    fn too_many(&self, log: &Log, bound: &Bound) -> TooMany {
        let broken = bound.broken(log.rows_of(bound));
        // Of reasons that are given equally often the first by name, so that the message is the same each time.
        let of = log.reasons.iter().filter(|(reason, _)| bound.counts(reason));
        let main = of.rev().max_by_key(|(_, count)| count.rows).map(|((stage, by, code), count)| {
            let by = format!("by {} ", rejecter(stage.as_ref(), *by));
            let by = if bound.whose().is_some() { "" } else { &by };
            format!("; {} {by}as {code}: {}", count.rows, count.first)
        });
        let message = format!("job `{}`: {broken}{}", self.origin.job, main.unwrap_or_default());
        TooMany { most: bound.most, message }
    }

    /// Rows rejected so far.
    pub(crate) fn rows(&self) -> u64 {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).rows(|_| true)
    }

    /// Why, by source and stage.
    pub(crate) fn reasons(&self) -> Vec<ReasonReport> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = |((stage, by, code), count): (&Reason, &Count)| ReasonReport {
            stage: stage.as_ref().map(ToString::to_string),
            by: by.as_str().to_owned(),
            code: code.clone(),
            rows: count.rows,
        };
        log.reasons.iter().map(reason).collect()
    }

    /// All rows, in no order. To be asked once.
    pub(crate) fn take(&self) -> Result<SpoolReader> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = || DataFusionError::Internal("the rejected rows are gone".to_owned());
        log.spool.take().ok_or_else(taken)?.finish()
    }
}

/// "in.csv:3:5: column …", "row 12 of in.csv: …"
fn told(record: &Record) -> String {
    let place = match (&record.file, record.line, record.row) {
        (Some(file), Some(line), _) => {
            format!("{file}:{line}{}: ", record.column.map(|column| format!(":{column}")).unwrap_or_default())
        }
        (Some(file), None, Some(row)) => format!("row {row} of {file}: "),
        _ => String::new(),
    };
    format!("{place}{}", record.message)
}
