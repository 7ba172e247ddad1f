//! Rows in the host.

use std::rc::Rc;

use crate::backend::{RawBatch, narrow, narrow_all};
use crate::{Column, Mask, Result, Schema};

/// Immutable rows that stay in the host: this is a handle, and every operation returns a new one.
/// Columns that nobody reads are never copied.
pub struct Batch {
    pub(crate) raw: RawBatch,
    /// What `bind` was told, where it still holds: spares asking the host for types.
    schema: Option<Rc<Schema>>,
}

impl Batch {
    pub(crate) fn new(raw: RawBatch, schema: Option<Rc<Schema>>) -> Self {
        Self { raw, schema }
    }

    /// A batch of new columns.
    pub fn from_columns(columns: &[(&str, &Column)]) -> Result<Self> {
        let (names, columns) = names_of(columns);
        RawBatch::from_columns(&names, &columns).map(Self::derived)
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.raw.rows()
    }

    /// The columns' names and types, asked of the host.
    pub fn schema(&self) -> Result<Schema> {
        self.raw.schema()
    }

    /// Position of the first row in the stage's whole input. The host knows it in `process` of a
    /// single or two-pass stage.
    pub fn first_row(&self) -> Option<u64> {
        self.raw.first_row()
    }

    /// The column at this position.
    pub fn column(&self, index: usize) -> Result<Column> {
        let format =
            self.schema.as_ref().and_then(|schema| schema.fields().get(index)).map(|field| &field.format);
        Ok(Column::new(self.raw.get(narrow(index))?, format.cloned()))
    }

    /// Replaces the column of this name, or adds it at the end.
    pub fn with(&self, name: &str, column: &Column) -> Result<Self> {
        self.with_columns(&[(name, column)])
    }

    /// Replaces the columns of these names, and adds those that are new.
    pub fn with_columns(&self, columns: &[(&str, &Column)]) -> Result<Self> {
        let (names, columns) = names_of(columns);
        self.raw.with_columns(&names, &columns).map(Self::derived)
    }

    /// These columns, in this order.
    pub fn project(&self, columns: &[usize]) -> Result<Self> {
        self.raw.project(&narrow_all(columns)).map(Self::derived)
    }

    /// The same columns under new names.
    pub fn rename(&self, names: &[String]) -> Result<Self> {
        self.raw.rename(names).map(Self::derived)
    }

    /// Rows `offset` to `offset + rows`.
    pub fn slice(&self, offset: usize, rows: usize) -> Result<Self> {
        self.raw.slice(offset, rows).map(|raw| self.alike(raw))
    }

    /// Keeps the rows whose bit is set; the batch itself if that is all of them.
    pub fn filter(self, keep: &Mask) -> Result<Self> {
        if keep.is_all() { Ok(self) } else { self.raw.filter(keep.bytes()).map(|raw| self.alike(raw)) }
    }

    /// Row k of the result is row `rows[k]`.
    pub fn take(&self, rows: &[u32]) -> Result<Self> {
        self.raw.take(rows).map(|raw| self.alike(raw))
    }

    /// Row k of the result is row `rows[k]` of batch `sources[batches[k]]`. All must have the same
    /// columns.
    pub fn gather(sources: &[&Self], batches: &[u32], rows: &[u32]) -> Result<Self> {
        let raw = sources.iter().map(|source| &source.raw).collect::<Vec<_>>();
        let schema = sources.first().and_then(|source| source.schema.clone());
        Ok(Self::new(RawBatch::gather(&raw, batches, rows)?, schema))
    }

    fn derived(raw: RawBatch) -> Self {
        Self::new(raw, None)
    }

    fn alike(&self, raw: RawBatch) -> Self {
        Self::new(raw, self.schema.clone())
    }
}

fn names_of<'a>(columns: &[(&str, &'a Column)]) -> (Vec<String>, Vec<&'a crate::backend::RawColumn>) {
    columns.iter().map(|(name, column)| ((*name).to_owned(), column.raw())).unzip()
}
