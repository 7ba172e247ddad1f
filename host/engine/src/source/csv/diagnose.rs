//! Which field of a piece is wrong. Slow, and only asked once parsing has failed.

use std::path::Path;

use arrow_schema::ArrowError;

use super::{CsvSplitter, RecordReader, decode::CsvFormat};
use crate::source::{
    Place, SourceError,
    error::quoted,
    text::{Piece, Splitter},
    types::type_name,
};

/// Goes through the piece record by record for the first that is wrong. `error` is what the parser said.
pub(super) fn find(format: &CsvFormat, file: &Path, piece: &Piece, error: Option<ArrowError>) -> SourceError {
    let text = piece.text();
    let mut splitter = CsvSplitter::new(&format.dialect);
    let mut start = 0;
    while start < text.len() {
        let end = splitter.next_end(text, start, start).unwrap_or(text.len());
        if let Some(wrong) = check_record(format, file, piece.offset + start as u64, &text[start..end]) {
            return wrong;
        }
        start = end;
    }
    let place = Place::at_offset(file, piece.offset);
    let reason = error.map_or_else(|| "a row can't be read".to_owned(), |error| error.to_string());
    SourceError::Line { place, reason }
}

fn check_record(format: &CsvFormat, file: &Path, offset: u64, text: &[u8]) -> Option<SourceError> {
    let blank = format.dialect.blank_prefix(text);
    let place = || Place::at_offset(file, offset + blank as u64);
    let mut reader = RecordReader::new(&format.dialect);
    if reader.next(text).is_none() || text.len() == blank {
        return std::str::from_utf8(text)
            .err()
            .map(|_| not_utf8(Place::at_offset(file, offset), "a comment".to_owned(), text));
    }
    let fields = format.schema().fields();
    let found = reader.fields().len();
    if let Some(index) = reader.fields().position(|field| std::str::from_utf8(field).is_err()) {
        let what = fields
            .get(index)
            .map_or_else(|| "a field".to_owned(), |field| format!("column {:?}", field.name()));
        return Some(not_utf8(place().with_column(index), what, reader.field(index)));
    }
    if std::str::from_utf8(text).is_err() {
        return Some(not_utf8(Place::at_offset(file, offset), "a comment".to_owned(), text));
    }
    if found != fields.len() {
        return Some(SourceError::FieldCount { place: place(), expected: fields.len(), found });
    }
    let wrong =
        format.columns().into_iter().find(|column| format.parse(text, Some(&[*column]), 1).is_err())?;
    Some(SourceError::Value {
        place: place().with_column(wrong),
        name: fields[wrong].name().clone(),
        expected: type_name(fields[wrong].data_type()),
        found: quoted(&String::from_utf8_lossy(reader.field(wrong))),
    })
}

pub(super) fn not_utf8(place: Place, what: String, bytes: &[u8]) -> SourceError {
    let start = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let found = bytes[start..].iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    SourceError::NotUtf8 { place, what, found: format!("bytes {found}") }
}
