//! One scan of text files, shared by workers: cutting under a lock, parsing outside it.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use futures::future::{BoxFuture, FutureExt};

use super::{Cutter, Piece, TextFormat, salvage::salvage};
use crate::position::number;
use crate::source::{InputFile, Progress, Rows, Scan, ScanProgress, SourceError};

#[derive(Debug)]
pub(in crate::source) struct TextScan<F: TextFormat> {
    files: Arc<[InputFile]>,
    format: F,
    batch_rows: usize,
    cutter: Mutex<Cutter<F::Splitter>>,
    progress: Progress,
}

impl<F: TextFormat> TextScan<F> {
    pub(in crate::source) fn new(files: Arc<[InputFile]>, format: F, batch_rows: usize) -> Self {
        let cutter = Mutex::new(Cutter::new(Arc::clone(&files), format.splitter(), format.cutting()));
        let progress = Progress::of(&files);
        Self { files, format, batch_rows: batch_rows.max(1), cutter, progress }
    }

    fn next_piece(&self) -> Result<Option<Rows>, SourceError> {
        let Some(piece) = self.cutter.lock().unwrap_or_else(PoisonError::into_inner).next()? else {
            return Ok(None);
        };
        let rows = match self.decode(&piece) {
            Some(batches) => {
                Rows { batches: number(batches, piece.file, piece.first_row)?, rejects: Vec::new() }
            }
            None => salvage(&self.format, &self.files[piece.file].path, &piece, self.batch_rows)?,
        };
        self.progress.add(piece.bytes, rows.count());
        Ok(Some(rows))
    }

    /// The rows of a piece; `None` where one of them is bad.
    fn decode(&self, piece: &Piece) -> Option<Vec<RecordBatch>> {
        if !piece.damaged.is_empty() || !self.format.looks_sound(piece) {
            return None;
        }
        let batches = self.format.parse(piece.text(), None, self.batch_rows.min(piece.rows)).ok()?;
        (batches.iter().map(RecordBatch::num_rows).sum::<usize>() == piece.rows).then_some(batches)
    }
}

impl<F: TextFormat> Scan for TextScan<F> {
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async { self.next_piece() }.boxed()
    }

    fn progress(&self) -> ScanProgress {
        self.progress.now()
    }
}
