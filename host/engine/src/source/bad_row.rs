//! Rows that can't be read, where a source passes over them.

use super::{Place, SourceError};
use crate::position;

/// How much of a record is kept: enough to mend it by hand, whatever a lost quote has swallowed.
const LONGEST_TEXT: usize = 64 << 10;

/// A row that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    /// The row's position: its number is used up, so that all other rows have theirs in any case.
    pub(crate) position: u64,
    /// Where in the file.
    pub(crate) place: Place,
    /// The reason as a word that stays the same from version to version, such as `field-count`.
    pub(crate) code: &'static str,
    /// The reason as a sentence, without the place.
    pub(crate) message: String,
    /// The record as it stands in the file, up to 64 KiB of it; what is not UTF-8 is replaced.
    pub(crate) text: String,
}

impl BadRow {
    /// The row `row` of the file number `file`, whose record is `record`, without that which ends it.
    pub(super) fn new(file: usize, row: u64, place: Place, error: &SourceError, record: &[u8]) -> Self {
        let message = error.to_string();
        let message = message.strip_prefix(&format!("{place}: ")).unwrap_or(&message).to_owned();
        let kept = &record[..record.len().min(LONGEST_TEXT)];
        let text = String::from_utf8_lossy(kept).into_owned();
        Self { position: position::of(file, row), place, code: error.code(), message, text }
    }
}
