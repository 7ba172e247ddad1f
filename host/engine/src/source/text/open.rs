//! One file, read and cut from its start to its end.

use std::sync::Arc;

use super::{
    BYTE_ORDER_MARK, Cutting, Piece, Splitter, Tail,
    piece::{Damaged, lines},
};
use crate::source::{
    BadRow, InputFile, Place, SourceError,
    bytes::{Bytes, reading_error},
};

/// How much of a record without an end is kept.
const KEPT_BYTES: usize = 64 << 10;

/// A file that is being cut.
#[derive(Debug)]
pub(super) struct OpenFile<S> {
    index: usize,
    input: InputFile,
    cutting: Cutting,
    file: Bytes,
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
    /// Opens the file number `index`.
    pub(super) fn open(
        index: usize,
        input: &InputFile,
        splitter: S,
        cutting: Cutting,
    ) -> Result<Self, SourceError> {
        let file = Bytes::open(input, &cutting.opening).map_err(|error| reading_error(&input.path, error))?;
        Self::read(index, input.clone(), file, 1, splitter, cutting)
    }

    /// Reads what is open already, and begins on this line.
    pub(super) fn read(
        index: usize,
        input: InputFile,
        mut file: Bytes,
        line: u64,
        splitter: S,
        cutting: Cutting,
    ) -> Result<Self, SourceError> {
        let wrong = |error| reading_error(&input.path, error);
        let mut rest = Vec::with_capacity(cutting.piece_bytes);
        file.read_up_to(BYTE_ORDER_MARK.len(), &mut rest).map_err(wrong)?;
        let mark = if rest == BYTE_ORDER_MARK { rest.len() } else { 0 };
        rest.drain(..mark);
        Ok(Self {
            index,
            input,
            cutting,
            file,
            splitter,
            line,
            next_row: 0,
            rest,
            seen: 0,
            header: None,
            header_pending: cutting.header,
            ended: false,
        })
    }

    /// The next piece; `None` at the end of the file.
    pub(super) fn cut(&mut self) -> Result<Option<Piece>, SourceError> {
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
                self.read_more(wanted.max(self.cutting.piece_bytes / 4).max(1), &mut piece.buffer)?;
            }
        }
        let Growing { mut buffer, start, end, rows, damaged } = piece;
        self.rest = Vec::with_capacity(self.cutting.piece_bytes);
        self.rest.extend_from_slice(&buffer[end..]);
        self.seen = self.rest.len();
        buffer.truncate(end);
        let line = self.line + self.lines(&buffer[..start]);
        let lines = self.lines(&buffer[start..]);
        self.line = line + lines;
        let first_row = self.next_row;
        self.next_row += rows as u64;
        let piece = Piece {
            file: self.index,
            first_row,
            rows,
            line,
            lines,
            line_end: self.cutting.opening.line_end(),
            bytes: self.file.take_count(),
            header: self.header.clone(),
            damaged,
            buffer,
            start,
        };
        Ok((rows > 0).then_some(piece))
    }

    /// Appends up to `wanted` bytes; fewer only at the end of the file.
    fn read_more(&mut self, wanted: usize, buffer: &mut Vec<u8>) -> Result<(), SourceError> {
        let read =
            self.file.read_up_to(wanted, buffer).map_err(|error| reading_error(&self.input.path, error))?;
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
                    let line = line + self.lines(&record[..flaw.closed]);
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
        let text = self.splitter.without_end(&piece.buffer[piece.end..end]);
        let row = BadRow::new(self.index, row, place, error, text);
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
        let terminator = self.splitter.terminator();
        let mut in_record = !piece.buffer.ends_with(&[terminator]);
        // Lines that no record begins on count all the same.
        let mut ends = self.lines(&piece.buffer[kept..]);
        piece.buffer.truncate(kept);
        let mut after = Vec::new();
        while in_record && !self.ended {
            after.clear();
            self.read_more(self.cutting.piece_bytes, &mut after)?;
            let end = memchr::memchr(terminator, &after);
            let passed = end.map_or(after.len(), |end| end + 1);
            ends += self.lines(&after[..passed]);
            after.drain(..passed);
            in_record = end.is_none();
        }
        let line_end = self.cutting.opening.line_end();
        piece.buffer.extend(std::iter::repeat_n(line_end, usize::try_from(ends).unwrap_or(0)));
        let length = piece.buffer.len() - piece.end;
        self.damage(piece, length, &error);
        piece.buffer.append(&mut after);
        Ok(())
    }

    fn line_at(&self, piece: &Growing, at: usize) -> u64 {
        self.line + self.lines(&piece.buffer[..at])
    }

    fn lines(&self, text: &[u8]) -> u64 {
        lines(text, self.cutting.opening.line_end())
    }

    /// The place of a byte of the last record.
    fn place(&self, piece: &Growing, at: usize) -> Place {
        let column = self.splitter.column(&piece.buffer[piece.end..at]).map(|index| index + 1);
        Place { file: self.input.path.clone(), line: self.line_at(piece, at), column }
    }
}
