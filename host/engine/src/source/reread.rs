//! Single rows that are read once more, from text that somebody has mended.

use std::collections::HashMap;

use super::{Place, Rows, SourceError, SourceInfo};

/// The text of a row that was rejected, as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Mended<'a> {
    pub(crate) text: &'a str,
    /// Where the text itself stands, which is what errors name.
    pub(crate) place: Place,
    /// The position that the row gets.
    pub(crate) position: u64,
    /// The file that the row was in, as it was named.
    pub(crate) file: Option<&'a str>,
}

/// Reads mended rows as a source reads its own.
pub(crate) trait Reread: Send + Sync + std::fmt::Debug {
    /// The rows of a text, mostly one: a lost quote can have made one record of several.
    fn read(&self, mended: &Mended<'_>) -> Result<Rows, SourceError>;
}

impl Mended<'_> {
    /// What can't be made of it.
    pub(crate) fn wrong(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Line { place: self.place.clone(), reason: reason.into() }
    }
}

/// The numbers of a source's files, by their names.
#[derive(Debug)]
pub(super) struct Numbers(HashMap<String, usize>);

impl Numbers {
    pub(super) fn of(source: &SourceInfo) -> Self {
        let names = source.files.iter().map(|file| file.path.display().to_string());
        Self(names.zip(0..).collect())
    }

    /// The file that a mended row was in, where the row can't be read without.
    pub(super) fn of_row(&self, mended: &Mended<'_>) -> Result<usize, SourceError> {
        let Some(file) = mended.file else {
            return Err(
                mended.wrong("no `file` says which file it was in, and files have columns of their own")
            );
        };
        let lost = || mended.wrong(format!("its file {file:?} is none of the source's any more"));
        self.0.get(file).copied().ok_or_else(lost)
    }
}
