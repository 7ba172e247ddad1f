//! What a job writes: folders of files that are seen whole or not at all, and whose bytes depend on the
//! rows alone.

mod check;
mod encoder;
mod error;
mod file;
mod folder;
mod ipc_file;
mod normal;
mod objects;
mod out_file;
mod parquet;
mod parquet_file;
mod parts;
mod read_back;
mod target;
mod text_file;

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::SchemaRef;
use arrow_select::coalesce::BatchCoalescer;
use etl_pipeline::Sink;

pub(crate) use check::check;
pub(crate) use error::SinkError;
pub(crate) use read_back::read_schema;

use encoder::Encoder;
use file::Files;
use parts::Router;
use target::Target;

use crate::objects::Access;

/// How many rows are encoded at a time. It must be the same whatever the batches that come in: where
/// a page ends depends on it.
const CHUNK_ROWS: usize = 16_384;

/// The most folders that an output may have.
const MOST_FOLDERS: usize = 10_000;

/// One folder being written, unseen. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Output {
    schema: SchemaRef,
    /// The schema of files.
    in_files: SchemaRef,
    files: Files,
    rows_per_file: u64,
    router: Option<Router>,
    parts: Vec<Part>,
    rows: u64,
    // Dropped in this order: the encoder's thread ends before its files go.
    encoder: Encoder,
    target: Target,
}

/// The files of one folder, one after the other.
#[derive(Debug)]
struct Part {
    /// Its path in the output; "" for the output itself.
    folder: String,
    chunks: BatchCoalescer,
    /// Rows of the last file.
    rows: u64,
    /// Files that were begun.
    files: usize,
    open: bool,
}

impl Output {
    /// Begins to write rows of `schema` for the folder of `sink`, which may exist if it holds an earlier
    /// output. Columns are encoded by `threads` threads where the format allows for it.
    pub(crate) fn create(
        sink: &Sink,
        run_id: &str,
        schema: &SchemaRef,
        threads: usize,
        access: &Access,
    ) -> Result<Self, SinkError> {
        let target = Target::create(sink, run_id, access)?;
        let schema = etl_data::canonical_schema(schema);
        let router = (!sink.partition_by.is_empty()).then(|| Router::new(&schema, &names(sink)));
        let in_files = match &router {
            Some(router) => Arc::new(schema.project(router.others())?),
            None => Arc::clone(&schema),
        };
        if let Some(file) = read_back::schema_file(sink, &schema)? {
            target.describe(file)?;
        }
        let mut output = Self {
            files: Files::new(sink, &in_files, threads),
            rows_per_file: sink.rows_per_file.unwrap_or(u64::MAX),
            parts: Vec::new(),
            rows: 0,
            encoder: Encoder::start(target.path())?,
            schema,
            in_files,
            router,
            target,
        };
        if output.router.is_none() {
            // Written even without rows, and begun now: what can't be encoded is known before anything is read.
            output.add_part(String::new())?;
            output.open_file(0)?;
        }
        Ok(output)
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
        let Some(router) = &mut self.router else { return self.push(0, &batch) };
        for routed in router.split(&batch)? {
            if let Some(folder) = routed.folder {
                self.add_part(folder)?;
            }
            self.push(routed.part, &routed.rows)?;
        }
        Ok(())
    }

    fn add_part(&mut self, folder: String) -> Result<(), SinkError> {
        if self.parts.len() == MOST_FOLDERS {
            let path = self.target.place().to_owned();
            return Err(SinkError::TooManyFolders { path, most: MOST_FOLDERS, example: folder });
        }
        let chunks = BatchCoalescer::new(Arc::clone(&self.in_files), CHUNK_ROWS);
        self.parts.push(Part { folder, chunks, rows: 0, files: 0, open: false });
        Ok(())
    }

    fn push(&mut self, part: usize, batch: &RecordBatch) -> Result<(), SinkError> {
        let mut start = 0;
        while start < batch.num_rows() {
            let state = &mut self.parts[part];
            let room = usize::try_from(self.rows_per_file - state.rows).unwrap_or(usize::MAX);
            let rows = room.min(batch.num_rows() - start);
            state.chunks.push_batch(batch.slice(start, rows))?;
            state.rows += rows as u64;
            start += rows;
            if state.rows == self.rows_per_file {
                self.end_file(part)?;
            }
        }
        self.encode_chunks(part)
    }

    fn encode_chunks(&mut self, part: usize) -> Result<(), SinkError> {
        while let Some(chunk) = self.parts[part].chunks.next_completed_batch() {
            if !self.parts[part].open {
                self.open_file(part)?;
            }
            self.encoder.encode(part, chunk)?;
        }
        Ok(())
    }

    fn open_file(&mut self, part: usize) -> Result<(), SinkError> {
        let state = &mut self.parts[part];
        let file = self.files.create(&self.target, &state.folder, state.files)?;
        state.files += 1;
        state.open = true;
        self.encoder.open(part, file)
    }

    fn end_file(&mut self, part: usize) -> Result<(), SinkError> {
        self.parts[part].chunks.finish_buffered_batch()?;
        self.encode_chunks(part)?;
        let state = &mut self.parts[part];
        state.rows = 0;
        if std::mem::take(&mut state.open) { self.encoder.close(part) } else { Ok(()) }
    }

    /// Writes what is left. The folder is complete then, on disk, and still hidden.
    pub(crate) fn finish(mut self) -> Result<Staged, SinkError> {
        for part in 0..self.parts.len() {
            self.end_file(part)?;
        }
        let bytes = self.encoder.finish()?;
        let files = self.parts.iter().map(|part| part.files).sum();
        Ok(Staged { target: self.target, info: OutputInfo { files, rows: self.rows, bytes } })
    }
}

/// The columns that folders are named by.
fn names(sink: &Sink) -> Vec<&str> {
    sink.partition_by.iter().map(|column| column.as_str()).collect()
}

/// A complete folder that is not seen yet. Dropping it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Staged {
    target: Target,
    info: OutputInfo,
}

impl Staged {
    /// Puts the folder into its place, in one step where the system can; what was there before is deleted.
    pub(crate) fn commit(self) -> Result<OutputInfo, SinkError> {
        self.target.commit()?;
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
