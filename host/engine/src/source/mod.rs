//! What a job reads: CSV, NDJSON and Parquet files as one stream of Arrow batches in input order.
//!
//! A [`Scan`] is shared by workers that each ask for the next piece when they are free. Pieces are
//! handed out in input order and their rows carry their positions, so that order can be restored.

mod adapt;
mod bad_row;
mod bytes;
mod csv;
mod differ;
mod empty;
mod error;
mod files;
mod hive;
mod input;
mod ipc;
mod ndjson;
mod object;
mod parquet;
mod partitioned;
mod progress;
mod rejected;
mod reread;
mod text;
mod types;
mod union;
mod widen;
mod written;

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion_execution::memory_pool::MemoryPool;
use etl_pipeline::{SchemaMerge, Source as SourceSpec};
use futures::future::BoxFuture;

pub(crate) use bad_row::BadRow;
pub(crate) use error::{Place, SourceError};

pub(crate) use hive::NULL_PARTITION;
pub(crate) use input::InputFile;
pub(crate) use progress::ScanProgress;
pub(crate) use rejected::{open_rejected, values_reader};
pub(crate) use reread::{Mended, Reread};
pub(crate) use types::{data_type, type_name};
pub(crate) use written::{SCHEMA_FILE, open_written};

use crate::objects::Access;
use progress::Progress;

/// What a job reads, opened: files found, schema known.
pub(crate) trait Source: Send + Sync + fmt::Debug {
    /// The user's columns, in the canonical layout of `etl-data`.
    fn schema(&self) -> &SchemaRef;

    /// What is read, for `plan` and for the report.
    fn describe(&self) -> SourceInfo;

    /// Starts reading the columns at these indices (`None`: all), in batches of at most `batch_rows` rows.
    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError>;

    /// What reads these columns of rows whose text was mended; `None`: rows of this source are no text.
    fn reread(&self, _columns: &[usize]) -> MaybeReread {
        Ok(None)
    }
}

/// A reader of mended rows, where rows have a text.
pub(crate) type MaybeReread = Result<Option<Box<dyn Reread>>, SourceError>;

/// One reading of a source, shared by any number of workers.
pub(crate) trait Scan: Send + Sync + fmt::Debug {
    /// The next piece in input order, whichever worker asks; `None` at the end. A batch has the projected columns and then `etl_data::ROW_COLUMN`, the position of
    /// the row (file number × 2⁴⁰ + row within the file), which rises over all the pieces.
    ///
    /// The work is done while the future is polled, on the caller's thread.
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>>;

    /// Counts what it holds beside the piece that is read, where that depends on the files, against this memory. It is asked
    /// before the first piece.
    fn count_against(&self, _memory: &Arc<dyn MemoryPool>) {}

    /// The line of its file on which the row at this position begins, from 1, where the file has lines.
    fn line(&self, _position: u64) -> Option<u64> {
        None
    }

    /// How far reading has come.
    fn progress(&self) -> ScanProgress;
}

/// A piece of a source's rows, in order.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Those that can be read.
    pub(crate) batches: Vec<RecordBatch>,
    /// Those that can't, where the source passes over them.
    pub(crate) rejects: Vec<BadRow>,
}

impl Rows {
    /// How many can be read.
    pub(crate) fn count(&self) -> u64 {
        self.batches.iter().map(|batch| batch.num_rows() as u64).sum()
    }
}

/// What a source reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceInfo {
    /// `csv`, `ndjson`, `json`, `parquet` or `ipc`.
    pub(crate) kind: &'static str,
    /// The files, in reading order.
    pub(crate) files: Vec<InputFile>,
}

/// Finds the files of a source and learns their schema; `None`: it is another job's output.
pub(crate) fn open(source: &SourceSpec, access: &Access) -> Option<Result<Box<dyn Source>, SourceError>> {
    let (opened, partitions) = match source {
        SourceSpec::Csv(source) if source.schema_merge == SchemaMerge::Union => {
            (union(csv::CsvFiles::open_each(source, access)), &source.partitions)
        }
        SourceSpec::Csv(source) => (boxed(csv::CsvFiles::open(source, access)), &source.partitions),
        SourceSpec::Ndjson(source) => {
            (boxed(ndjson::NdjsonFiles::open(source, false, access)), &source.partitions)
        }
        SourceSpec::Json(source) => {
            (boxed(ndjson::NdjsonFiles::open(source, true, access)), &source.partitions)
        }
        SourceSpec::Parquet(source) if source.schema_merge == SchemaMerge::Union => {
            (union(parquet::ParquetFiles::open_each(&source.url, access)), &source.partitions)
        }
        SourceSpec::Parquet(source) => {
            (boxed(parquet::ParquetFiles::open(&source.url, access)), &source.partitions)
        }
        SourceSpec::Ipc(source) if source.schema_merge == SchemaMerge::Union => {
            (union(ipc::IpcFiles::open_each(&source.url, access)), &source.partitions)
        }
        SourceSpec::Ipc(source) => (boxed(ipc::IpcFiles::open(&source.url, access)), &source.partitions),
        SourceSpec::Job(_) => return None,
    };
    Some(opened.and_then(|source| match partitions {
        Some(partitions) => {
            let named = hive::Named::find(&source.describe().files, partitions)?;
            boxed(partitioned::Partitioned::new(source, named))
        }
        None => Ok(source),
    }))
}

/// Files, each opened on its own, as one source.
fn union<S: Source + 'static>(files: Result<Vec<S>, SourceError>) -> Result<Box<dyn Source>, SourceError> {
    let each = files?.into_iter().map(|file| Box::new(file) as Box<dyn Source>);
    boxed(union::Union::new(each.collect()))
}

fn boxed(source: Result<impl Source + 'static, SourceError>) -> Result<Box<dyn Source>, SourceError> {
    source.map(|source| Box::new(source) as Box<dyn Source>)
}

#[cfg(test)]
mod tests;
