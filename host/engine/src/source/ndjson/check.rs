//! What is wrong with a line of NDJSON. Slow, and only asked once a piece has failed to decode.

use std::{collections::HashMap, path::Path};

use memchr::memchr;
use serde_json::{Value, error::Category};

use super::{NdjsonFormat, Shape};
use crate::source::{SourceError, bytes::Opening, error::quoted, text::Record, types::type_name};

/// Whether the line can be a row.
pub(super) fn check(format: &NdjsonFormat, file: &Path, record: &Record<'_>) -> Result<(), SourceError> {
    let shape = object(file, record, format.opening())?;
    match shape.unknown_key(format.schema().fields()) {
        Some(key) => Err(SourceError::UnknownKey { place: record.place(file), key, sample: format.sample }),
        None => Ok(()),
    }
}

/// What is wrong with a value that doesn't decode.
pub(super) fn wrong_value(
    format: &NdjsonFormat,
    file: &Path,
    record: &Record<'_>,
    column: usize,
) -> SourceError {
    let field = format.schema().field(column);
    let values: HashMap<String, Value> = serde_json::from_slice(record.text).unwrap_or_default();
    SourceError::Value {
        place: record.place(file),
        name: field.name().clone(),
        expected: type_name(field.data_type()),
        found: match values.get(field.name()) {
            Some(Value::String(text)) => quoted(text),
            Some(Value::Array(_)) => "an array".to_owned(),
            Some(Value::Object(_)) => "an object".to_owned(),
            Some(other) => other.to_string(),
            None => "nothing".to_owned(),
        },
    }
}

/// The shape of a line, which must hold one object and nothing else.
pub(super) fn object(file: &Path, record: &Record<'_>, opening: &Opening) -> Result<Shape, SourceError> {
    let Opening { array, encoding, .. } = *opening;
    let place = || record.place(file);
    let what = || if array { "the object" } else { "the line" }.to_owned();
    // No JSON has one, but all of it in UTF-16: that says more than the bytes which are not UTF-8.
    if memchr(0, record.text).is_some() {
        return Err(SourceError::NulByte { place: place(), what: what() });
    }
    let text = std::str::from_utf8(record.text).map_err(|error| SourceError::NotUtf8 {
        place: place(),
        what: what(),
        encoding: encoding.name(),
        found: format!("byte {:02x} at column {}", record.text[error.valid_up_to()], error.valid_up_to() + 1),
    })?;
    let found = match serde_json::from_str::<Shape>(text.trim()) {
        Ok(shape @ Shape::Object(_)) => return Ok(shape),
        Ok(shape) => shape.name().to_owned(),
        Err(error) if error.classify() == Category::Eof => "the beginning of one".to_owned(),
        Err(error) => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            match message {
                "trailing characters" if array => "more behind it".to_owned(),
                "trailing characters" => format!("more, from column {} on", error.column()),
                _ if array => format!("bad JSON: {message}"),
                _ => format!("bad JSON at column {}: {message}", error.column()),
            }
        }
    };
    Err(SourceError::NotAnObject { place: place(), found, array })
}
