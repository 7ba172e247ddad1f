//! What is read of files of text, and how.

use std::sync::Arc;

use arrow_schema::{ArrowError, SchemaRef};
use etl_pipeline::OnBadRows;

use super::Cutting;

/// What is read of a source's files: which of their columns, and how they are cut.
#[derive(Clone, Debug)]
pub(in crate::source) struct Reading {
    /// How the files are read and cut.
    pub(in crate::source) cutting: Cutting,
    /// What becomes of rows that can't be read.
    pub(in crate::source) on_bad_rows: OnBadRows,
    /// All columns of the files.
    pub(in crate::source) schema: SchemaRef,
    /// The indices of those that are read.
    pub(in crate::source) columns: Arc<[usize]>,
    /// Those that are read.
    pub(in crate::source) projected: SchemaRef,
}

impl Reading {
    /// All columns are read.
    pub(in crate::source) fn new(schema: SchemaRef, cutting: Cutting, on_bad_rows: OnBadRows) -> Self {
        let (columns, projected) = ((0..schema.fields().len()).collect(), Arc::clone(&schema));
        Self { cutting, on_bad_rows, schema, columns, projected }
    }

    /// Only the columns at these indices are read; `None`: all.
    pub(in crate::source) fn project(self, columns: Option<&[usize]>) -> Result<Self, ArrowError> {
        let Some(columns) = columns else { return Ok(self) };
        let projected = Arc::new(self.schema.project(columns)?);
        Ok(Self { columns: Arc::from(columns), projected, ..self })
    }
}
