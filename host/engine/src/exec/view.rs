//! Some columns of a stream in places of their own; the others are nulls, which take no memory.

use std::sync::Arc;

use arrow_array::{ArrayRef, NullArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use datafusion_common::Result;

use crate::worker::physical;

/// How rows of one schema look in another.
#[derive(Debug)]
pub(crate) struct View {
    /// Per column, its index in the rows that are looked at.
    places: Vec<Option<usize>>,
    /// The columns, and the positions.
    schema: SchemaRef,
}

impl View {
    /// Rows of `schema`, of whose columns those that have a place are there.
    pub(crate) fn new(schema: &Schema, places: Vec<Option<usize>>) -> Self {
        let there = places.iter().map(Option::is_some).collect::<Vec<_>>();
        Self { schema: physical(schema, &there), places }
    }

    /// The same rows, positions included.
    pub(crate) fn of(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let nulls: ArrayRef = Arc::new(NullArray::new(rows));
        let column = |place: &Option<usize>| {
            place.map_or_else(|| Arc::clone(&nulls), |place| Arc::clone(batch.column(place)))
        };
        let mut columns = self.places.iter().map(column).collect::<Vec<_>>();
        columns.extend(batch.columns().last().cloned());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
