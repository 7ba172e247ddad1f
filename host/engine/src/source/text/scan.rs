//! One scan of text files, shared by workers: cutting under a lock, parsing outside it.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use futures::future::{BoxFuture, FutureExt};

use super::{Cutter, TextFormat};
use crate::position::number;
use crate::source::{InputFile, Progress, Scan, ScanProgress, SourceError};

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
        let cutter = Mutex::new(Cutter::new(Arc::clone(&files), format.splitter(), format.header()));
        let progress = Progress::of(&files);
        Self { files, format, batch_rows: batch_rows.max(1), cutter, progress }
    }

    fn next_piece(&self) -> Result<Option<Vec<RecordBatch>>, SourceError> {
        let Some(piece) = self.cutter.lock().unwrap_or_else(PoisonError::into_inner).next()? else {
            return Ok(None);
        };
        let batches = self.format.decode(&self.files[piece.file].path, &piece, self.batch_rows)?;
        self.progress.add(piece.text().len() as u64, piece.rows as u64);
        Ok(Some(number(batches, piece.file, piece.first_row)?))
    }
}

impl<F: TextFormat> Scan for TextScan<F> {
    fn next(&self) -> BoxFuture<'_, Result<Option<Vec<RecordBatch>>, SourceError>> {
        async { self.next_piece() }.boxed()
    }

    fn progress(&self) -> ScanProgress {
        self.progress.now()
    }
}
