//! What is cut from a file: consecutive whole records.

use std::{borrow::Cow, ops::Range, path::Path, sync::Arc};

use super::Splitter;
use crate::source::{BadRow, Place};

/// Consecutive records of one file.
#[derive(Debug)]
pub(in crate::source) struct Piece {
    /// Which file, in reading order.
    pub(in crate::source) file: usize,
    /// Row within the file of the first record.
    pub(in crate::source) first_row: u64,
    /// How many records, those that are damaged included.
    pub(in crate::source) rows: usize,
    /// The line of the file on which the text begins, from 1.
    pub(in crate::source) line: u64,
    /// How many line ends the text has.
    pub(in crate::source) lines: u64,
    /// The byte that stands where the file has a line end.
    pub(in crate::source) line_end: u8,
    /// How many bytes of the file were read for it.
    pub(in crate::source) bytes: u64,
    /// The record before the first row, where it is none.
    pub(in crate::source) header: Option<Arc<[u8]>>,
    /// What is no record, in order.
    pub(in crate::source) damaged: Vec<Damaged>,
    pub(super) buffer: Vec<u8>,
    pub(super) start: usize,
}

/// A part of a piece that no record can be made of. It is one row.
#[derive(Debug)]
pub(in crate::source) struct Damaged {
    /// Where in the piece's text.
    pub(in crate::source) range: Range<usize>,
    pub(in crate::source) row: BadRow,
}

/// One record of a piece.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Record<'a> {
    /// Its text, without blank lines and comments before it, and with its line end.
    pub(in crate::source) text: &'a [u8],
    /// The line of the file on which it begins.
    pub(in crate::source) line: u64,
    /// Which row within the file.
    pub(in crate::source) row: u64,
}

impl Piece {
    /// The records' text, with line ends.
    pub(in crate::source) fn text(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// A part of the text as it stands in the file.
    pub(super) fn original<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if self.line_end == b'\n' {
            return text.into();
        }
        let text = text.trim_ascii();
        text.iter().map(|byte| if *byte == self.line_end { b'\n' } else { *byte }).collect::<Vec<_>>().into()
    }

    /// The records, one by one: slow, for where only a few are wanted. What is damaged is left out.
    pub(in crate::source) fn records<S: Splitter>(&self, splitter: &S) -> Vec<Record<'_>> {
        let text = self.text();
        let mut records = Vec::with_capacity(self.rows);
        let mut damaged = self.damaged.iter().peekable();
        let (mut at, mut line, mut row) = (0, self.line, self.first_row);
        while at < text.len() {
            let end = if let Some(damaged) = damaged.next_if(|damaged| damaged.range.start == at) {
                damaged.range.end
            } else {
                let end = splitter.clone().next_end(text, at, at).unwrap_or(text.len());
                let start = at + splitter.blank_prefix(&text[at..end]);
                // Blank lines after the last record belong to none.
                if start < end {
                    let line = line + lines(&text[at..start], self.line_end);
                    records.push(Record { text: &text[start..end], line, row });
                }
                end
            };
            line += lines(&text[at..end], self.line_end);
            (at, row) = (end, row + 1);
        }
        records
    }
}

impl Record<'_> {
    pub(in crate::source) fn place(&self, file: &Path) -> Place {
        Place { file: file.to_owned(), line: self.line, column: None }
    }

    /// How many lines it runs over.
    pub(in crate::source) fn lines(&self) -> u64 {
        lines(self.text, b'\n') + u64::from(!self.text.ends_with(b"\n"))
    }
}

/// How many line ends a text has.
pub(super) fn lines(text: &[u8], line_end: u8) -> u64 {
    memchr::memchr_iter(line_end, text).count() as u64
}
