//! Chunks of rows as files of text, CSV and NDJSON.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use arrow_array::RecordBatch;
use arrow_csv::QuoteStyle;
use arrow_json::writer::LineDelimited;
use arrow_schema::SchemaRef;
use etl_pipeline::{CsvSink, TextCompression};
use flate2::write::GzEncoder;

use super::{SinkError, file::FileWriter, out_file::OutFile};

/// How much text is written at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// Begins a CSV file, with its header.
pub(super) fn csv(
    file: OutFile,
    schema: &SchemaRef,
    csv: &CsvSink,
) -> Result<Box<dyn FileWriter>, SinkError> {
    let path = file.path().to_owned();
    let compressed = Compressed::new(file, csv.compression)?;
    let mut writer = arrow_csv::WriterBuilder::new()
        .with_header(csv.header)
        .with_delimiter(csv.delimiter)
        .with_quote(csv.quote)
        .with_quote_style(QuoteStyle::Necessary)
        .with_null(csv.null.clone())
        .build(compressed);
    // Files without rows have their header as well.
    let none = RecordBatch::new_empty(SchemaRef::clone(schema));
    writer.write(&none).map_err(|error| SinkError::arrow(&path, error))?;
    Ok(Box::new(CsvFile { path, writer }))
}

struct CsvFile {
    path: PathBuf,
    writer: arrow_csv::Writer<Compressed>,
}

impl FileWriter for CsvFile {
    fn write(&mut self, chunk: &RecordBatch) -> Result<(), SinkError> {
        self.writer.write(chunk).map_err(|error| SinkError::arrow(&self.path, error))
    }

    fn finish(self: Box<Self>) -> Result<u64, SinkError> {
        self.writer.into_inner().finish(&self.path)
    }
}

/// Begins an NDJSON file. Nulls are written, so that every line shows all columns.
pub(super) fn ndjson(file: OutFile, compression: TextCompression) -> Result<Box<dyn FileWriter>, SinkError> {
    let path = file.path().to_owned();
    let writer = arrow_json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, LineDelimited>(Compressed::new(file, compression)?);
    Ok(Box::new(NdjsonFile { path, writer }))
}

struct NdjsonFile {
    path: PathBuf,
    writer: arrow_json::Writer<Compressed, LineDelimited>,
}

impl FileWriter for NdjsonFile {
    fn write(&mut self, chunk: &RecordBatch) -> Result<(), SinkError> {
        self.writer.write(chunk).map_err(|error| SinkError::arrow(&self.path, error))
    }

    fn finish(mut self: Box<Self>) -> Result<u64, SinkError> {
        self.writer.finish().map_err(|error| SinkError::arrow(&self.path, error))?;
        self.writer.into_inner().finish(&self.path)
    }
}

/// A file whose bytes are compressed. Levels are the libraries' own, and nothing of the time or the machine gets in.
enum Compressed {
    Plain(BufWriter<OutFile>),
    Gzip(Box<GzEncoder<BufWriter<OutFile>>>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<OutFile>>>),
}

impl Compressed {
    fn new(file: OutFile, compression: TextCompression) -> Result<Self, SinkError> {
        let path = file.path().to_owned();
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(match compression {
            TextCompression::None => Self::Plain(file),
            TextCompression::Gzip => {
                Self::Gzip(Box::new(GzEncoder::new(file, flate2::Compression::default())))
            }
            TextCompression::Zstd => {
                let encoder = zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL);
                Self::Zstd(Box::new(encoder.map_err(|error| SinkError::io(&path, error))?))
            }
        })
    }

    fn finish(self, path: &Path) -> Result<u64, SinkError> {
        let file = match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        };
        let file = file.and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        file.map_err(|error| SinkError::io(path, error))?.sync()
    }
}

impl Write for Compressed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    /// Writers of text flush after every chunk, which would end a block of what is compressed.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
