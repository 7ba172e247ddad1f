//! Rows that wait between two passes: in memory while they fit, then on disk.

mod disk;
mod index;
mod size;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion_common::Result;

use crate::memory::{Memory, Spooled};
use crate::source::ScanProgress;

pub(crate) use index::RowIndex;

use disk::{OnDisk, WrittenRows};
use size::Sizes;

/// Takes the rows of an ordered stream. The first stay in memory; from the first that does not fit on, all go
/// to disk, so that the order is kept.
pub(crate) struct Spool {
    memory: Arc<Memory>,
    /// Whether any rows may stay in memory.
    holds: bool,
    held: Held,
    sizes: Sizes,
    disk: Option<OnDisk>,
    schema: SchemaRef,
    rows: u64,
    bytes: u64,
}

struct Held {
    batches: VecDeque<(RecordBatch, usize)>,
    memory: Spooled,
}

impl Spool {
    /// A spool of rows of `schema`.
    pub(crate) fn new(memory: &Arc<Memory>, schema: &SchemaRef) -> Self {
        Self {
            memory: Arc::clone(memory),
            holds: true,
            held: Held { batches: VecDeque::new(), memory: Spooled::new(memory) },
            sizes: Sizes::default(),
            disk: None,
            schema: Arc::clone(schema),
            rows: 0,
            bytes: 0,
        }
    }

    /// The same where all rows go to disk, because what they are for needs the memory.
    pub(crate) fn on_disk(memory: &Arc<Memory>, schema: &SchemaRef) -> Self {
        Self { holds: false, ..Self::new(memory, schema) }
    }

    /// Takes the next rows.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += batch.num_rows() as u64;
        // What has gone to disk is free again, and its addresses are others': only what is held is counted together.
        let size = if self.disk.is_some() { Sizes::default().of(&batch) } else { self.sizes.of(&batch) };
        self.bytes += size as u64;
        if self.holds && self.disk.is_none() && self.held.memory.try_grow(size) {
            self.held.batches.push_back((batch, size));
            return Ok(());
        }
        let disk = match &mut self.disk {
            Some(disk) => disk,
            None => self.disk.insert(OnDisk::begin(self.memory.disk(), &self.schema)?),
        };
        self.memory.spilled(batch.num_rows());
        disk.write(&batch)
    }

    /// Ends writing.
    pub(crate) fn finish(self) -> Result<SpoolReader> {
        let disk = self.disk.map(OnDisk::finish).transpose()?;
        Ok(SpoolReader {
            held: Mutex::new(self.held),
            disk: Mutex::new(disk),
            rows_total: self.rows,
            bytes: self.bytes,
            rows: AtomicU64::new(0),
        })
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Reads a spool in order, a batch for whoever asks. A batch that is handed out is forgotten.
pub(crate) struct SpoolReader {
    held: Mutex<Held>,
    disk: Mutex<Option<WrittenRows>>,
    rows_total: u64,
    bytes: u64,
    rows: AtomicU64,
}

impl fmt::Debug for SpoolReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpoolReader").field("rows", &self.rows_total).finish_non_exhaustive()
    }
}

impl SpoolReader {
    /// The next rows.
    pub(crate) fn next(&self) -> Result<Option<RecordBatch>> {
        let batch = match self.next_in_memory() {
            Some(batch) => Some(batch),
            None => self.next_on_disk()?,
        };
        self.rows.fetch_add(batch.as_ref().map_or(0, |batch| batch.num_rows() as u64), Relaxed);
        Ok(batch)
    }

    fn next_in_memory(&self) -> Option<RecordBatch> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (batch, size) = held.batches.pop_front()?;
        held.memory.shrink(size);
        Some(batch)
    }

    fn next_on_disk(&self) -> Result<Option<RecordBatch>> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rows) = disk.as_mut() else { return Ok(None) };
        let next = rows.next().transpose()?;
        if next.is_none() {
            // The file goes with its reader.
            *disk = None;
        }
        Ok(next)
    }

    /// About how large the rows are.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How far reading has come, rows for bytes.
    pub(crate) fn progress(&self) -> ScanProgress {
        let rows = self.rows.load(Relaxed);
        ScanProgress { bytes_read: rows, bytes_total: self.rows_total, rows }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use arrow_array::{ArrayRef, Int64Array, StringViewArray};

    fn rows(from: i64, count: i64) -> RecordBatch {
        let numbers: ArrayRef = Arc::new((from..from + count).collect::<Int64Array>());
        let texts: ArrayRef = Arc::new(
            (from..from + count)
                .map(|n| Some(format!("a text of its own: {n}")))
                .collect::<StringViewArray>(),
        );
        RecordBatch::try_from_iter([("n", numbers), ("text", texts)]).unwrap()
    }

    #[test]
    fn what_does_not_fit_goes_to_disk_and_comes_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for (limit, spilled) in [(1 << 30, 0), (300 << 10, 9000), (1, 10_000)] {
            let memory = Arc::new(Memory::new(limit, 1 << 30, folder.path()).unwrap());
            let batches = (0..10).map(|n| rows(n * 1000, 1000)).collect::<Vec<_>>();
            let mut spool = Spool::new(&memory, batches[0].schema_ref());
            for batch in &batches {
                spool.push(batch.clone()).unwrap();
            }
            let reader = spool.finish().unwrap();
            assert_eq!(memory.spilled_rows(), spilled, "{limit}");
            assert_eq!(memory.spilled_bytes() > 0, spilled > 0);
            for batch in &batches {
                assert_eq!(reader.next().unwrap().as_ref(), Some(batch));
            }
            assert_eq!(reader.next().unwrap(), None);
            assert_eq!(reader.progress().rows, 10_000);
            assert_eq!(memory.environment().memory_pool.reserved(), 0);
        }
    }
}
