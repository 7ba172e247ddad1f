//! Rows that a run rejected: their table in whatever format, and their values as rows again.

use std::collections::HashMap;

use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use etl_pipeline::{CsvSink, Located, TextCompression};
use serde_json::Value;

use super::{
    Mended, Reread, Rows, Source, SourceError, csv,
    csv::CsvFiles,
    files, ipc,
    ipc::IpcFiles,
    ndjson,
    ndjson::NdjsonFiles,
    parquet,
    parquet::ParquetFiles,
    type_name,
    written::{csv_source, json_source},
};
use crate::objects::Access;
use crate::rejects::SCHEMA;

/// Opens a table of rejected rows: a file or a folder, of a format that the names of the files tell. Of delimited text
/// `written` says how it was written; all columns are text.
pub(crate) fn open_rejected(
    url: &str,
    written: Option<&CsvSink>,
    access: &Access,
) -> Result<Box<dyn Source>, SourceError> {
    let known = [parquet::EXTENSIONS, ipc::EXTENSIONS, csv::EXTENSIONS, ndjson::LINES];
    let files = files::find(url, &known.concat(), access)?;
    let Some(first) = files.first() else { return Err(SourceError::names_no_file(url)) };
    let named = |extensions| files::has_extension(&first.path, extensions);
    Ok(if named(parquet::EXTENSIONS) {
        Box::new(ParquetFiles::open(url, access)?)
    } else if named(ipc::EXTENSIONS) {
        Box::new(IpcFiles::open(url, access)?)
    } else if named(csv::EXTENSIONS) {
        let default = CsvSink {
            header: true,
            delimiter: b',',
            quote: b'"',
            null: String::new(),
            compression: TextCompression::None,
        };
        let source = csv_source(&located(url), written.unwrap_or(&default));
        if source.header {
            Box::new(CsvFiles::open(&source, access)?)
        } else {
            Box::new(CsvFiles::of_schema(&source, &SCHEMA, access)?)
        }
    } else if named(ndjson::LINES) {
        Box::new(NdjsonFiles::of_schema(&json_source(&located(url)), &SCHEMA, access)?)
    } else {
        let why = "is none of Parquet, Arrow IPC, CSV and NDJSON, as far as its name tells".to_owned();
        return Err(SourceError::NoInput { url: url.to_owned(), why, hint: None });
    })
}

/// Reads rows of `schema` from the JSON objects that stand in the column `values`; of its columns these, in their order.
pub(crate) fn values_reader(
    schema: &SchemaRef,
    columns: &[usize],
    whose: String,
) -> Result<Box<dyn Reread>, SourceError> {
    for column in columns {
        let field = schema.field(*column);
        if !ndjson::is_readable(field.data_type()) {
            let (name, type_name) = (field.name().clone(), type_name(field.data_type()));
            return Err(SourceError::UnreadableType { name, type_name, kind: "values" });
        }
    }
    let names = columns.iter().map(|column| schema.field(*column).name().clone()).collect();
    let inner = Box::new(NdjsonFiles::reread_values(&json_source(&located("")), schema, columns)?);
    Ok(Box::new(ValuesReread { inner, names, whose }))
}

#[derive(Debug)]
struct ValuesReread {
    inner: Box<dyn Reread>,
    /// Of the columns that something still needs.
    names: Vec<String>,
    /// What the values come to.
    whose: String,
}

impl Reread for ValuesReread {
    fn read(&self, mended: &Mended<'_>) -> Result<Rows, SourceError> {
        let rows = self.inner.read(mended).map_err(|error| match error {
            SourceError::UnknownKey { place, key, .. } => SourceError::Line {
                place,
                reason: format!("key {key:?} is no column of what comes to {}", self.whose),
            },
            other => other,
        })?;
        self.complete(mended, &rows)?;
        Ok(rows)
    }
}

impl ValuesReread {
    /// A key that is missing is not a value that is null: what was rejected had all of them.
    fn complete(&self, mended: &Mended<'_>, rows: &Rows) -> Result<(), SourceError> {
        let nulls = |batch: &RecordBatch| batch.columns().iter().any(|column| column.null_count() > 0);
        if !rows.batches.iter().any(nulls) {
            return Ok(());
        }
        let keys: HashMap<String, Value> = serde_json::from_str(mended.text).unwrap_or_default();
        match self.names.iter().find(|name| !keys.contains_key(*name)) {
            Some(name) => {
                Err(mended.wrong(format!("the values lack {name:?}, which comes to {}", self.whose)))
            }
            None => Ok(()),
        }
    }
}

fn located(url: &str) -> Located<String> {
    Located { value: url.to_owned(), at: etl_pipeline::Span::default() }
}
