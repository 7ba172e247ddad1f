//! Pieces of NDJSON text as batches, parsed by arrow-json.

use std::{path::Path, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchOptions, timezone::Tz};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_json::ReaderBuilder;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::{LineSplitter, diagnose};
use crate::source::{
    SourceError,
    text::{Piece, TextFormat},
};

/// How the text of NDJSON files becomes batches.
#[derive(Clone, Debug)]
pub(super) struct NdjsonFormat {
    schema: SchemaRef,
    /// The types that the decoder reads: see [`as_decoded`].
    decoded: SchemaRef,
    columns: Arc<[usize]>,
    projected: SchemaRef,
    /// How many rows the schema was inferred from.
    pub(super) sample: usize,
}

impl NdjsonFormat {
    pub(super) fn new(schema: SchemaRef, sample: usize) -> Self {
        let decoded = Arc::new(Schema::new(schema.fields().iter().map(as_decoded).collect::<Fields>()));
        let columns = (0..schema.fields().len()).collect();
        Self { projected: Arc::clone(&schema), schema, decoded, columns, sample }
    }

    /// Hands out only the columns at these indices. All keys are parsed: one that no column takes is an error.
    pub(super) fn project(self, columns: Option<&[usize]>) -> Result<Self, SourceError> {
        let Some(columns) = columns else { return Ok(self) };
        let projected = Arc::new(self.schema.project(columns)?);
        Ok(Self { columns: Arc::from(columns), projected, ..self })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn parse(&self, mut text: &[u8], batch_rows: usize) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut decoder = ReaderBuilder::new(Arc::clone(&self.decoded))
            .with_batch_size(batch_rows)
            .with_strict_mode(true)
            .with_coerce_primitive(true)
            .build_decoder()?;
        let mut batches = Vec::new();
        loop {
            let read = decoder.decode(text)?;
            text = &text[read..];
            match decoder.flush()? {
                Some(batch) => batches.push(self.finish(&batch)?),
                None => return Ok(batches),
            }
        }
    }

    /// Projects, and turns what was decoded as text into integers.
    fn finish(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let columns = self.columns.iter().zip(self.projected.fields()).map(|(column, field)| {
            let array = batch.column(*column);
            if array.data_type() == field.data_type() {
                Ok(Arc::clone(array))
            } else {
                cast_with_options(array, field.data_type(), &options)
            }
        });
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(
            Arc::clone(&self.projected),
            columns.collect::<Result<_, _>>()?,
            &rows,
        )
    }
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

    fn header(&self) -> bool {
        false
    }

    fn decode(&self, file: &Path, piece: &Piece, batch_rows: usize) -> Result<Vec<RecordBatch>, SourceError> {
        let wrong = |error| diagnose::find(self, file, piece, error);
        if std::str::from_utf8(piece.text()).is_err() {
            return Err(wrong(None));
        }
        let batches =
            self.parse(piece.text(), batch_rows.min(piece.rows)).map_err(|error| wrong(Some(error)))?;
        // The decoder does not care for lines: two objects in one, or one in two, shift the rows' positions.
        if batches.iter().map(RecordBatch::num_rows).sum::<usize>() != piece.rows {
            return Err(wrong(None));
        }
        Ok(batches)
    }
}

/// Whether arrow-json can read a value as this type.
pub(super) fn is_readable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => zone.parse::<Tz>().is_ok(),
        DataType::BinaryView | DataType::Duration(_) => false,
        _ => true,
    }
}
