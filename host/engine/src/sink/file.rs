//! One file of an output, whatever its format.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use etl_pipeline::{Sink, SinkFormat, TextCompression};

use super::{SinkError, ipc_file::IpcFile, parquet_file::ParquetFile, target::Target, text_file};

/// A file being written, a chunk of rows at a time.
pub(super) trait FileWriter: Send {
    fn write(&mut self, chunk: &RecordBatch) -> Result<(), SinkError>;

    /// Ends the file, and has it on disk; returns its size.
    fn finish(self: Box<Self>) -> Result<u64, SinkError>;
}

/// What files of an output are made of.
#[derive(Debug)]
pub(super) struct Files {
    format: SinkFormat,
    schema: SchemaRef,
    threads: usize,
    /// Files are closed between two writes: there may be more of them than can be open at a time.
    many: bool,
}

impl Files {
    /// Files of rows of `schema`, whose columns are encoded by `threads` threads where that can be.
    pub(super) fn new(sink: &Sink, schema: &SchemaRef, threads: usize) -> Self {
        let many = !sink.partition_by.is_empty();
        Self { format: sink.format.clone(), schema: Arc::clone(schema), threads, many }
    }

    /// Begins the file number `number` of a folder.
    pub(super) fn create(
        &self,
        target: &Target,
        folder: &str,
        number: usize,
    ) -> Result<Box<dyn FileWriter>, SinkError> {
        let file = target.file(folder, number, extension(&self.format), self.many)?;
        Ok(match &self.format {
            SinkFormat::Parquet(compression) => {
                Box::new(ParquetFile::create(file, &self.schema, *compression, self.threads)?)
            }
            SinkFormat::Csv(csv) => text_file::csv(file, &self.schema, csv)?,
            SinkFormat::Ndjson(compression) => text_file::ndjson(file, *compression)?,
            SinkFormat::Ipc(compression) => Box::new(IpcFile::create(file, &self.schema, *compression)?),
        })
    }
}

fn extension(format: &SinkFormat) -> &'static str {
    let text = |plain, gzip, zstd, compression: &TextCompression| match compression {
        TextCompression::None => plain,
        TextCompression::Gzip => gzip,
        TextCompression::Zstd => zstd,
    };
    match format {
        SinkFormat::Parquet(_) => "parquet",
        SinkFormat::Csv(csv) => text("csv", "csv.gz", "csv.zst", &csv.compression),
        SinkFormat::Ndjson(compression) => text("ndjson", "ndjson.gz", "ndjson.zst", compression),
        SinkFormat::Ipc(_) => "arrow",
    }
}

/// `part-00000.parquet`, and the same of any other format.
pub(super) fn is_part_name(name: &str) -> bool {
    let Some((number, extension)) = name.strip_prefix("part-").and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let extensions = ["parquet", "csv", "csv.gz", "csv.zst", "ndjson", "ndjson.gz", "ndjson.zst", "arrow"];
    number.len() >= 5 && number.bytes().all(|byte| byte.is_ascii_digit()) && extensions.contains(&extension)
}
