//! Text files as pieces of whole records, cut in order by whichever worker is free.

mod cut;
mod lines;
mod open;
mod piece;
mod reading;
mod reread;
mod salvage;
mod scan;

use std::{fmt, path::Path};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

pub(in crate::source) use cut::{Cutter, Cutting, read_records};
pub(in crate::source) use piece::{Piece, Record};
pub(in crate::source) use reading::Reading;
pub(in crate::source) use reread::TextReread;
pub(in crate::source) use scan::TextScan;

use crate::source::SourceError;

pub(in crate::source) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Finds where records end. It keeps its state between calls, so that each byte is looked at once.
pub(in crate::source) trait Splitter: Clone + Send + fmt::Debug {
    /// The end of the record that begins at `record`, searched for from `at` on; `None`: not in this buffer.
    fn next_end(&mut self, buffer: &[u8], record: usize, at: usize) -> Option<usize>;

    /// What the bytes after the last record are, once the file has ended.
    fn tail(&self) -> Tail;

    /// The byte that ends a record, be it alone or the last of two.
    fn terminator(&self) -> u8 {
        b'\n'
    }

    /// A record without that which ends it.
    fn without_end<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        without_line_ends(record)
    }

    /// How many bytes of blank lines and comments stand before a record.
    fn blank_prefix(&self, text: &[u8]) -> usize;

    /// Why that which was found last is no record, although it ends like one.
    fn flaw(&mut self) -> Option<Flaw> {
        None
    }

    /// Begins anew inside of what is no record: gives where in it the next record begins, if anywhere.
    fn resume(&mut self, bad: &[u8]) -> Option<usize>;

    /// The index of the column that begins behind this start of a record, where there are columns.
    fn column(&self, _start: &[u8]) -> Option<usize> {
        None
    }
}

/// A text without the line ends at its end.
pub(in crate::source) fn without_line_ends(text: &[u8]) -> &[u8] {
    let last = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
    &text[..last.map_or(0, |last| last + 1)]
}

/// A quote that is closed on another line, with text of its field after it: one of the two is too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Flaw {
    /// Where in the record the quote stands.
    pub(in crate::source) opened: usize,
    /// Where in the record the closing one stands.
    pub(in crate::source) closed: usize,
}

/// What stands between the last line end of a file and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Tail {
    /// Blanks or a comment.
    Nothing,
    /// A record without a line end.
    Record,
    /// A record whose quotes, opened this many bytes into it, never close.
    OpenQuote { opened: usize },
}

/// A text format: how it is cut into records, and how those become batches.
pub(in crate::source) trait TextFormat: Send + Sync + fmt::Debug {
    /// What cuts it.
    type Splitter: Splitter;

    /// A splitter at the start of a file.
    fn splitter(&self) -> Self::Splitter;

    /// What is read of its files.
    fn reading(&self) -> &Reading;

    /// Whether nothing but a value can be wrong with the piece, as far as can be told at a glance.
    fn looks_sound(&self, piece: &Piece) -> bool;

    /// Decodes whole records into batches of at most `batch_rows` rows: the columns that are read, or
    /// those at these indices and no other.
    fn parse(
        &self,
        text: &[u8],
        columns: Option<&[usize]>,
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, ArrowError>;

    /// Which row of the text an error of [`parse`](Self::parse) is about, from 0, as far as it tells. It may be wrong.
    fn suspect(&self, _error: &ArrowError) -> Option<usize> {
        None
    }

    /// What checks record after record.
    type Checker;

    /// One of them: it takes longer to make than to use.
    fn checker(&self) -> Self::Checker;

    /// Whether the record is a row at all, whatever its values are.
    fn check(
        &self,
        checker: &mut Self::Checker,
        file: &Path,
        piece: &Piece,
        record: &Record<'_>,
    ) -> Result<(), SourceError>;

    /// What is wrong with this record's value of a column.
    fn wrong_value(&self, file: &Path, piece: &Piece, record: &Record<'_>, column: usize) -> SourceError;
}
