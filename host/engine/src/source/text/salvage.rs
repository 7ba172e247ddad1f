//! A piece that doesn't decode as a whole: which of its rows are bad, and what the others hold.
//!
//! Rows are found by dividing: a part that decodes holds no bad one. Where an error tells its row that row is taken out, and
//! what is left is divided there; else a part is halved. So each row is decoded a few times where few are bad, no more often
//! than the logarithm of their number where many are, and there is no second parser that might judge otherwise than the
//! first.

use std::{ops::Range, path::Path, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use arrow_schema::{ArrowError, DataType};
use arrow_select::{
    concat::{concat, concat_batches},
    take::take,
};
use etl_pipeline::OnBadRows;

use super::{Piece, Reading, Record, Splitter, TextFormat};
use crate::position::number_rows;
use crate::source::{BadRow, Rows, SourceError};

/// The rows of a piece that can be read, and those that can't if they may be passed over. The piece as a whole gave
/// this `error`, where it was tried.
pub(super) fn salvage<F: TextFormat>(
    format: &F,
    file: &Path,
    piece: &Piece,
    error: Option<ArrowError>,
    batch_rows: usize,
) -> Result<Rows, SourceError> {
    let policy = format.reading().on_bad_rows;
    let mut rejects: Vec<BadRow> = piece.damaged.iter().map(|damaged| damaged.row.clone()).collect();
    let splitter = format.splitter();
    let mut reject = |record: &Record<'_>, error: &SourceError| {
        let place = error.place().cloned().unwrap_or_else(|| record.place(file));
        let text = piece.original(splitter.without_end(record.text));
        rejects.push(BadRow::new(piece.file, record.row, place, error, &text));
    };
    let mut rows = Vec::with_capacity(piece.rows);
    let mut checker = format.checker();
    let mut end = Ok(());
    for record in piece.records(&splitter) {
        match format.check(&mut checker, file, piece, &record) {
            Ok(()) => rows.push(record),
            Err(error) if policy == OnBadRows::Reject => reject(&record, &error),
            Err(error) => {
                end = Err(error);
                break;
            }
        }
    }
    let sifting = Sifting::new(format, &rows);
    let batches = match policy {
        OnBadRows::Null => {
            end?;
            sifting.with_nulls(batch_rows)?
        }
        OnBadRows::Fail => {
            // A bad value before the row that is none is the first to tell.
            let sifted = sifting.sift_all(None, 1, None);
            sifting.reasons(&sifted.bad, file, piece).pop().map_or(Ok(()), Err)?;
            end?;
            sifting.batches(&sifted.good, batch_rows)?
        }
        OnBadRows::Reject => {
            // Of all rows, if all are still there.
            let error = error.filter(|_| rows.len() == piece.rows);
            let Sifted { bad, good } = sifting.sift_all(None, usize::MAX, error);
            for (index, error) in bad.iter().zip(sifting.reasons(&bad, file, piece)) {
                reject(&rows[*index], &error);
            }
            let batches = sifting.batches(&good, batch_rows)?;
            rows = without(rows.len(), &bad).into_iter().map(|index| rows[index]).collect();
            batches
        }
    };
    rejects.sort_unstable_by_key(|row| row.position);
    let batches = number_rows(batches, piece.file, rows.iter().map(|record| record.row))?;
    Ok(Rows { batches, rejects })
}

/// Records that are rows, joined, so that any run of them is one text.
struct Sifting<'a, F> {
    format: &'a F,
    records: &'a [Record<'a>],
    text: Vec<u8>,
    /// Where in the text each record begins, and where the last one ends.
    ends: Vec<usize>,
}

