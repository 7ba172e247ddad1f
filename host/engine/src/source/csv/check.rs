//! What is wrong with a CSV record. Slow, and only asked once a piece has failed to decode.

use std::path::Path;

use memchr::{memchr, memmem};

use super::{CsvFormat, RecordReader};
use crate::source::{
    Place, SourceError,
    error::quoted,
    text::{BYTE_ORDER_MARK, Piece, Record},
    types::type_name,
};

/// Whether no record of the piece is worth a look before it is parsed. Bytes are checked here because
/// arrow-csv checks the fields joined, where halves of a character may meet.
pub(super) fn looks_sound(format: &CsvFormat, piece: &Piece) -> bool {
    std::str::from_utf8(piece.text()).is_ok()
        && memchr(0, piece.text()).is_none()
        && !may_repeat_header(format, piece)
}

/// Whether a line of the piece looks like the file's header: a column of text would hold it.
fn may_repeat_header(format: &CsvFormat, piece: &Piece) -> bool {
    let Some(header) = header(format, piece) else { return false };
    let text = piece.text();
    let begins_line = |at: usize| {
        let before = &text[..at];
        before.last().is_none_or(|byte| format.dialect.is_end(*byte)) || before.ends_with(BYTE_ORDER_MARK)
    };
    let mut found = memmem::find_iter(text, header);
    let ends_line = |at: usize| text.get(at).is_none_or(|byte| format.dialect.is_end(*byte));
    found.any(|at| begins_line(at) && ends_line(at + header.len()))
}

/// The record that names the file's columns. A single name could be a value.
fn header<'a>(format: &CsvFormat, piece: &'a Piece) -> Option<&'a [u8]> {
    let header = piece.header.as_deref().filter(|_| format.schema().fields().len() > 1)?;
    Some(format.dialect.without_end(&header[format.dialect.blank_prefix(header)..]))
}

/// Whether the record can be a row.
pub(super) fn check(
    format: &CsvFormat,
    reader: &mut RecordReader,
    file: &Path,
    piece: &Piece,
    record: &Record<'_>,
) -> Result<(), SourceError> {
    reader.read(record.text);
    let fields = format.schema().fields();
    let place = |column: usize| record.place(file).with_column(column);
    let name = |index: usize| {
        fields.get(index).map_or_else(|| "a field".to_owned(), |field| format!("column {:?}", field.name()))
    };
    let text = record.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(record.text);
    if header(format, piece) == Some(format.dialect.without_end(text)) {
        return Err(SourceError::RepeatedHeader { place: record.place(file) });
    }
    if let Some(index) = reader.fields().position(|field| std::str::from_utf8(field).is_err()) {
        return Err(not_utf8(place(index), name(index), reader.field(index), format.encoding()));
    }
    if let Some(index) = reader.fields().position(|field| memchr(0, field).is_some()) {
        return Err(SourceError::NulByte { place: place(index), what: name(index) });
    }
    let found = reader.fields().len();
    if !format.takes(found) {
        let (place, expected, lines) = (record.place(file), fields.len(), record.lines());
        let has_end = record.text.last().is_some_and(|byte| format.dialect.is_end(*byte));
        let at_end = found < expected && !has_end;
        return Err(SourceError::FieldCount { place, expected, found, lines, at_end });
    }
    Ok(())
}

fn is_header(format: &CsvFormat, reader: &RecordReader, header: &[u8]) -> bool {
    let mut names = RecordReader::new(&format.dialect);
    names.next(header);
    reader.fields().eq(names.fields())
}

/// What is wrong with a value that doesn't parse.
pub(super) fn wrong_value(
    format: &CsvFormat,
    file: &Path,
    piece: &Piece,
    record: &Record<'_>,
    column: usize,
) -> SourceError {
    let mut reader = RecordReader::new(&format.dialect);
    reader.next(record.text);
    let place = record.place(file);
    if piece.header.as_deref().is_some_and(|header| is_header(format, &reader, header)) {
        return SourceError::RepeatedHeader { place };
    }
    let field = format.schema().field(column);
    SourceError::Value {
        place: place.with_column(column),
        name: field.name().clone(),
        expected: type_name(field.data_type()),
        found: quoted(&String::from_utf8_lossy(reader.field(column))),
    }
}

pub(super) fn not_utf8(place: Place, what: String, bytes: &[u8], encoding: &'static str) -> SourceError {
    let start = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let found = bytes[start..].iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    SourceError::NotUtf8 { place, what, found: format!("bytes {found}"), encoding }
}
