//! On which line of its file a row begins, which is asked of few of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Piece, Splitter};
use crate::position;

/// So many places are kept of rows that do not begin on the line behind the row before: 16 bytes each, and the tree.
const MOST: usize = 1 << 18;

/// The lines of all rows that were cut. Most rows are a line each, so that of a piece the first row's tells all.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By position; those of rows between two of them follow. `None`: from there on nothing is known.
    known: Mutex<BTreeMap<u64, Option<u64>>>,
}

impl Lines {
    pub(super) fn add<S: Splitter>(&self, piece: &Piece, splitter: &S) {
        let starts = starts(piece, splitter);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + starts.len() > MOST {
            known.insert(position::of(piece.file, piece.first_row), None);
            return;
        }
        known.extend(starts.into_iter().map(|(row, line)| (position::of(piece.file, row), Some(line))));
    }

    /// The line of the row at this position, from 1, where it is known.
    pub(super) fn line(&self, position: u64) -> Option<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, line) = known.range(..=position).next_back()?;
        let line = line.filter(|_| position::file_of(*from) == position::file_of(position));
        line.map(|line| line + (position - from))
    }
}

/// The first row with its line, and each that is not on the line behind the row before.
fn starts<S: Splitter>(piece: &Piece, splitter: &S) -> Vec<(u64, u64)> {
    let text = piece.text();
    let lines = piece.lines + u64::from(!text.ends_with(&[piece.line_end]));
    if lines == piece.rows as u64 && piece.damaged.is_empty() {
        return vec![(piece.first_row, piece.line)];
    }
    let mut starts: Vec<(u64, u64)> = Vec::new();
    for record in piece.records(splitter) {
        let follows = starts.last().is_some_and(|(row, line)| record.line - line == record.row - row);
        if !follows {
            starts.push((record.row, record.line));
        }
    }
    starts
}
