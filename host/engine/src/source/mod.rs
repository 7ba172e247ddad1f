//! What a job reads: CSV, NDJSON and Parquet files as one stream of Arrow batches in input order.
//!
//! A [`Scan`] is shared by workers that each ask for the next piece when they are free. Pieces are
//! handed out in input order and their rows carry their positions, so that order can be restored.

mod bad_row;
mod bytes;
mod csv;
mod differ;
mod error;
mod files;
mod ipc;
mod ndjson;
mod parquet;
mod progress;
mod text;
mod types;

use std::fmt;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::future::BoxFuture;

pub(crate) use bad_row::BadRow;
pub(crate) use error::{Place, SourceError};
pub(crate) use files::InputFile;
pub(crate) use progress::ScanProgress;
pub(crate) use types::{data_type, type_name};

use progress::Progress;

/// What a job reads, opened: files found, schema known.
pub(crate) trait Source: Send + Sync + fmt::Debug {
    /// The user's columns, in the canonical layout of `etl-data`.
    fn schema(&self) -> &SchemaRef;

    /// What is read, for `plan` and for the report.
    fn describe(&self) -> SourceInfo;

    /// Starts reading the columns at these indices (`None`: all), in batches of at most `batch_rows` rows.
    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError>;
}

/// One reading of a source, shared by any number of workers.
pub(crate) trait Scan: Send + Sync + fmt::Debug {
    /// The next piece in input order, whichever worker asks; `None` at the end. A batch has the projected columns and then `etl_data::ROW_COLUMN`, the position of
    /// the row (file number × 2⁴⁰ + row within the file), which rises over all the pieces.
    ///
    /// The work is done while the future is polled, on the caller's thread.
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>>;

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

/// Finds the files of a source and learns their schema.
pub(crate) fn open_csv(source: &etl_pipeline::CsvSource) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(csv::CsvFiles::open(source)?))
}

/// Finds the files of a source and learns their schema.
pub(crate) fn open_ndjson(source: &etl_pipeline::JsonSource) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(ndjson::NdjsonFiles::open(source, false)?))
}

/// Finds the files of a source and learns their schema.
pub(crate) fn open_json(source: &etl_pipeline::JsonSource) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(ndjson::NdjsonFiles::open(source, true)?))
}

/// Finds the files of a source and reads their schemas.
pub(crate) fn open_ipc(url: &str) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(ipc::IpcFiles::open(url)?))
}

/// Finds the files of a source and reads their schemas: of a `source.parquet`, or of the folder that
/// another job wrote.
pub(crate) fn open_parquet(url: &str) -> Result<Box<dyn Source>, SourceError> {
    Ok(Box::new(parquet::ParquetFiles::open(url)?))
}

#[cfg(test)]
mod tests;
