//! Row positions: where in the input a row stands, as a hidden last column.
//!
//! A position rises from row to row of a stream. That of an input row is the number of its file and
//! its row within the file, and stays with it through all stages. Rows that a stage made get positions
//! from beyond those of all input rows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::{RecordBatch, RecordBatchOptions, UInt64Array, cast::AsArray, types::UInt64Type};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use etl_data::ROW_COLUMN;

use crate::source::Scan;

/// A position is the file's number shifted by this, and the row within the file below.
const FILE_SHIFT: u32 = 40;

/// The first position of rows that a stage made.
const MADE: u64 = 1 << 62;

/// The first position of rows that a stage emits after its input has ended.
const FINISHED: u64 = 3 << 62;

/// The schema of these columns and then [`ROW_COLUMN`].
pub(crate) fn positioned(schema: &Schema) -> SchemaRef {
    let row = Arc::new(Field::new(ROW_COLUMN, DataType::UInt64, false));
    let fields = schema.fields().iter().cloned().chain([row]).collect::<Vec<_>>();
    Arc::new(Schema::new(fields))
}

/// The position of a row of a file.
pub(crate) fn of(file: usize, row: u64) -> u64 {
    ((file as u64) << FILE_SHIFT) + row
}

/// The number of the file that an input row is from.
pub(crate) fn file_of(position: u64) -> usize {
    usize::try_from(position >> FILE_SHIFT).unwrap_or(usize::MAX)
}

/// Which row of its file an input row is, from 0.
pub(crate) fn row_of(position: u64) -> u64 {
    position & ((1 << FILE_SHIFT) - 1)
}

/// Appends positions to consecutive batches of a file.
pub(crate) fn number(
    batches: Vec<RecordBatch>,
    file: usize,
    first_row: u64,
) -> Result<Vec<RecordBatch>, ArrowError> {
    number_rows(batches, file, first_row..)
}

/// Appends positions to batches of a file whose rows are these.
pub(crate) fn number_rows(
    batches: Vec<RecordBatch>,
    file: usize,
    rows: impl IntoIterator<Item = u64>,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let Some(first) = batches.first() else { return Ok(batches) };
    let schema = positioned(first.schema_ref());
    let mut rows = rows.into_iter().map(|row| of(file, row));
    batches
        .into_iter()
        .map(|batch| {
            let count = batch.num_rows();
            let positions = UInt64Array::from_iter_values(rows.by_ref().take(count));
            let mut columns = batch.columns().to_vec();
            columns.push(Arc::new(positions));
            let options = RecordBatchOptions::new().with_row_count(Some(count));
            RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
        })
        .collect()
}

/// The positions of a batch that has them, which is every batch between a source and a sink.
pub(crate) fn positions(batch: &RecordBatch) -> &UInt64Array {
    let last = batch.num_columns() - 1;
    batch.column(last).as_primitive::<UInt64Type>()
}

/// The position for what the instance number `partition` emits after its input has ended: it comes after
/// all that any instance emitted before, in the order of the instances.
pub(crate) fn after_all(partition: usize) -> u64 {
    FINISHED | (partition as u64) << FILE_SHIFT
}

/// Whether a position lies beyond those of rows that passed through `process`.
pub(crate) fn is_after_all(position: u64) -> bool {
    position >= FINISHED
}

/// Gives the rows of an ordered stream positions that rise strictly: those that do keep theirs.
#[derive(Debug, Default)]
pub(crate) struct Sequencer {
    /// The position after the last row's.
    next: u64,
}

impl Sequencer {
    /// The next batch of the stream.
    pub(crate) fn sequence(&mut self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let found = positions(&batch).values();
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(batch) };
        if *first >= self.next && !is_after_all(*last) && found.array_windows().all(|[one, two]| one < two) {
            self.next = last + 1;
            return Ok(batch);
        }
        let start = self.next.max(MADE);
        self.next = start + batch.num_rows() as u64;
        replace(&batch, UInt64Array::from_iter_values(start..self.next))
    }
}

