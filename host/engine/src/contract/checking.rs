//! Rows against a contract, as they pass.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{BooleanArray, RecordBatch, UInt32Array};
use arrow_buffer::BooleanBuffer;
use arrow_cast::cast;
use arrow_schema::{DataType, Schema, TimeUnit};
use arrow_select::filter::filter_record_batch;
use arrow_select::take::take_record_batch;
use datafusion_common::{DataFusionError, Result};
use etl_pipeline::Span;

use super::breach::Breach;
use super::unique::Seen;
use super::{Prepared, Whose};
use crate::position::positions;
use crate::rejects::{By, Record, values};
use crate::worker::JobRun;
use crate::{Failure, FailureKind};

/// A contract in a running job.
pub(crate) struct Checking {
    whose: Whose,
    prepared: Arc<Prepared>,
    job: Arc<JobRun>,
    seen: Vec<Seen>,
    rows: AtomicU64,
    /// Milliseconds since 1970.
    newest: AtomicI64,
}

impl fmt::Debug for Checking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checking").field("whose", &self.whose).finish_non_exhaustive()
    }
}

impl Checking {
    pub(crate) fn new(
        whose: Whose,
        prepared: &Arc<Prepared>,
        schema: &Schema,
        job: &Arc<JobRun>,
    ) -> Result<Self> {
        let seen = prepared.unique.iter();
        let seen = seen.map(|column| Seen::new(schema.field(*column).data_type(), &job.memory));
        Ok(Self {
            whose,
            prepared: Arc::clone(prepared),
            job: Arc::clone(job),
            seen: seen.collect::<Result<_>>()?,
            rows: AtomicU64::new(0),
            newest: AtomicI64::new(i64::MIN),
        })
    }

    pub(crate) fn needs_order(&self) -> bool {
        self.prepared.needs_order()
    }

    /// The rows that keep the contract; the others are rejected, or the job fails with the first of them.
    pub(crate) fn check(&self, rows: RecordBatch) -> Result<RecordBatch> {
        let rows = if self.prepared.rejects() {
            self.sift(rows)?
        } else {
            self.refuse(&rows)?;
            rows
        };
        self.rows.fetch_add(rows.num_rows() as u64, Relaxed);
        if let Some(column) = self.prepared.fresh {
            let times = cast(rows.column(column), &DataType::Timestamp(TimeUnit::Millisecond, None))?;
            let times = times.as_primitive::<TimestampMillisecondType>();
            if let Some(newest) = times.iter().flatten().max() {
                self.newest.fetch_max(newest, Relaxed);
            }
        }
        Ok(rows)
    }

    /// The rows that keep the contract; the others are rejected, each for the first rule that it breaks.
    fn sift(&self, rows: RecordBatch) -> Result<RecordBatch> {
        let mut bad: Option<BooleanBuffer> = None;
        let mut records = Vec::new();
        for rule in &self.prepared.rules {
            if let Some(broken) = rule.broken(rows.column(rule.column))? {
                let fresh = bad.as_ref().map_or(broken.clone(), |bad| &broken & &!bad);
                self.reject(&rows, &fresh, &Breach::Rule(rule), &mut records)?;
                bad = Some(bad.map_or(broken.clone(), |bad| &bad | &broken));
            }
        }
        // A row that is left out has not been seen.
        let mut rows = without(rows, bad)?;
        for (column, seen) in self.prepared.unique.iter().zip(&self.seen) {
            let again = seen.again(rows.column(*column))?;
            if let Some(again) = &again {
                self.reject(&rows, again, &Breach::Again(*column), &mut records)?;
            }
            rows = without(rows, again)?;
        }
        if !records.is_empty() {
            self.job.reject(&records)?;
        }
        Ok(rows)
    }

