//! One file of an output, whatever its format.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use etl_pipeline::{Sink, SinkFormat, TextCompression};

use super::{SinkError, ipc_file::IpcFile, parquet_file::ParquetFile, text_file};

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
    pub(super) fn create(&self, folder: &Path, number: usize) -> Result<Box<dyn FileWriter>, SinkError> {
        let path = folder.join(format!("part-{number:05}.{}", extension(&self.format)));
        let file = OutFile::create(path, self.many)?;
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

/// The bytes of a file.
#[derive(Debug)]
pub(super) struct OutFile {
    path: PathBuf,
    /// `None`: opened for each write.
    file: Option<File>,
}

impl OutFile {
    fn create(path: PathBuf, many: bool) -> Result<Self, SinkError> {
        let file = File::create(&path).map_err(|error| SinkError::io(&path, error))?;
        Ok(Self { path, file: (!many).then_some(file) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has the file on disk; returns its size.
    pub(super) fn sync(self) -> Result<u64, SinkError> {
        let synced = || {
            let file = match self.file {
                Some(file) => file,
                None => File::open(&self.path)?,
            };
            file.sync_all()?;
            Ok(file.metadata()?.len())
        };
        let path = self.path.clone();
        synced().map_err(|error| SinkError::io(&path, error))
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => OpenOptions::new().append(true).open(&self.path)?.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
