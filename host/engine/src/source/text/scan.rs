//! One scan of text files, shared by workers: cutting under a lock, parsing outside it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use futures::future::{BoxFuture, FutureExt};

use super::{Cutter, Piece, TextFormat, lines::Lines, salvage::salvage};
use crate::position::number;
use crate::source::{InputFile, Progress, Rows, Scan, ScanProgress, SourceError};

#[derive(Debug)]
pub(in crate::source) struct TextScan<F: TextFormat> {
    files: Arc<[InputFile]>,
    format: F,
    batch_rows: usize,
    cutter: Mutex<Cutter<F::Splitter>>,
    lines: Lines,
    progress: Progress,
}

impl<F: TextFormat> TextScan<F> {
    pub(in crate::source) fn new(files: Arc<[InputFile]>, format: F, batch_rows: usize) -> Self {
        let cutter = Mutex::new(Cutter::new(Arc::clone(&files), format.splitter(), format.reading().cutting));
        let progress = Progress::of(&files);
        Self { files, format, batch_rows: batch_rows.max(1), cutter, lines: Lines::default(), progress }
    }

    fn next_piece(&self) -> Result<Option<Rows>, SourceError> {
        let Some(piece) = self.cutter.lock().unwrap_or_else(PoisonError::into_inner).next()? else {
            return Ok(None);
        };
        self.lines.add(&piece, &self.format.splitter());
        let rows = decode(&self.format, &self.files[piece.file].path, &piece, self.batch_rows)?;
        self.progress.add(piece.bytes, rows.count());
        Ok(Some(rows))
    }
}

/// The rows of a piece.
pub(super) fn decode<F: TextFormat>(
    format: &F,
    file: &Path,
    piece: &Piece,
    batch_rows: usize,
) -> Result<Rows, SourceError> {
    if !piece.damaged.is_empty() || !format.looks_sound(piece) {
        return salvage(format, file, piece, None, batch_rows);
    }
    match format.parse(piece.text(), None, batch_rows.min(piece.rows)) {
        Ok(batches) if batches.iter().map(RecordBatch::num_rows).sum::<usize>() == piece.rows => {
            Ok(Rows { batches: number(batches, piece.file, piece.first_row)?, rejects: Vec::new() })
        }
        Ok(_) => salvage(format, file, piece, None, batch_rows),
        Err(error) => salvage(format, file, piece, Some(error), batch_rows),
    }
}

impl<F: TextFormat> Scan for TextScan<F> {
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async { self.next_piece() }.boxed()
    }

    fn line(&self, position: u64) -> Option<u64> {
        self.lines.line(position)
    }

    fn progress(&self) -> ScanProgress {
        self.progress.now()
    }
}
