//! Pieces of NDJSON text as batches, parsed by arrow-json.

use std::{path::Path, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchOptions, timezone::Tz};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_json::ReaderBuilder;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use etl_pipeline::JsonSource;

use super::{LineSplitter, check};
use crate::source::{
    SourceError,
    bytes::Opening,
    text::{Piece, Reading, Record, TextFormat},
};

/// How the text of NDJSON files becomes batches.
#[derive(Clone, Debug)]
pub(in crate::source) struct NdjsonFormat {
    /// The types that the decoder reads: see [`as_decoded`].
    decoded: SchemaRef,
    /// How many rows the schema was inferred from.
    pub(super) sample: usize,
    reading: Reading,
}

impl NdjsonFormat {
    pub(super) fn new(schema: SchemaRef, source: &JsonSource, array: bool) -> Self {
        let decoded = Arc::new(Schema::new(schema.fields().iter().map(as_decoded).collect::<Fields>()));
        let reading = Reading::new(schema, super::cutting(source, array), source.on_bad_rows);
        Self { decoded, sample: source.infer_rows, reading }
    }

    /// Hands out only the columns at these indices. All keys are parsed: one that no column takes is an error.
    pub(super) fn project(self, columns: Option<&[usize]>) -> Result<Self, SourceError> {
        Ok(Self { reading: self.reading.project(columns)?, ..self })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.reading.schema
    }

    /// How its files are read.
    pub(super) fn opening(&self) -> &Opening {
        &self.reading.cutting.opening
    }
}

/// Decodes lines as `decoded`, and hands out those columns of it that `projected` is made of.
fn decode(
    mut text: &[u8],
    decoded: &SchemaRef,
    strict: bool,
    columns: &[usize],
    projected: &SchemaRef,
    batch_rows: usize,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut reader = ReaderBuilder::new(Arc::clone(decoded))
        .with_batch_size(batch_rows)
        .with_strict_mode(strict)
        .with_coerce_primitive(true)
        .build_decoder()?;
    let mut batches = Vec::new();
    loop {
        let read = reader.decode(text)?;
        text = &text[read..];
        match reader.flush()? {
            Some(batch) => batches.push(finish(&batch, columns, projected)?),
            None => return Ok(batches),
        }
    }
}

/// Projects, and turns what was decoded as text into integers.
fn finish(batch: &RecordBatch, columns: &[usize], projected: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let columns = columns.iter().zip(projected.fields()).map(|(column, field)| {
        let array = batch.column(*column);
        if array.data_type() == field.data_type() {
            Ok(Arc::clone(array))
        } else {
            cast_with_options(array, field.data_type(), &options)
        }
    });
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(projected), columns.collect::<Result<_, _>>()?, &rows)
}

/// A field as it is decoded: integers as the text of the number, because arrow-json would cut 1.5 to 1.
fn as_decoded(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        integer if integer.is_integer() => DataType::Utf8View,
        DataType::List(item) => DataType::List(as_decoded(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(as_decoded).collect::<Fields>()),
        _ => return Arc::clone(field),
    };
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

impl TextFormat for NdjsonFormat {
    type Splitter = LineSplitter;

    fn splitter(&self) -> LineSplitter {
        LineSplitter::default()
    }

    fn reading(&self) -> &Reading {
        &self.reading
    }

    fn looks_sound(&self, piece: &Piece) -> bool {
        std::str::from_utf8(piece.text()).is_ok()
    }

    /// The decoder does not care for lines: two objects in one, or one in two, give another number of rows.
    fn parse(
        &self,
        text: &[u8],
        columns: Option<&[usize]>,
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, ArrowError> {
        match columns {
            None => {
                let Reading { columns, projected, .. } = &self.reading;
                decode(text, &self.decoded, true, columns, projected, batch_rows)
            }
            Some(columns) => {
                let decoded = Arc::new(self.decoded.project(columns)?);
                let projected = Arc::new(self.schema().project(columns)?);
                let all = (0..columns.len()).collect::<Vec<_>>();
                decode(text, &decoded, false, &all, &projected, batch_rows)
            }
        }
    }

    type Checker = ();

    fn checker(&self) {}

    fn check(&self, (): &mut (), file: &Path, _: &Piece, record: &Record<'_>) -> Result<(), SourceError> {
        check::check(self, file, record)
    }

    fn wrong_value(&self, file: &Path, _: &Piece, record: &Record<'_>, column: usize) -> SourceError {
        check::wrong_value(self, file, record, column)
    }
}

/// Whether arrow-json can read a value as this type.
pub(in crate::source) fn is_readable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => zone.parse::<Tz>().is_ok(),
        DataType::BinaryView | DataType::Duration(_) => false,
        _ => true,
    }
}
