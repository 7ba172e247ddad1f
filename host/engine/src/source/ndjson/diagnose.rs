//! Which line of a piece is wrong. Slow, and only asked once parsing has failed.

use std::{collections::HashMap, path::Path};

use arrow_schema::{ArrowError, FieldRef};
use serde_json::{Value, error::Category};

use super::{LineSplitter, NdjsonFormat, Shape};
use crate::source::{
    Place, SourceError,
    error::quoted,
    text::{Piece, Splitter},
    types::type_name,
};

/// Goes through the piece line by line for the first that is wrong. `error` is what the decoder said.
pub(super) fn find(
    format: &NdjsonFormat,
    file: &Path,
    piece: &Piece,
    error: Option<ArrowError>,
) -> SourceError {
    let text = piece.text();
    let (mut splitter, mut start) = (LineSplitter::default(), 0);
    while start < text.len() {
        let end = splitter.next_end(text, start, start).unwrap_or(text.len());
        if let Err(wrong) = check_line(format, file, piece.offset + start as u64, &text[start..end]) {
            return wrong;
        }
        start = end;
    }
    let place = Place::at_offset(file, piece.offset);
    let reason = error.map_or_else(|| "a line can't be read".to_owned(), |error| error.to_string());
    SourceError::Line { place, reason }
}

fn check_line(format: &NdjsonFormat, file: &Path, offset: u64, line: &[u8]) -> Result<(), SourceError> {
    if line.trim_ascii().is_empty() {
        return Ok(());
    }
    let shape = object(file, offset, line)?;
    let place = || Place::at_offset(file, offset + blank_prefix(line));
    if let Some(key) = shape.unknown_key(format.schema().fields()) {
        return Err(SourceError::UnknownKey { place: place(), key, sample: format.sample });
    }
    let Err(error) = format.parse(line, 1) else { return Ok(()) };
    let values: HashMap<String, Value> = serde_json::from_slice(line).unwrap_or_default();
    let wrong = |field: &&FieldRef| values.get(field.name()).is_some_and(|value| !reads_as(value, field));
    Err(match format.schema().fields().iter().find(wrong) {
        Some(field) => SourceError::Value {
            place: place(),
            name: field.name().clone(),
            expected: type_name(field.data_type()),
            found: match &values[field.name()] {
                Value::String(text) => quoted(text),
                Value::Array(_) => "an array".to_owned(),
                Value::Object(_) => "an object".to_owned(),
                other => other.to_string(),
            },
        },
        None => SourceError::Line { place: place(), reason: error.to_string() },
    })
}

fn reads_as(value: &Value, field: &FieldRef) -> bool {
    let schema = arrow_schema::Schema::new(vec![FieldRef::clone(field)]);
    let alone = NdjsonFormat::new(schema.into(), 0);
    let line = serde_json::json!({ field.name().as_str(): value }).to_string();
    alone.parse(line.as_bytes(), 1).is_ok()
}

/// The shape of a line, which must hold one object and nothing else.
pub(super) fn object(file: &Path, offset: u64, line: &[u8]) -> Result<Shape, SourceError> {
    let place = || Place::at_offset(file, offset + blank_prefix(line));
    let text = std::str::from_utf8(line).map_err(|error| SourceError::NotUtf8 {
        place: place(),
        what: "the line".to_owned(),
        found: format!("byte {:02x} at column {}", line[error.valid_up_to()], error.valid_up_to() + 1),
    })?;
    let found = match serde_json::from_str::<Shape>(text.trim()) {
        Ok(shape @ Shape::Object(_)) => return Ok(shape),
        Ok(shape) => shape.name().to_owned(),
        Err(error) if error.classify() == Category::Eof => "the beginning of one".to_owned(),
        Err(error) => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            match message {
                "trailing characters" => format!("more, from column {} on", error.column()),
                _ => format!("bad JSON at column {}: {message}", error.column()),
            }
        }
    };
    Err(SourceError::NotAnObject { place: place(), found })
}

/// How many bytes of blank lines stand before the line.
pub(super) fn blank_prefix(line: &[u8]) -> u64 {
    (line.len() - line.trim_ascii_start().len()) as u64
}
