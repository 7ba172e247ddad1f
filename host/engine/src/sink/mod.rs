//! What a job writes: folders of Parquet files that are seen whole or not at all, and whose bytes
//! depend on the rows alone.

mod encode;
mod error;
mod folder;
mod parquet;

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::{Schema, SchemaRef};
use arrow_select::coalesce::BatchCoalescer;
use etl_pipeline::Compression;

pub(crate) use error::SinkError;

use encode::Encoder;
use folder::Staging;

/// How many rows are encoded at a time. It must be the same whatever the batches that come in: where
/// a page ends depends on it.
const CHUNK_ROWS: usize = 16_384;

const FILE_NAME: &str = "part-00000.parquet";

/// The schema with which rows of `schema` are read back.
pub(crate) fn read_schema(schema: &Schema) -> SchemaRef {
    etl_data::canonical_schema(&parquet::stored_schema(schema))
}

/// One folder being written, in a hidden folder beside it. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Output {
    schema: SchemaRef,
    chunks: BatchCoalescer,
    rows: u64,
    // Dropped in this order: the encoder's threads end before their file goes.
    encoder: Encoder,
    staging: Staging,
}

impl Output {
    /// Begins to write rows of `schema` for the folder `url`, which may exist if it holds an earlier
    /// output. Columns are encoded by `threads` threads beside the caller's.
    pub(crate) fn create(
        url: &str,
        run_id: &str,
        schema: &SchemaRef,
        compression: Compression,
        threads: usize,
    ) -> Result<Self, SinkError> {
        let staging = Staging::create(url, run_id)?;
        let encoder = Encoder::start(staging.path().join(FILE_NAME), schema, compression, threads)?;
        let schema = etl_data::canonical_schema(schema);
        let chunks = BatchCoalescer::new(Arc::clone(&schema), CHUNK_ROWS);
        Ok(Self { schema, chunks, rows: 0, encoder, staging })
    }

    /// Appends rows. Columns beyond the schema's, such as the rows' positions, are left out. Waits
    /// while the encoder is behind.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        self.rows += batch.num_rows() as u64;
        let columns = batch.columns().iter().zip(self.schema.fields()).map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                cast(column, field.data_type())
            }
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        self.chunks.push_batch(batch)?;
        self.encode_chunks()
    }

    fn encode_chunks(&mut self) -> Result<(), SinkError> {
        while let Some(chunk) = self.chunks.next_completed_batch() {
            self.encoder.encode(chunk)?;
        }
        Ok(())
    }

    /// Writes what is left. The folder is complete then, on disk, and still hidden.
    pub(crate) fn finish(mut self) -> Result<Staged, SinkError> {
        self.chunks.finish_buffered_batch()?;
        self.encode_chunks()?;
        let bytes = self.encoder.finish()?;
        Ok(Staged { staging: self.staging, info: OutputInfo { files: 1, rows: self.rows, bytes } })
    }
}

/// A complete folder that is not seen yet. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Staged {
    staging: Staging,
    info: OutputInfo,
}

impl Staged {
    /// Puts the folder into its place, in one step where the system can; what was there before is deleted.
    pub(crate) fn commit(self) -> Result<OutputInfo, SinkError> {
        self.staging.commit()?;
        Ok(self.info)
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputInfo {
    /// Number of files.
    pub(crate) files: usize,
    /// Rows in them.
    pub(crate) rows: u64,
    /// Size of them.
    pub(crate) bytes: u64,
}

#[cfg(test)]
mod tests;
