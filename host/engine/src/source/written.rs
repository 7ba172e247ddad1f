//! What another job wrote, as a source: with the types that it had, whatever its files can tell.

use std::{
    fs::File,
    io::{BufReader, Cursor},
    path::Path,
    sync::Arc,
};

use arrow_ipc::reader::StreamReader;
use arrow_schema::{Fields, Schema, SchemaRef};
use etl_pipeline::{
    CsvSink, CsvSource, EncodingName, JsonSource, Located, OnBadRows, Ragged, SchemaMerge, Sink, SinkFormat,
};

use super::{
    Source, SourceError, csv::CsvFiles, empty::Empty, files, hive::Named, ipc::IpcFiles, ndjson::NdjsonFiles,
    parquet::ParquetFiles, partitioned::Partitioned,
};
use crate::objects::Access;

/// Beside files that don't tell their columns' types: an Arrow IPC stream without rows. Readers of folders
/// pass over names that begin like this.
pub(crate) const SCHEMA_FILE: &str = "_schema.arrows";

/// Opens the folder that a job has written to `sink`.
pub(crate) fn open_written(sink: &Sink, access: &Access) -> Result<Box<dyn Source>, SourceError> {
    let url = sink.url.as_str();
    match (&sink.format, sink.partition_by.is_empty()) {
        (SinkFormat::Parquet(_), true) => return Ok(Box::new(ParquetFiles::open(url, access)?)),
        (SinkFormat::Ipc(_), true) => return Ok(Box::new(IpcFiles::open(url, access)?)),
        _ => {}
    }
    let schema = read_schema(url, access)?;
    let columns = schema.fields().len() - sink.partition_by.len().min(schema.fields().len());
    let (in_files, named) = schema.fields().split_at(columns);
    let in_files: SchemaRef = Arc::new(Schema::new(Fields::from(in_files)));
    let found = match &sink.format {
        SinkFormat::Parquet(_) => {
            ParquetFiles::open(url, access).map(|files| Box::new(files) as Box<dyn Source>)
        }
        SinkFormat::Ipc(_) => IpcFiles::open(url, access).map(|files| Box::new(files) as Box<dyn Source>),
        SinkFormat::Csv(csv) => CsvFiles::of_schema(&csv_source(&sink.url, csv), &in_files, access)
            .map(|files| Box::new(files) as Box<dyn Source>),
        SinkFormat::Ndjson(_) => NdjsonFiles::of_schema(&json_source(&sink.url), &in_files, access)
            .map(|files| Box::new(files) as Box<dyn Source>),
    };
    let inner = match found {
        // Without rows there are no folders.
        Err(SourceError::NoInput { .. }) => return Ok(Box::new(Empty::new(sink.kind(), schema))),
        found => found?,
    };
    if named.is_empty() {
        return Ok(inner);
    }
    let named = Named::read(&inner.describe().files, Fields::from(named))?;
    Ok(Box::new(Partitioned::new(inner, named)?))
}

/// CSV as a job writes it, at `url`. Without a schema that is known all columns are text.
pub(super) fn csv_source(url: &Located<String>, written: &CsvSink) -> CsvSource {
    CsvSource {
        url: url.clone(),
        header: written.header,
        delimiter: written.delimiter,
        quote: Some(written.quote),
        escape: None,
        comment: None,
        terminator: None,
        nulls: vec![written.null.clone()],
        ragged: Ragged::Fail,
        encoding: EncodingName::default(),
        compression: None,
        schema: etl_pipeline::Schema::new(),
        infer_rows: 0,
        on_bad_rows: OnBadRows::Fail,
        max_rejects: None,
        partitions: None,
        schema_merge: SchemaMerge::Strict,
    }
}

/// NDJSON as a job writes it, at `url`.
pub(super) fn json_source(url: &Located<String>) -> JsonSource {
    JsonSource {
        url: url.clone(),
        schema: etl_pipeline::Schema::new(),
        infer_rows: 0,
        encoding: EncodingName::default(),
        compression: None,
        on_bad_rows: OnBadRows::Fail,
        max_rejects: None,
        partitions: None,
        schema_merge: SchemaMerge::Strict,
    }
}

fn read_schema(url: &str, access: &Access) -> Result<SchemaRef, SourceError> {
    if let Some(place) = access.place(url)? {
        let Some(schema) = place.patience.wait(place.bucket.written(&place.key))? else {
            let why = "holds nothing that a job wrote".to_owned();
            return Err(SourceError::NoInput { url: url.to_owned(), why, hint: None });
        };
        let reader = StreamReader::try_new(Cursor::new(schema), None);
        return Ok(reader.map_err(|error| SourceError::ipc(Path::new(url), error))?.schema());
    }
    // Says it, where there is no such folder.
    files::find(url, &[SCHEMA_FILE], access).or_else(|error| match error {
        SourceError::NoInput { .. } if Path::new(url).is_dir() => Ok(Arc::default()),
        error => Err(error),
    })?;
    let path = Path::new(url).join(SCHEMA_FILE);
    let file = File::open(&path).map_err(|error| SourceError::io(&path, error))?;
    let reader = StreamReader::try_new(BufReader::new(file), None);
    Ok(reader.map_err(|error| SourceError::ipc(&path, error))?.schema())
}
