//! Text files as pieces of whole records, cut in order by whichever worker is free.

mod cut;
mod scan;

use std::{fmt, path::Path};

use arrow_array::RecordBatch;

pub(in crate::source) use cut::{Cutter, Piece, read_records};
pub(in crate::source) use scan::TextScan;

use crate::source::SourceError;

/// Finds where records end. It keeps its state between calls, so that each byte is looked at once.
pub(in crate::source) trait Splitter: Clone + Send + fmt::Debug {
    /// The end of the record that begins at `record`, searched for from `at` on; `None`: not in this buffer.
    fn next_end(&mut self, buffer: &[u8], record: usize, at: usize) -> Option<usize>;

    /// What the bytes after the last record are, once the file has ended.
    fn tail(&self) -> Tail;
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

    /// Whether the first record of a file is no row.
    fn header(&self) -> bool;

    /// The rows of a piece, in batches of at most `batch_rows`, without their positions.
    fn decode(&self, file: &Path, piece: &Piece, batch_rows: usize) -> Result<Vec<RecordBatch>, SourceError>;
}
