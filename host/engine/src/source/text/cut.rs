//! Cuts files into pieces of whole records.

use std::{fs::File, io::Read, sync::Arc};

use super::{Splitter, Tail};
use crate::source::{InputFile, Place, SourceError};

/// How much text a piece holds unless one record is larger: it fits a core's cache.
const PIECE_BYTES: usize = 1 << 20;

/// The largest record: beyond it a quote is open by mistake.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// The size of the pieces that a sample is made of: often the header is all that is wanted.
const SAMPLE_BYTES: usize = 1 << 16;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Consecutive whole records of one file.
#[derive(Debug)]
pub(in crate::source) struct Piece {
    /// Which file, in reading order.
    pub(in crate::source) file: usize,
    /// Row within the file of the first record.
    pub(in crate::source) first_row: u64,
    /// How many records.
    pub(in crate::source) rows: usize,
    /// Where in the file the text begins.
    pub(in crate::source) offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl Piece {
    /// The records' text, with line ends.
    pub(in crate::source) fn text(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

/// Reads files one after the other and cuts them.
#[derive(Debug)]
pub(in crate::source) struct Cutter<S> {
    files: Arc<[InputFile]>,
    piece_bytes: usize,
    splitter: S,
    header: bool,
    /// The index of the file that comes next.
    next_file: usize,
    open: Option<OpenFile<S>>,
}

#[derive(Debug)]
struct OpenFile<S> {
    file: File,
    splitter: S,
    /// Offset in the file of `rest[0]`.
    offset: u64,
    next_row: u64,
    /// What is read and not handed out: the beginning of a record.
    rest: Vec<u8>,
    /// How much of `rest` the splitter has seen.
    seen: usize,
    header_pending: bool,
    ended: bool,
}

impl<S: Splitter> Cutter<S> {
    pub(in crate::source) fn new(files: Arc<[InputFile]>, splitter: S, header: bool) -> Self {
        Self { files, piece_bytes: PIECE_BYTES, splitter, header, next_file: 0, open: None }
    }

    /// Cuts pieces of about this size.
    pub(in crate::source) fn with_piece_bytes(self, piece_bytes: usize) -> Self {
        Self { piece_bytes, ..self }
    }

    /// The next piece; `None` after the last file.
    pub(in crate::source) fn next(&mut self) -> Result<Option<Piece>, SourceError> {
        loop {
            let mut open = match self.open.take() {
                Some(open) => open,
                None if self.next_file == self.files.len() => return Ok(None),
                None => {
                    self.next_file += 1;
                    self.open(self.next_file - 1)?
                }
            };
            let index = self.next_file - 1;
            match open.cut(index, &self.files[index], self.piece_bytes) {
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

    fn open(&self, index: usize) -> Result<OpenFile<S>, SourceError> {
        let path = &self.files[index].path;
        let mut file = File::open(path).map_err(|source| SourceError::io(path, source))?;
        let mut rest = Vec::with_capacity(self.piece_bytes);
        read_up_to(&mut file, BYTE_ORDER_MARK.len(), &mut rest)
            .map_err(|source| SourceError::io(path, source))?;
        let mark = if rest == BYTE_ORDER_MARK { rest.len() } else { 0 };
        rest.drain(..mark);
        Ok(OpenFile {
            file,
            splitter: self.splitter.clone(),
            offset: mark as u64,
            next_row: 0,
            rest,
            seen: 0,
            header_pending: self.header,
            ended: false,
        })
    }
}

impl<S: Splitter> OpenFile<S> {
    fn cut(
        &mut self,
        index: usize,
        input: &InputFile,
        piece_bytes: usize,
    ) -> Result<Option<Piece>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        let mut buffer = std::mem::take(&mut self.rest);
        let (mut start, mut end, mut rows) = (0, 0, 0);
        loop {
            let wanted = piece_bytes.saturating_sub(buffer.len()).max(piece_bytes / 4).max(1);
            let read = read_up_to(&mut self.file, wanted, &mut buffer)
                .map_err(|source| SourceError::io(&input.path, source))?;
            while let Some(found) = self.splitter.next_end(&buffer, end, self.seen) {
                (end, self.seen) = (found, found);
                if std::mem::take(&mut self.header_pending) {
                    start = found;
                } else {
                    rows += 1;
                }
            }
            self.seen = buffer.len();
            self.ended = read < wanted;
            if self.ended {
                let all = buffer.len();
                match self.splitter.tail() {
                    // Left out: csv-core takes a last comment without a line end for a record.
                    Tail::Nothing => {}
                    Tail::Record if std::mem::take(&mut self.header_pending) => (start, end) = (all, all),
                    Tail::Record => (rows, end) = (rows + 1, all),
                    Tail::OpenQuote { opened } => {
                        let place = Place::at_offset(&input.path, self.offset + (end + opened) as u64);
                        return Err(SourceError::OpenQuote { place });
                    }
                }
            }
            if rows > 0 || self.ended {
                break;
            }
            if buffer.len() - end > MAX_RECORD_BYTES {
                let place = Place::at_offset(&input.path, self.offset + end as u64);
                return Err(SourceError::RecordTooLarge { place, limit: MAX_RECORD_BYTES });
            }
        }
        self.rest = Vec::with_capacity(piece_bytes);
        self.rest.extend_from_slice(&buffer[end..]);
        self.seen = self.rest.len();
        buffer.truncate(end);
        let piece = Piece {
            file: index,
            first_row: self.next_row,
            rows,
            offset: self.offset + start as u64,
            buffer,
            start,
        };
        self.offset += end as u64;
        self.next_row += rows as u64;
        Ok((rows > 0).then_some(piece))
    }
}

/// Appends up to `wanted` bytes; fewer only at the end of the file.
fn read_up_to(file: &mut File, wanted: usize, buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    buffer.reserve(wanted);
    file.take(wanted as u64).read_to_end(buffer)
}

/// Pieces from the start of a file, header included, with at least `count` records if it has them.
pub(in crate::source) fn read_records<S: Splitter>(
    input: &InputFile,
    splitter: S,
    count: usize,
) -> Result<Vec<Piece>, SourceError> {
    let mut cutter = Cutter::new(Arc::from([input.clone()]), splitter, false).with_piece_bytes(SAMPLE_BYTES);
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
