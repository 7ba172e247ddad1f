//! Cuts files into pieces of whole records.

use std::{fs::File, io::Read, sync::Arc};

use super::{
    BYTE_ORDER_MARK, Piece, Splitter, Tail,
    piece::{Damaged, lines},
};
use crate::source::{BadRow, InputFile, Place, SourceError};

/// How much text a piece holds unless one record is larger: it fits a core's cache.
const PIECE_BYTES: usize = 1 << 20;

/// The largest record: beyond it a quote is open by mistake.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// How much of a record without an end is kept.
const KEPT_BYTES: usize = 64 << 10;

/// The size of the pieces that a sample is made of: often the header is all that is wanted.
const SAMPLE_BYTES: usize = 1 << 16;

/// How files are cut.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Cutting {
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
        Self { header: false, resumes: false, piece_bytes: PIECE_BYTES, record_bytes: MAX_RECORD_BYTES }
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
                    self.open(self.next_file - 1)?
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

    fn open(&self, index: usize) -> Result<OpenFile<S>, SourceError> {
        let input = self.files[index].clone();
        let wrong = |error| SourceError::io(&input.path, error);
        let mut file = File::open(&input.path).map_err(wrong)?;
        let mut rest = Vec::with_capacity(self.cutting.piece_bytes);
        read_up_to(&mut file, BYTE_ORDER_MARK.len(), &mut rest).map_err(wrong)?;
        let bytes = rest.len() as u64;
        let mark = if rest == BYTE_ORDER_MARK { rest.len() } else { 0 };
        rest.drain(..mark);
        Ok(OpenFile {
            index,
            input,
            cutting: self.cutting,
            file,
            bytes,
            splitter: self.splitter.clone(),
            line: 1,
            next_row: 0,
            rest,
            seen: 0,
            header: None,
            header_pending: self.cutting.header,
            ended: false,
        })
    }
}

#[derive(Debug)]
struct OpenFile<S> {
    index: usize,
    input: InputFile,
    cutting: Cutting,
    file: File,
    /// What was read and is not yet told by a piece.
    bytes: u64,
    splitter: S,
    /// The line on which `rest` begins.
    line: u64,
    next_row: u64,
    /// What is read and not handed out: the beginning of a record.
    rest: Vec<u8>,
    /// How much of `rest` the splitter has seen.
    seen: usize,
    header: Option<Arc<[u8]>>,
    header_pending: bool,
    ended: bool,
}

/// A piece that grows.
#[derive(Debug, Default)]
struct Growing {
    buffer: Vec<u8>,
    /// Where its first row begins, behind a header.
    start: usize,
    /// Where its last record ends.
    end: usize,
    rows: usize,
    damaged: Vec<Damaged>,
}