impl<'a, F: TextFormat> Sifting<'a, F> {
    fn new(format: &'a F, records: &'a [Record<'a>]) -> Self {
        let mut text = Vec::with_capacity(records.iter().map(|record| record.text.len()).sum());
        let mut ends = vec![0];
        for record in records {
            text.extend_from_slice(record.text);
            ends.push(text.len());
        }
        Self { format, records, text, ends }
    }

    /// The first `most` records that don't decode, and what those before them and between them hold. All of them gave
    /// this `error`, where they were tried.
    fn sift_all(&self, columns: Option<&[usize]>, most: usize, error: Option<ArrowError>) -> Sifted {
        let mut sifted = Sifted::default();
        let all = 0..self.records.len();
        match error {
            Some(error) => self.divide(all, columns, most, Some(&error), &mut sifted),
            None => self.sift(all, columns, most, &mut sifted),
        }
        sifted
    }

    fn sift(&self, range: Range<usize>, columns: Option<&[usize]>, most: usize, sifted: &mut Sifted) {
        if range.is_empty() || sifted.bad.len() >= most {
            return;
        }
        match self.decode(&range, columns) {
            Ok(mut batches) => sifted.good.append(&mut batches),
            Err(error) => self.divide(range, columns, most, error.as_ref(), sifted),
        }
    }

    /// Looks for the bad rows of a range that has some.
    fn divide(
        &self,
        range: Range<usize>,
        columns: Option<&[usize]>,
        most: usize,
        error: Option<&ArrowError>,
        sifted: &mut Sifted,
    ) {
        if range.len() == 1 {
            sifted.bad.push(range.start);
            return;
        }
        let told = error.and_then(|error| self.format.suspect(error)).map(|row| range.start + row);
        let told = told.filter(|row| range.contains(row) && !self.decodes(&(*row..*row + 1), columns));
        if let Some(row) = told {
            self.sift(range.start..row, columns, most, sifted);
            if sifted.bad.len() < most {
                sifted.bad.push(row);
            }
            self.sift_halves(row + 1..range.end, columns, most, sifted);
        } else {
            self.sift_halves(range, columns, most, sifted);
        }
    }

    /// Halves, lest one bad row after the other takes the whole rest to find.
    fn sift_halves(&self, range: Range<usize>, columns: Option<&[usize]>, most: usize, sifted: &mut Sifted) {
        let middle = range.start + range.len() / 2;
        self.sift(range.start..middle, columns, most, sifted);
        self.sift(middle..range.end, columns, most, sifted);
    }

    fn decodes(&self, range: &Range<usize>, columns: Option<&[usize]>) -> bool {
        self.decode(range, columns).is_ok()
    }

    /// The records of a range, or why they don't decode; without an error where they are other rows than they should be.
    fn decode(
        &self,
        range: &Range<usize>,
        columns: Option<&[usize]>,
    ) -> Result<Vec<RecordBatch>, Option<ArrowError>> {
        let text = &self.text[self.ends[range.start]..self.ends[range.end]];
        let batches = self.format.parse(text, columns, range.len()).map_err(Some)?;
        let rows = batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        if rows == range.len() { Ok(batches) } else { Err(None) }
    }

    /// Why each of these records doesn't decode.
    fn reasons(&self, bad: &[usize], file: &Path, piece: &Piece) -> Vec<SourceError> {
        let columns = &*self.format.reading().columns;
        // Where many rows are bad it is mostly for the same column, which is asked first.
        let mut last = 0;
        let reason = |index: &usize| {
            let (record, alone) = (&self.records[*index], *index..*index + 1);
            let is_bad = |columns: &[usize]| !columns.is_empty() && !self.decodes(&alone, Some(columns));
            let again =
                columns.get(last).is_some_and(|column| is_bad(&[*column])) && !is_bad(&columns[..last]);
            let wrong = if again { Some(last) } else { columns.iter().position(|column| is_bad(&[*column])) };
            if let Some(wrong) = wrong {
                last = wrong;
                return self.format.wrong_value(file, piece, record, columns[wrong]);
            }
            let reason = match self.format.parse(record.text, None, 1) {
                Err(error) => error.to_string(),
                Ok(_) => "the row can't be read".to_owned(),
            };
            SourceError::Line { place: record.place(file), reason }
        };
        bad.iter().map(reason).collect()
    }

    /// What was decoded in parts, in batches of `batch_rows` rows.
    fn batches(&self, parts: &[RecordBatch], batch_rows: usize) -> Result<Vec<RecordBatch>, ArrowError> {
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        Ok(cut(&concat_batches(&self.format.reading().projected, parts)?, batch_rows))
    }

    /// All of them; what is not of its column's type is null.
    fn with_nulls(&self, batch_rows: usize) -> Result<Vec<RecordBatch>, ArrowError> {
        let (Reading { columns, projected: schema, .. }, rows) = (self.format.reading(), self.records.len());
        let columns = columns.iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| self.column(*column, field.data_type()));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let count = RecordBatchOptions::new().with_row_count(Some(rows));
        let whole = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &count)?;
        Ok(cut(&whole, batch_rows))
    }

    /// One column of all records; null where its value is bad.
    fn column(&self, column: usize, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        let bad = self.sift_all(Some(&[column]), usize::MAX, None).bad;
        let good = without(self.records.len(), &bad);
        if good.is_empty() {
            return Ok(new_null_array(data_type, bad.len()));
        }
        let text: Vec<u8> = good.iter().flat_map(|index| self.records[*index].text).copied().collect();
        let batches = self.format.parse(&text, Some(&[column]), good.len())?;
        let found = concat(&batches.iter().map(|batch| &**batch.column(0)).collect::<Vec<_>>())?;
        if bad.is_empty() {
            return Ok(found);
        }
        let mut places = vec![None; self.records.len()];
        for (place, index) in good.iter().enumerate() {
            places[*index] = u32::try_from(place).ok();
        }
        take(&found, &UInt32Array::from(places), None)
    }
}

/// What came of looking for bad rows.
#[derive(Default)]
struct Sifted {
    /// Which records, in order.
    bad: Vec<usize>,
    /// The rows of the others, in order.
    good: Vec<RecordBatch>,
}

fn cut(whole: &RecordBatch, batch_rows: usize) -> Vec<RecordBatch> {
    let rows = whole.num_rows();
    let starts = (0..rows).step_by(batch_rows);
    starts.map(|start| whole.slice(start, batch_rows.min(rows - start))).collect()
}

/// The numbers up to `count` but these, which are sorted.
fn without(count: usize, left_out: &[usize]) -> Vec<usize> {
    (0..count).filter(|number| left_out.binary_search(number).is_err()).collect()
}
