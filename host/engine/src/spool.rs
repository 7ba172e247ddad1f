//! Rows that wait between two passes.
//!
//! They wait in memory. What is behind this interface will spill to disk.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, RecordBatch, UInt64Array};

use crate::position::positions;
use crate::source::ScanProgress;

/// Takes the rows of an ordered stream.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    batches: VecDeque<RecordBatch>,
    index: RowIndex,
    bytes: u64,
}

/// Where in a spool a row stands.
#[derive(Debug, Default)]
pub(crate) struct RowIndex {
    /// Per batch, the number of its first row and the positions of all.
    batches: Vec<(u64, UInt64Array)>,
    rows: u64,
}

/// Reads a spool in order, a batch for whoever asks. A batch that is handed out is forgotten.
#[derive(Debug)]
pub(crate) struct SpoolReader {
    batches: Mutex<VecDeque<RecordBatch>>,
    bytes_total: u64,
    bytes_read: AtomicU64,
    rows: AtomicU64,
}

impl Spool {
    /// Takes the next rows, whose positions are greater than all before.
    pub(crate) fn push(&mut self, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            self.index.push(&batch);
            self.bytes += size(&batch);
            self.batches.push_back(batch);
        }
    }

    /// Ends writing.
    pub(crate) fn finish(self) -> (Arc<SpoolReader>, Arc<RowIndex>) {
        let reader = SpoolReader {
            batches: Mutex::new(self.batches),
            bytes_total: self.bytes,
            bytes_read: AtomicU64::new(0),
            rows: AtomicU64::new(0),
        };
        (Arc::new(reader), Arc::new(self.index))
    }
}

impl SpoolReader {
    pub(crate) fn next(&self) -> Option<RecordBatch> {
        let batch = self.batches.lock().unwrap_or_else(PoisonError::into_inner).pop_front()?;
        self.bytes_read.fetch_add(size(&batch), Relaxed);
        self.rows.fetch_add(batch.num_rows() as u64, Relaxed);
        Some(batch)
    }

    pub(crate) fn progress(&self) -> ScanProgress {
        ScanProgress {
            bytes_read: self.bytes_read.load(Relaxed),
            bytes_total: self.bytes_total,
            rows: self.rows.load(Relaxed),
        }
    }
}

impl RowIndex {
    fn push(&mut self, batch: &RecordBatch) {
        let positions = positions(batch).clone();
        let rows = positions.len() as u64;
        self.batches.push((self.rows, positions));
        self.rows += rows;
    }

    /// The number of the row at this position, from 0.
    pub(crate) fn row_of(&self, position: u64) -> Option<u64> {
        let starts_after = |(_, positions): &(u64, UInt64Array)| {
            positions.values().first().is_none_or(|first| *first <= position)
        };
        let batch = self.batches.partition_point(starts_after).checked_sub(1)?;
        let (first, positions) = &self.batches[batch];
        positions.values().binary_search(&position).ok().map(|row| first + row as u64)
    }
}

/// Bytes of a batch, about: slices count as the whole that they are cut from would, and only progress is told of it.
fn size(batch: &RecordBatch) -> u64 {
    batch.columns().iter().map(|column| column.len() as u64 * 16).sum()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::position::positioned;
    use arrow_schema::Schema;

    #[test]
    fn a_row_is_found_by_its_position() {
        let mut spool = Spool::default();
        for rows in [&[2_u64, 5][..], &[], &[6, 9, 12]] {
            let schema = positioned(&Schema::empty());
            spool.push(
                RecordBatch::try_new(schema, vec![Arc::new(UInt64Array::from(rows.to_vec()))]).unwrap(),
            );
        }
        let (reader, index) = spool.finish();
        let found = [0, 2, 3, 5, 6, 9, 12, 13].map(|position| index.row_of(position));
        assert_eq!(found, [None, Some(0), None, Some(1), Some(2), Some(3), Some(4), None]);
        assert_eq!(reader.next().unwrap().num_rows(), 2);
        assert_eq!(reader.progress().rows, 2);
        assert_eq!(reader.next().unwrap().num_rows(), 3);
        assert!(reader.next().is_none());
    }
}
