//! Pieces of CSV text as batches, parsed by arrow-csv.

use std::{path::Path, sync::Arc};

use arrow_array::{RecordBatch, timezone::Tz};
use arrow_csv::{
    ReaderBuilder,
    reader::{Decoder, Format},
};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use regex::Regex;

use super::{CsvSplitter, Dialect, diagnose};
use crate::source::{
    SourceError,
    text::{Piece, TextFormat},
};

/// How the text of CSV files becomes batches.
#[derive(Clone, Debug)]
pub(super) struct CsvFormat {
    pub(super) dialect: Dialect,
    schema: SchemaRef,
    header: bool,
    format: Format,
    columns: Option<Arc<[usize]>>,
}

impl CsvFormat {
    /// Fields that equal one of `nulls`, in quotes or not, are null.
    pub(super) fn new(
        dialect: Dialect,
        schema: SchemaRef,
        header: bool,
        nulls: &[String],
    ) -> Result<Self, SourceError> {
        let mut format = Format::default().with_delimiter(dialect.delimiter).with_quote(dialect.quote);
        if let Some(escape) = dialect.escape {
            format = format.with_escape(escape);
        }
        if let Some(comment) = dialect.comment {
            format = format.with_comment(comment);
        }
        // That an empty field is null arrow-csv knows itself; a pattern costs as much as parsing.
        if nulls != [""] {
            format = format.with_null_regex(null_pattern(nulls)?);
        }
        Ok(Self { dialect, schema, header, format, columns: None })
    }

    /// Reads only the columns at these indices.
    pub(super) fn project(self, columns: Option<&[usize]>) -> Self {
        Self { columns: columns.map(Arc::from), ..self }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The indices of the columns that are read.
    pub(super) fn columns(&self) -> Vec<usize> {
        self.columns.as_deref().map_or_else(|| (0..self.schema.fields().len()).collect(), <[usize]>::to_vec)
    }

    /// Decodes a text of whole records.
    pub(super) fn parse(
        &self,
        mut text: &[u8],
        columns: Option<&[usize]>,
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut decoder = self.decoder(columns, batch_rows);
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

    fn decoder(&self, columns: Option<&[usize]>, batch_rows: usize) -> Decoder {
        let builder = ReaderBuilder::new(Arc::clone(&self.schema))
            .with_format(self.format.clone())
            .with_batch_size(batch_rows);
        match columns {
            Some(columns) => builder.with_projection(columns.to_vec()).build_decoder(),
            None => builder.build_decoder(),
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
        CsvSplitter::new(&self.dialect)
    }

    fn header(&self) -> bool {
        self.header
    }

    fn decode(&self, file: &Path, piece: &Piece, batch_rows: usize) -> Result<Vec<RecordBatch>, SourceError> {
        // Checked here because arrow-csv checks the fields joined, where halves of a character may meet.
        if std::str::from_utf8(piece.text()).is_err() {
            return Err(diagnose::find(self, file, piece, None));
        }
        self.parse(piece.text(), self.columns.as_deref(), batch_rows.min(piece.rows))
            .map_err(|error| diagnose::find(self, file, piece, Some(error)))
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
