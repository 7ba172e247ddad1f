//! Rows that a stage rejects.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{RecordBatch, UInt32Array, UInt64Array};
use arrow_select::take::take_record_batch;
use datafusion_common::DataFusionError;
use etl_pipeline::OnFault;
use etl_plugin::Reject;

use super::StageRun;
use crate::position::positions;
use crate::rejects::{By, Record, values};
use crate::{Failure, FailureKind};

/// A rejected row: its position, where it is known, and which of the rows that are shown it is.
type Row = (Option<u64>, u32);

impl StageRun {
    /// Takes in what a call rejected of `input`, of the batch of this number. Gives the number of rows.
    pub(super) fn reject(
        &self,
        rejected: &[Reject],
        input: Option<&RecordBatch>,
        batch: Option<u64>,
    ) -> Result<u64, DataFusionError> {
        let Some(first) = rejected.first() else { return Ok(0) };
        if self.prepared.stage.tolerance.on_bad_rows.value == OnFault::Fail {
            return Err(self.job.faults.report(self.rejects_nothing(first)));
        }
        let mut seen = HashSet::new();
        let mut records = Vec::new();
        for reject in rejected {
            let own = reject.source.positions().map(UInt64Array::values);
            let position = |row: &u32| own.and_then(|own| own.get(*row as usize).copied());
            let rows = reject.rows.iter().map(|row| (position(row), *row));
            // A row is rejected once, for the first reason.
            let rows = rows.filter(|(position, _)| position.is_none_or(|position| seen.insert(position)));
            let rows = rows.collect::<Vec<Row>>();
            // As it came, where that can be told; else as the plugin gave it.
            let came = input.and_then(|input| Some((input, in_input(input, &rows)?)));
            let (shown, indices) = match &came {
                Some((input, indices)) => (*input, indices.clone()),
                None => (reject.source.record_batch(), rows.iter().map(|(_, row)| *row).collect()),
            };
            records.extend(self.records(shown, &indices, &rows, &reject.code, &reject.message, batch)?);
        }
        self.put_aside(&records)
    }

    /// Rejects all these rows.
    pub(super) fn reject_all(
        &self,
        rows: &RecordBatch,
        code: &str,
        message: &str,
    ) -> Result<u64, DataFusionError> {
        let all = positions(rows).values().iter().zip(0..).map(|(position, row)| (Some(*position), row));
        let all = all.collect::<Vec<Row>>();
        let indices = all.iter().map(|(_, row)| *row).collect::<Vec<_>>();
        let records = self.records(rows, &indices, &all, code, message, None)?;
        self.put_aside(&records)
    }

    fn put_aside(&self, records: &[Record]) -> Result<u64, DataFusionError> {
        self.tally.rejected(records.len() as u64);
        self.job.reject(records)?;
        Ok(records.len() as u64)
    }

    fn records(
        &self,
        shown: &RecordBatch,
        indices: &[u32],
        rows: &[Row],
        code: &str,
        message: &str,
        batch: Option<u64>,
    ) -> Result<Vec<Record>, DataFusionError> {
        let stage: Arc<str> = self.prepared.stage.name.as_str().into();
        let shown = take_record_batch(shown, &UInt32Array::from(indices.to_vec()))?;
        let record = |((position, _), values): (&Row, String)| Record {
            batch,
            ..self.job.record(Some(&stage), By::Plugin, *position, code, message.to_owned(), values)
        };
        Ok(rows.iter().zip(values(&shown)?).map(record).collect())
    }

    fn rejects_nothing(&self, reject: &Reject) -> Failure {
        let positions = reject.source.positions().map(UInt64Array::values);
        let place = reject.rows.first().and_then(|row| {
            let position = *positions?.get(*row as usize)?;
            self.job.place(position)
        });
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let (count, code, why) = (reject.rows.len(), &reject.code, &reject.message);
        let rows = if count == 1 { "row" } else { "rows" };
        let message = format!("{count} {rows} rejected, {code}: {why}{place}");
        self.failure(
            FailureKind::Plugin,
            &message,
            Some(
                "to go on without such rows set `on-bad-rows = \"reject\"` on the stage, and give the job a place for \
                 them, such as `rejects.parquet = { url = \"out/rejects/\" }`",
            ),
        )
    }

    /// An instance trapped, and what it kept for later is gone.
    pub(super) fn lost_what_it_kept(&self) -> DataFusionError {
        let hint =
            "set `on-trap = \"fail\"`: only a stage that keeps nothing between calls can do without a row";
        let message = "an instance trapped, and the rows that it kept from one call to the next are lost";
        self.job.faults.report(self.failure(FailureKind::Trap, message, Some(hint)))
    }
}

/// Which rows of the input these are; nothing where one of them can't be told.
fn in_input(input: &RecordBatch, rows: &[Row]) -> Option<Vec<u32>> {
    let positions = positions(input).values();
    rows.iter()
        .map(|(position, _)| u32::try_from(positions.binary_search(&(*position)?).ok()?).ok())
        .collect()
}
