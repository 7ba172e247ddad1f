//! Rows that come in at one point of a job.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arrow_select::concat::concat_batches;
use futures::future::{BoxFuture, FutureExt};

use super::table::{Cell, Cells, Left, Table};
use crate::source::{Mended, Reread, Rows, Scan, ScanProgress, SourceError};

/// Where rows come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// Before the contract of the source, or of the stage before this one.
    Contract(usize),
    /// Behind that, before this stage.
    Stage(usize),
}

impl Point {
    /// The stage that comes next.
    pub(crate) fn stage(self) -> usize {
        match self {
            Self::Contract(stage) | Self::Stage(stage) => stage,
        }
    }
}

/// A point with those that read the rows.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) point: Point,
    pub(super) left: BTreeSet<Left>,
    /// Of rows that the source could not read; there is one where there are such rows.
    pub(super) text: Option<Box<dyn Reread>>,
    /// Of rows that had values.
    pub(super) values: Box<dyn Reread>,
}

/// One reading of the rows that come in at a point.
#[derive(Debug)]
pub(super) struct EntryScan {
    pub(super) table: Table,
    pub(super) job: String,
    pub(super) entry: Arc<Entry>,
    /// Of all points together.
    pub(super) rows: Arc<AtomicU64>,
}

impl EntryScan {
    fn enter(&self, cells: &Cells, all: &mut Rows) -> Result<(), SourceError> {
        let mut batches = Vec::new();
        for row in 0..cells.rows() {
            let here = cells.left(row).is_some_and(|left| self.entry.left.contains(&left));
            if !here || cells.get(Cell::Job, row) != Some(&self.job) {
                continue;
            }
            let mended = |text| Mended {
                text,
                place: self.table.place(cells.position(row)),
                position: cells.position(row),
                file: cells.get(Cell::File, row),
            };
            // Values that somebody has written win: the text is what could not be read.
            let Rows { batches: mut read, mut rejects } =
                match (cells.get(Cell::Values, row), cells.get(Cell::Text, row), &self.entry.text) {
                    (Some(values), ..) => self.entry.values.read(&mended(values))?,
                    (None, Some(text), Some(reader)) => reader.read(&mended(text))?,
                    _ => return Err(mended("").wrong("it has neither `values` nor `text`")),
                };
            batches.append(&mut read);
            all.rejects.append(&mut rejects);
        }
        if let Some(first) = batches.first() {
            all.batches.push(concat_batches(first.schema_ref(), &batches)?);
        }
        Ok(())
    }
}

impl Scan for EntryScan {
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async {
            let Some(table) = self.table.next().await? else { return Ok(None) };
            let mut all = Rows::default();
            for cells in &table {
                self.enter(cells, &mut all)?;
            }
            self.rows.fetch_add(all.count(), Relaxed);
            Ok(Some(all))
        }
        .boxed()
    }

    fn line(&self, position: u64) -> Option<u64> {
        self.table.scan().line(position)
    }

    fn progress(&self) -> ScanProgress {
        ScanProgress { rows: self.rows.load(Relaxed), ..self.table.scan().progress() }
    }
}