impl<S: Splitter> OpenFile<S> {
    fn cut(&mut self) -> Result<Option<Piece>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        let mut piece = Growing { buffer: std::mem::take(&mut self.rest), ..Growing::default() };
        loop {
            self.find_records(&mut piece)?;
            if self.ended {
                if self.end_file(&mut piece)? {
                    break;
                }
            } else if piece.rows > 0 {
                break;
            } else if piece.buffer.len() - piece.end > self.cutting.record_bytes {
                self.pass_over_large(&mut piece)?;
            } else {
                let wanted = self.cutting.piece_bytes.saturating_sub(piece.buffer.len());
                self.read(wanted.max(self.cutting.piece_bytes / 4).max(1), &mut piece.buffer)?;
            }
        }
        let Growing { mut buffer, start, end, rows, damaged } = piece;
        self.rest = Vec::with_capacity(self.cutting.piece_bytes);
        self.rest.extend_from_slice(&buffer[end..]);
        self.seen = self.rest.len();
        buffer.truncate(end);
        let line = self.line + lines(&buffer[..start]);
        let first_row = self.next_row;
        self.next_row += rows as u64;
        let piece = Piece {
            file: self.index,
            first_row,
            rows,
            line,
            bytes: std::mem::take(&mut self.bytes),
            header: self.header.clone(),
            damaged,
            buffer,
            start,
        };
        self.line = line + lines(piece.text());
        Ok((rows > 0).then_some(piece))
    }

    /// Appends up to `wanted` bytes; fewer only at the end of the file.
    fn read(&mut self, wanted: usize, buffer: &mut Vec<u8>) -> Result<(), SourceError> {
        let read = read_up_to(&mut self.file, wanted, buffer)
            .map_err(|source| SourceError::io(&self.input.path, source))?;
        self.bytes += read as u64;
        self.ended = read < wanted;
        Ok(())
    }

    /// Takes all records that end in the buffer.
    fn find_records(&mut self, piece: &mut Growing) -> Result<(), SourceError> {
        while let Some(found) = self.splitter.next_end(&piece.buffer, piece.end, self.seen) {
            self.seen = found;
            match self.splitter.flaw() {
                Some(flaw) => {
                    let (record, line) = (&piece.buffer[piece.end..found], self.line_at(piece, piece.end));
                    let line = line + lines(&record[..flaw.closed]);
                    let place = self.place(piece, piece.end + flaw.opened);
                    self.pass_over(piece, found, SourceError::StrayQuote { place, line })?;
                }
                None => self.take_record(piece, found),
            }
        }
        self.seen = piece.buffer.len();
        Ok(())
    }

    fn take_record(&mut self, piece: &mut Growing, end: usize) {
        if std::mem::take(&mut self.header_pending) {
            self.header = Some(Arc::from(&piece.buffer[piece.end..end]));
            piece.start = end;
        } else {
            piece.rows += 1;
        }
        piece.end = end;
    }

    /// Takes what stands behind the last line end. Says whether all is taken.
    fn end_file(&mut self, piece: &mut Growing) -> Result<bool, SourceError> {
        let all = piece.buffer.len();
        match self.splitter.tail() {
            // Left out: csv-core takes a last comment without a line end for a record.
            Tail::Nothing => {}
            Tail::Record => self.take_record(piece, all),
            Tail::OpenQuote { opened } => {
                let place = self.place(piece, piece.end + opened);
                self.pass_over(piece, all, SourceError::OpenQuote { place })?;
                return Ok(piece.end == all);
            }
        }
        Ok(true)
    }

    /// Goes on inside of what is no record, up to `end`: the row that is damaged ends where the next line
    /// is a whole record by itself. A quote that is lost would else swallow all lines up to the next quote.
    fn pass_over(&mut self, piece: &mut Growing, end: usize, error: SourceError) -> Result<(), SourceError> {
        if !self.cutting.resumes || self.header_pending {
            return Err(error);
        }
        let bad = &piece.buffer[piece.end..end];
        let length = self.splitter.resume(bad).unwrap_or(bad.len());
        self.damage(piece, length, &error);
        Ok(())
    }

    fn damage(&mut self, piece: &mut Growing, length: usize, error: &SourceError) {
        let end = piece.end + length;
        let row = self.next_row + piece.rows as u64;
        let place = error.place().cloned().unwrap_or_else(|| self.place(piece, piece.end));
        let row = BadRow::new(self.index, row, place, error, &piece.buffer[piece.end..end]);
        piece.damaged.push(Damaged { range: piece.end - piece.start..end - piece.start, row });
        piece.rows += 1;
        (piece.end, self.seen) = (end, end);
    }

    /// Passes over a record beyond all measure. One that is a single line is cut short, not kept.
    fn pass_over_large(&mut self, piece: &mut Growing) -> Result<(), SourceError> {
        let place = self.place(piece, piece.end);
        let error = SourceError::RecordTooLarge { place, limit: self.cutting.record_bytes };
        if !self.cutting.resumes || self.header_pending {
            return Err(error);
        }
        if let Some(length) = self.splitter.resume(&piece.buffer[piece.end..]) {
            self.damage(piece, length, &error);
            return Ok(());
        }
        let kept = piece.end + KEPT_BYTES.min(self.cutting.record_bytes);
        let mut in_line = !piece.buffer.ends_with(b"\n");
        // Lines that no record begins on count all the same.
        let mut ends = lines(&piece.buffer[kept..]);
        piece.buffer.truncate(kept);
        let mut after = Vec::new();
        while in_line && !self.ended {
            after.clear();
            self.read(self.cutting.piece_bytes, &mut after)?;
            let end = memchr::memchr(b'\n', &after);
            after.drain(..end.map_or(after.len(), |end| end + 1));
            in_line = end.is_none();
            ends += u64::from(!in_line);
        }
        piece.buffer.extend(std::iter::repeat_n(b'\n', usize::try_from(ends).unwrap_or(0)));
        let length = piece.buffer.len() - piece.end;
        self.damage(piece, length, &error);
        piece.buffer.append(&mut after);
        Ok(())
    }

    fn line_at(&self, piece: &Growing, at: usize) -> u64 {
        self.line + lines(&piece.buffer[..at])
    }

    /// The place of a byte of the last record.
    fn place(&self, piece: &Growing, at: usize) -> Place {
        let column = self.splitter.column(&piece.buffer[piece.end..at]).map(|index| index + 1);
        Place { file: self.input.path.clone(), line: self.line_at(piece, at), column }
    }
}

fn read_up_to(file: &mut File, wanted: usize, buffer: &mut Vec<u8>) -> std::io::Result<usize> {
    buffer.reserve(wanted);
    file.take(wanted as u64).read_to_end(buffer)
}

/// Pieces from the start of a file, header included, with at least `count` records if it has them.
pub(in crate::source) fn read_records<S: Splitter>(
    input: &InputFile,
    splitter: S,
    count: usize,
    resumes: bool,
) -> Result<Vec<Piece>, SourceError> {
    let cutting = Cutting { resumes, piece_bytes: SAMPLE_BYTES, ..Cutting::default() };
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
