//! Cuts files into pieces of whole records.

use std::sync::Arc;

use super::{Piece, Splitter, open::OpenFile};
use crate::source::{InputFile, SourceError, bytes::Opening};

/// How much text a piece holds unless one record is larger: it fits a core's cache.
const PIECE_BYTES: usize = 1 << 20;

/// The largest record: beyond it a quote is open by mistake.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// The size of the pieces that a sample is made of: often the header is all that is wanted.
const SAMPLE_BYTES: usize = 1 << 16;

/// How files are cut.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Cutting {
    pub(in crate::source) opening: Opening,
    /// The first record of a file is no row.
    pub(in crate::source) header: bool,
    /// What is no record is passed over, and does not end the reading.
    pub(in crate::source) resumes: bool,
    /// The size of pieces, about.
    pub(in crate::source) piece_bytes: usize,
    /// The size of a record.
    pub(in crate::source) record_bytes: usize,
}

impl Default for Cutting {
    fn default() -> Self {
        Self {
            opening: Opening::default(),
            header: false,
            resumes: false,
            piece_bytes: PIECE_BYTES,
            record_bytes: MAX_RECORD_BYTES,
        }
    }
}

/// Reads files one after the other and cuts them.
#[derive(Debug)]
pub(in crate::source) struct Cutter<S> {
    files: Arc<[InputFile]>,
    cutting: Cutting,
    splitter: S,
    /// The index of the file that comes next.
    next_file: usize,
    open: Option<OpenFile<S>>,
}

impl<S: Splitter> Cutter<S> {
    pub(in crate::source) fn new(files: Arc<[InputFile]>, splitter: S, cutting: Cutting) -> Self {
        Self { files, cutting, splitter, next_file: 0, open: None }
    }

    /// The next piece; `None` after the last file.
    pub(in crate::source) fn next(&mut self) -> Result<Option<Piece>, SourceError> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None if self.next_file == self.files.len() => return Ok(None),
                None => {
                    self.next_file += 1;
                    let index = self.next_file - 1;
                    OpenFile::open(index, &self.files[index], self.splitter.clone(), self.cutting)?
                }
            };
            match open.cut() {
                Ok(Some(piece)) => {
                    self.open = Some(open);
                    return Ok(Some(piece));
                }
                Ok(None) => {}
                Err(error) => {
                    self.next_file = self.files.len();
                    return Err(error);
                }
            }
        }
    }
}

/// Pieces from the start of a file, header included, with at least `count` records if it has them.
pub(in crate::source) fn read_records<S: Splitter>(
    input: &InputFile,
    splitter: S,
    count: usize,
    cutting: Cutting,
) -> Result<Vec<Piece>, SourceError> {
    let cutting = Cutting { header: false, piece_bytes: SAMPLE_BYTES, ..cutting };
    let mut cutter = Cutter::new(Arc::from([input.clone()]), splitter, cutting);
    let mut pieces = Vec::new();
    let mut rows = 0;
    while rows < count
        && let Some(piece) = cutter.next()?
    {
        rows += piece.rows;
        pieces.push(piece);
    }
    Ok(pieces)
}
