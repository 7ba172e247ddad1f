//! Pieces of CSV text as batches, parsed by arrow-csv.

use std::{path::Path, sync::Arc};

use arrow_array::{RecordBatch, timezone::Tz};
use arrow_csv::{
    ReaderBuilder,
    reader::{Decoder, Format},
};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use etl_pipeline::{CsvSource, Ragged};
use regex::Regex;

use super::{CsvSplitter, Dialect, RecordReader, check};
use crate::source::{
    SourceError,
    text::{BYTE_ORDER_MARK, Piece, Reading, Record, TextFormat},
};

/// Stands for the quote where there is none: arrow-csv needs one, and text that is UTF-8 has no such byte.
const NO_QUOTE: u8 = 0xff;

/// How the text of CSV files becomes batches.
#[derive(Clone, Debug)]
pub(super) struct CsvFormat {
    pub(super) dialect: Dialect,
    ragged: Ragged,
    format: Format,
    pub(super) reading: Reading,
}

impl CsvFormat {
    /// Fields that equal one of the source's null words, in quotes or not, are null.
    pub(super) fn new(dialect: Dialect, schema: SchemaRef, source: &CsvSource) -> Result<Self, SourceError> {
        let mut format = Format::default()
            .with_delimiter(dialect.delimiter)
            .with_quote(dialect.quote.unwrap_or(NO_QUOTE))
            .with_truncated_rows(source.ragged == Ragged::Pad);
        if let Some(escape) = dialect.escape {
            format = format.with_escape(escape);
        }
        if let Some(comment) = dialect.comment {
            format = format.with_comment(comment);
        }
        if let Some(terminator) = dialect.terminator {
            format = format.with_terminator(terminator);
        }
        // That an empty field is null arrow-csv knows itself; a pattern costs as much as parsing.
        if source.nulls != [""] {
            format = format.with_null_regex(null_pattern(&source.nulls)?);
        }
        let reading = Reading::new(schema, super::cutting(source), source.on_bad_rows);
        Ok(Self { dialect, ragged: source.ragged, format, reading })
    }

    /// Reads only the columns at these indices.
    pub(super) fn project(self, columns: Option<&[usize]>) -> Result<Self, SourceError> {
        Ok(Self { reading: self.reading.project(columns)?, ..self })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.reading.schema
    }

    /// Whether a row may have so many fields.
    pub(super) fn takes(&self, fields: usize) -> bool {
        let expected = self.schema().fields().len();
        fields == expected || (fields < expected && self.ragged == Ragged::Pad)
    }

    /// As errors name it.
    pub(super) fn encoding(&self) -> &'static str {
        self.reading.cutting.opening.encoding.name()
    }

    fn decoder(&self, columns: &[usize], batch_rows: usize) -> Decoder {
        let builder = ReaderBuilder::new(Arc::clone(self.schema()))
            .with_format(self.format.clone())
            .with_batch_size(batch_rows);
        // All in their order need no projection.
        if columns.iter().copied().eq(0..self.schema().fields().len()) {
            builder.build_decoder()
        } else {
            builder.with_projection(columns.to_vec()).build_decoder()
        }
    }
}

fn null_pattern(nulls: &[String]) -> Result<Regex, SourceError> {
    // Without null words nothing matches: not even the empty field, which is null otherwise.
    let pattern = match nulls {
        [] => r"[^\s\S]".to_owned(),
        _ => {
            format!(r"\A(?:{})\z", nulls.iter().map(|null| regex::escape(null)).collect::<Vec<_>>().join("|"))
        }
    };
    Regex::new(&pattern).map_err(|error| SourceError::BadDialect { what: "nulls", why: error.to_string() })
}

impl TextFormat for CsvFormat {
    type Splitter = CsvSplitter;

    fn splitter(&self) -> CsvSplitter {
        CsvSplitter::new(&self.dialect).with_fields(self.schema().fields().len())
    }

    fn reading(&self) -> &Reading {
        &self.reading
    }

    fn looks_sound(&self, piece: &Piece) -> bool {
        check::looks_sound(self, piece)
    }

    fn parse(
        &self,
        mut text: &[u8],
        columns: Option<&[usize]>,
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut decoder = self.decoder(columns.unwrap_or(&self.reading.columns), batch_rows);
        if text.starts_with(BYTE_ORDER_MARK) {
            // Part of a value here; csv-core would drop it where it is the first that it reads.
            decoder.decode(&[self.dialect.terminator.unwrap_or(b'\n')])?;
        }
        let mut batches = Vec::new();
        loop {
            // An empty text ends the last record.
            let read = decoder.decode(text)?;
            text = &text[read..];
            let full = decoder.capacity() == 0;
            if full || read == 0 {
                batches.extend(decoder.flush()?);
            }
            if !full && read == 0 {
                return Ok(batches);
            }
        }
    }

    /// arrow-csv says which record it could not parse, where it was a value.
    fn suspect(&self, error: &ArrowError) -> Option<usize> {
        let ArrowError::ParseError(message) = error else { return None };
        let (_, row) = message.split_once(" at line ")?;
        let digits = row.find(|character: char| !character.is_ascii_digit()).unwrap_or(row.len());
        row[..digits].parse().ok()
    }

    type Checker = RecordReader;

    fn checker(&self) -> RecordReader {
        RecordReader::new(&self.dialect)
    }

    fn check(
        &self,
        reader: &mut RecordReader,
        file: &Path,
        piece: &Piece,
        record: &Record<'_>,
    ) -> Result<(), SourceError> {
        check::check(self, reader, file, piece, record)
    }

    fn wrong_value(&self, file: &Path, piece: &Piece, record: &Record<'_>, column: usize) -> SourceError {
        check::wrong_value(self, file, piece, record, column)
    }
}

/// Whether arrow-csv can parse a field as this type.
pub(super) fn is_readable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => zone.parse::<Tz>().is_ok(),
        DataType::BinaryView | DataType::Duration(_) => false,
        _ => true,
    }
}
