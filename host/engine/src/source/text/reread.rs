//! Mended text, cut and decoded like that of a file.

use std::path::Path;

use arrow_array::{RecordBatch, UInt64Array};

use super::{TextFormat, open::OpenFile, scan::decode};
use crate::position;
use crate::source::{InputFile, Mended, Reread, Rows, SourceError, bytes::Bytes};

/// Reads texts of this format.
#[derive(Debug)]
pub(in crate::source) struct TextReread<F>(pub(in crate::source) F);

impl<F: TextFormat> Reread for TextReread<F> {
    fn read(&self, mended: &Mended<'_>) -> Result<Rows, SourceError> {
        let format = &self.0;
        let mut cutting = format.reading().cutting;
        cutting.header = false;
        cutting.piece_bytes = mended.text.len() + 1;
        let mut text = mended.text.as_bytes().to_vec();
        // The lines of an array are its elements: see `source/bytes`.
        let line_end = cutting.opening.line_end();
        text.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = line_end);
        let file: &Path = &mended.place.file;
        let input = InputFile::local(file, text.len() as u64);
        let bytes = Bytes::of_text(text);
        let mut open = OpenFile::read(0, input, bytes, mended.place.line, format.splitter(), cutting)?;
        let mut all = Rows::default();
        while let Some(piece) = open.cut()? {
            let mut rows = decode(format, file, &piece, piece.rows)?;
            all.batches.append(&mut rows.batches);
            all.rejects.append(&mut rows.rejects);
        }
        if all.batches.is_empty() && all.rejects.is_empty() {
            return Err(mended.wrong("there is no row in the text"));
        }
        for bad in &mut all.rejects {
            (bad.position, bad.place.line) = (mended.position, mended.place.line);
        }
        let moved = |batch: &RecordBatch| {
            let all_here = UInt64Array::from(vec![mended.position; batch.num_rows()]);
            position::replace(batch, all_here)
        };
        all.batches = all.batches.iter().map(moved).collect::<Result<_, _>>()?;
        Ok(all)
    }
}