/// The batch with other positions.
pub(crate) fn replace(batch: &RecordBatch, positions: UInt64Array) -> Result<RecordBatch, ArrowError> {
    let mut columns = batch.columns().to_vec();
    columns.pop();
    columns.push(Arc::new(positions));
    RecordBatch::try_new(batch.schema(), columns)
}

/// The files that positions point into.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    files: Arc<[PathBuf]>,
    /// What reads them, and knows their lines.
    scan: Arc<dyn Scan>,
}

impl Places {
    pub(crate) fn new(files: impl IntoIterator<Item = PathBuf>, scan: Arc<dyn Scan>) -> Self {
        Self { files: files.into_iter().collect(), scan }
    }

    /// "row 12 of listings.csv, line 13", counted from 1; `None` for a row that a stage made.
    pub(crate) fn row(&self, position: u64) -> Option<String> {
        let (file, row) = self.find(position)?;
        let line = self.line(position).map(|line| format!(", line {line}")).unwrap_or_default();
        Some(format!("row {row} of {}{line}", file.display()))
    }

    /// The line on which a row begins, from 1, where its file has lines.
    pub(crate) fn line(&self, position: u64) -> Option<u64> {
        self.scan.line(position)
    }

    /// "rows 1 to 12 of listings.csv"; `None` where one of the two was made by a stage.
    pub(crate) fn rows(&self, first: u64, last: u64) -> Option<String> {
        let ((file, row), (last_file, last_row)) = (self.find(first)?, self.find(last)?);
        Some(if file == last_file {
            format!("rows {row} to {last_row} of {}", file.display())
        } else {
            format!("row {row} of {} to row {last_row} of {}", file.display(), last_file.display())
        })
    }

    /// The file and the row, counted from 1; `None` for a row that a stage made.
    pub(crate) fn find(&self, position: u64) -> Option<(&Path, u64)> {
        let file = self.files.get(file_of(position))?;
        Some((file, row_of(position) + 1))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::source::{Rows, ScanProgress, SourceError};
    use futures::future::{BoxFuture, FutureExt};

    /// Knows the lines of the second file.
    #[derive(Debug)]
    struct Second;

    impl Scan for Second {
        fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
            async { Ok(None) }.boxed()
        }

        fn line(&self, position: u64) -> Option<u64> {
            (file_of(position) == 1).then(|| row_of(position) + 2)
        }

        fn progress(&self) -> ScanProgress {
            ScanProgress::default()
        }
    }

    fn batch(positions: &[u64]) -> RecordBatch {
        let schema = positioned(&Schema::empty());
        RecordBatch::try_new(schema, vec![Arc::new(UInt64Array::from(positions.to_vec()))]).unwrap()
    }

    #[test]
    fn positions_that_rise_are_kept_and_others_begin_anew() {
        let mut sequencer = Sequencer::default();
        let mut next =
            |given: &[u64]| positions(&sequencer.sequence(batch(given)).unwrap()).values().to_vec();
        assert_eq!(next(&[3, 4, 9]), [3, 4, 9]);
        assert_eq!(next(&[]), [0; 0]);
        assert_eq!(next(&[10]), [10]);
        assert_eq!(next(&[11, 11]), [MADE, MADE + 1]);
        assert_eq!(next(&[12]), [MADE + 2]);
        assert_eq!(next(&[after_all(0), after_all(0)]), [MADE + 3, MADE + 4]);
        assert_eq!(next(&[after_all(1)]), [MADE + 5]);
    }

    #[test]
    fn an_input_row_is_named_by_its_file() {
        let places = Places::new(["a.csv".into(), "b.csv".into()], Arc::new(Second));
        assert_eq!(places.row((1 << FILE_SHIFT) + 11).unwrap(), "row 12 of b.csv, line 13");
        assert_eq!(places.row(11).unwrap(), "row 12 of a.csv");
        assert_eq!(places.rows(0, 11).unwrap(), "rows 1 to 12 of a.csv");
        assert_eq!(places.rows(0, 1 << FILE_SHIFT).unwrap(), "row 1 of a.csv to row 1 of b.csv");
        assert_eq!(places.row(MADE), None);
        assert_eq!(places.row(after_all(0)), None);
    }
}
