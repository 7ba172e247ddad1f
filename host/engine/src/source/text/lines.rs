//! On which line of its file a row begins, which is asked of few of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Piece, Splitter};
use crate::position;

/// So many places are kept of rows that do not begin on the line behind the row before: 16 bytes each, and the tree.
const MOST: usize = 1 << 18;

/// A row, and those up to the next that is known.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// The line of the first of them, from 1.
    line: u64,
    /// How many lines each of them is.
    step: u64,
}

/// The lines of all rows that were cut. Most rows are a line each, so that of a piece the first row's tells all.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By position. `None`: from there on nothing is known.
    known: Mutex<BTreeMap<u64, Option<Start>>>,
}

impl Lines {
    pub(super) fn add<S: Splitter>(&self, piece: &Piece, splitter: &S) {
        let starts = starts(piece, splitter);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + starts.len() > MOST {
            known.insert(position::of(piece.file, piece.first_row), None);
            return;
        }
        known.extend(starts.into_iter().map(|(row, start)| (position::of(piece.file, row), Some(start))));
    }

    /// The line of the row at this position, from 1, where it is known.
    pub(super) fn line(&self, position: u64) -> Option<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, start) = known.range(..=position).next_back()?;
        let start = start.filter(|_| position::file_of(*from) == position::file_of(position))?;
        Some(start.line + start.step * (position - from))
    }
}

/// The first row with its line, and each that is not on the line behind the row before.
fn starts<S: Splitter>(piece: &Piece, splitter: &S) -> Vec<(u64, Start)> {
    let text = piece.text();
    let ends = piece.lines;
    let all = |step| vec![(piece.first_row, Start { line: piece.line, step })];
    if ends == 0 {
        return all(0);
    }
    let lines = ends + u64::from(!text.ends_with(&[piece.line_end]));
    let ends_lines = splitter.terminator() == piece.line_end;
    if ends_lines && lines == piece.rows as u64 && piece.damaged.is_empty() {
        return all(1);
    }
    let mut starts: Vec<(u64, Start)> = Vec::new();
    for record in piece.records(splitter) {
        let follows = starts.last().is_some_and(|(row, start)| record.line - start.line == record.row - row);
        if !follows {
            starts.push((record.row, Start { line: record.line, step: 1 }));
        }
    }
    starts
}