    fn reject(
        &self,
        rows: &RecordBatch,
        broken: &BooleanBuffer,
        breach: &Breach<'_>,
        records: &mut Vec<Record>,
    ) -> Result<()> {
        let found = positions(rows).values();
        let indices = broken.set_indices().map(|row| u32::try_from(row).unwrap_or(u32::MAX));
        let taken = take_record_batch(rows, &UInt32Array::from_iter_values(indices))?;
        let stage = self.whose.stage().map(Arc::from);
        for (row, values) in broken.set_indices().zip(values(&taken)?) {
            records.push(self.job.record(
                stage.as_ref(),
                By::Contract,
                Some(found[row]),
                breach.code(),
                breach.told(rows, row),
                values,
            ));
        }
        Ok(())
    }

    /// Fails with the first of the rows that breaks the contract.
    fn refuse(&self, rows: &RecordBatch) -> Result<()> {
        let mut breaches = Vec::new();
        for rule in &self.prepared.rules {
            breaches.push((rule.broken(rows.column(rule.column))?, Breach::Rule(rule)));
        }
        for (column, seen) in self.prepared.unique.iter().zip(&self.seen) {
            breaches.push((seen.again(rows.column(*column))?, Breach::Again(*column)));
        }
        let firsts = breaches
            .iter()
            .filter_map(|(broken, breach)| Some((broken.as_ref()?.set_indices().next()?, breach)));
        let Some((row, breach)) = firsts.min_by_key(|(row, _)| *row) else { return Ok(()) };
        let place = self.job.place(positions(rows).value(row));
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let hint = "mend the data; or set `on-bad-rows = \"reject\"` in the contract";
        let at = breach.at(rows, &self.prepared.contract);
        Err(self.broken(at, &format!("{}{place}", breach.told(rows, row)), Some(hint)))
    }

    fn broken(&self, at: Span, message: &str, hint: Option<&str>) -> DataFusionError {
        self.job.faults.report(self.failure(at, message, hint))
    }

    fn failure(&self, at: Span, message: &str, hint: Option<&str>) -> Failure {
        let message = format!("{} breaks its contract: {message}", self.whose);
        self.job.failure(FailureKind::Data, self.whose.stage(), at, &message, hint)
    }

    /// What is only known once all rows have passed.
    pub(crate) fn end(&self) -> Result<(), Box<Failure>> {
        let contract = &self.prepared.contract;
        let rows = self.rows.load(Relaxed);
        if let Some(bounds) = contract.rows.filter(|bounds| !(bounds.min..=bounds.max).contains(&rows)) {
            let expected = match (bounds.min, bounds.max) {
                (min, u64::MAX) => format!("at least {min}"),
                (min, max) => format!("{min} to {max}"),
            };
            return Err(Box::new(self.failure(
                bounds.at,
                &format!("{rows} rows, and must be {expected}"),
                None,
            )));
        }
        let Some(fresh) = &contract.fresh else { return Ok(()) };
        let newest = self.newest.load(Relaxed);
        let oldest = self.job.options.run_timestamp.timestamp_millis();
        let oldest = oldest.saturating_sub(i64::try_from(fresh.within_ms).unwrap_or(i64::MAX));
        if newest < oldest {
            let told = |time| chrono::DateTime::from_timestamp_millis(time).map(|time| time.to_rfc3339());
            let newest = match newest {
                i64::MIN => "there is no".to_owned(),
                newest => format!("the newest is {}", told(newest).unwrap_or_default()),
            };
            let column = &fresh.column;
            let message =
                format!("{newest} `{column}`, and must be {} or later", told(oldest).unwrap_or_default());
            return Err(Box::new(self.failure(fresh.at, &message, None)));
        }
        Ok(())
    }
}

fn without(rows: RecordBatch, bad: Option<BooleanBuffer>) -> Result<RecordBatch> {
    match bad {
        Some(bad) => Ok(filter_record_batch(&rows, &BooleanArray::new(!&bad, None))?),
        None => Ok(rows),
    }
}
