//! NDJSON files, an object per line, and JSON files, an array of objects each: a column per key.

mod check;
mod decode;
mod shape;
mod split;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use etl_pipeline::{JsonSource, OnBadRows, SchemaMerge};

use super::{
    InputFile, MaybeReread, Scan, Source, SourceError, SourceInfo,
    bytes::{Opening, encoding},
    files,
    text::{Cutting, TextReread, TextScan, read_records},
    types,
};
use crate::objects::Access;
use decode::NdjsonFormat;
pub(super) use decode::is_readable;
use shape::Shape;
use split::LineSplitter;

pub(super) const LINES: &[&str] =
    &["json", "ndjson", "jsonl", "json.gz", "ndjson.gz", "jsonl.gz", "json.zst", "ndjson.zst", "jsonl.zst"];
const ARRAYS: &[&str] = &["json", "json.gz", "json.zst"];

/// NDJSON files of one schema.
#[derive(Debug)]
pub(super) struct NdjsonFiles {
    files: Arc<[InputFile]>,
    format: NdjsonFormat,
}

impl NdjsonFiles {
    /// Files of objects by line, or of an `array` of objects each.
    pub(super) fn open(source: &JsonSource, array: bool, access: &Access) -> Result<Self, SourceError> {
        let files = files::find(&source.url, if array { ARRAYS } else { LINES }, access)?;
        let shape = look(&files, source, array)?;
        let schema = schema_of(shape, source)?;
        if schema.fields().is_empty() {
            let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
            return Err(SourceError::NoColumns { path, hint: "name the columns under `schema`" });
        }
        Ok(Self { files, format: NdjsonFormat::new(schema, source, array) })
    }

    /// Reads texts that are objects of these columns.
    pub(super) fn reread_values(
        source: &JsonSource,
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<TextReread<NdjsonFormat>, SourceError> {
        Ok(TextReread(NdjsonFormat::new(Arc::clone(schema), source, false).project(Some(columns))?))
    }

    /// Files of objects by line that are known to have these columns.
    pub(super) fn of_schema(
        source: &JsonSource,
        schema: &SchemaRef,
        access: &Access,
    ) -> Result<Self, SourceError> {
        let files = files::find(&source.url, LINES, access)?;
        Ok(Self { files, format: NdjsonFormat::new(Arc::clone(schema), source, false) })
    }
}

impl Source for NdjsonFiles {
    fn schema(&self) -> &SchemaRef {
        self.format.schema()
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo {
            kind: if self.format.opening().array { "json" } else { "ndjson" },
            files: self.files.to_vec(),
        }
    }

    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError> {
        let format = self.format.clone().project(columns)?;
        Ok(Box::new(TextScan::new(Arc::clone(&self.files), format, batch_rows)))
    }

    fn reread(&self, columns: &[usize]) -> MaybeReread {
        Ok(Some(Box::new(TextReread(self.format.clone().project(Some(columns))?))))
    }
}

/// How the source's files are read and cut.
fn cutting(source: &JsonSource, array: bool) -> Cutting {
    let encoding = encoding(&source.encoding);
    let opening = Opening { compression: source.compression, encoding, array };
    Cutting { opening, resumes: source.on_bad_rows == OnBadRows::Reject, ..Cutting::default() }
}

/// What the first rows look like, of all files together or of each. What will be rejected, or null, tells nothing.
fn look(files: &[InputFile], source: &JsonSource, array: bool) -> Result<Shape, SourceError> {
    let rejects = source.on_bad_rows == OnBadRows::Reject;
    let cutting = cutting(source, array);
    let mut known = Shape::Unknown;
    let mut left = source.infer_rows;
    for file in files {
        if source.schema_merge == SchemaMerge::Union {
            left = source.infer_rows;
        }
        let pieces = read_records(file, LineSplitter::default(), left, cutting)?;
        for record in pieces.iter().flat_map(|piece| piece.records(&LineSplitter::default())) {
            if left == 0 {
                break;
            }
            left -= 1;
            let shape = match check::object(&file.path, &record, &cutting.opening) {
                Ok(shape) => shape,
                Err(_) if rejects => continue,
                Err(error) => return Err(error),
            };
            // A merge that fails has done a part of it.
            let before = (source.on_bad_rows != OnBadRows::Fail).then(|| known.clone());
            if let Err(reason) = known.merge(shape) {
                let place = record.place(&file.path);
                known = before.ok_or(SourceError::Line { place, reason })?;
            }
        }
    }
    Ok(known)
}

/// The columns in the order in which the sample shows them, and then those that only `schema` names.
fn schema_of(shape: Shape, source: &JsonSource) -> Result<SchemaRef, SourceError> {
    let given = |name: &str| -> Result<Option<DataType>, SourceError> {
        let Some(given) = source.schema.get(name) else { return Ok(None) };
        let unreadable = || SourceError::UnreadableType {
            name: name.to_owned(),
            type_name: given.to_string(),
            kind: "NDJSON",
        };
        types::data_type(given.as_str()).filter(is_readable).map(Some).ok_or_else(unreadable)
    };
    let mut fields = Vec::new();
    for (name, shape) in shape.into_keys() {
        let data_type = given(&name)?.unwrap_or_else(|| etl_data::canonical(&shape.data_type()));
        fields.push(Field::new(name, data_type, true));
    }
    for name in source.schema.keys() {
        if !fields.iter().any(|field| field.name() == name)
            && let Some(data_type) = given(name)?
        {
            fields.push(Field::new(name, data_type, true));
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}
