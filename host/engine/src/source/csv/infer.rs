//! What type a column's values look like.

use std::sync::Arc;

use arrow_array::types::{Date32Type, Float64Type};
use arrow_cast::parse::{Parser, string_to_datetime};
use arrow_schema::{DataType, TimeUnit};
use etl_pipeline::{CsvSource, Ragged};

use super::{CsvSplitter, Dialect, RecordReader};
use crate::source::text::Piece;

/// The kinds of values that a column has shown, as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Guess(u8);

const BOOLEAN: u8 = 1;
const INTEGER: u8 = 1 << 1;
const FLOAT: u8 = 1 << 2;
const DATE: u8 = 1 << 3;
const TIMESTAMP: u8 = 1 << 4;
const ZONED: u8 = 1 << 5;
/// Digits below the microsecond, beside one of the two above.
const NANOSECONDS: u8 = 1 << 6;
const TEXT: u8 = 1 << 7;

impl Guess {
    /// A column whose values need not be looked at.
    pub(super) fn settled() -> Self {
        Self(TEXT)
    }

    fn see(&mut self, value: &str) {
        self.0 |= classify(value);
    }

    /// The narrowest type that holds all that was seen; text if there was nothing.
    pub(super) fn data_type(self) -> DataType {
        let unit = if self.0 & NANOSECONDS == 0 { TimeUnit::Microsecond } else { TimeUnit::Nanosecond };
        match self.0 & !NANOSECONDS {
            BOOLEAN => DataType::Boolean,
            INTEGER => DataType::Int64,
            kinds if kinds & FLOAT != 0 && kinds & !(INTEGER | FLOAT) == 0 => DataType::Float64,
            DATE => DataType::Date32,
            kinds if kinds & TIMESTAMP != 0 && kinds & !(DATE | TIMESTAMP) == 0 => {
                DataType::Timestamp(unit, None)
            }
            ZONED => DataType::Timestamp(unit, Some(Arc::from("UTC"))),
            _ => DataType::Utf8View,
        }
    }
}

/// Looks at up to `rows` rows of a sample that begins a file; returns how many it had. Rows that will be
/// found bad tell nothing.
pub(super) fn look(
    pieces: &[Piece],
    dialect: &Dialect,
    source: &CsvSource,
    rows: usize,
    names: &[String],
    guesses: &mut [Guess],
) -> usize {
    let mut reader = RecordReader::new(dialect);
    let records = pieces.iter().flat_map(|piece| piece.records(&CsvSplitter::new(dialect)));
    let mut seen = 0;
    for record in records.skip(usize::from(source.header)).take(rows) {
        reader.next(record.text);
        seen += 1;
        let fields = reader.fields().map(std::str::from_utf8).collect::<Result<Vec<_>, _>>();
        let Ok(fields) = fields else { continue };
        let expected =
            fields.len() == names.len() || (fields.len() < names.len() && source.ragged == Ragged::Pad);
        if !expected || (names.len() > 1 && fields == names) {
            continue;
        }
        for (guess, field) in guesses.iter_mut().zip(fields) {
            if guess.0 & TEXT == 0 && !source.nulls.iter().any(|null| null == field) {
                guess.see(field);
            }
        }
    }
    seen
}

fn classify(value: &str) -> u8 {
    let bytes = value.as_bytes();
    match bytes {
        [b'-', rest @ ..] | rest if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => {
            // Beyond 64 bits a number would lose digits as a float.
            if value.parse::<i64>().is_ok() { INTEGER } else { TEXT }
        }
        b"NaN" | b"nan" | b"inf" | b"-inf" => FLOAT,
        _ if is_float(bytes) && Float64Type::parse(value).is_some() => FLOAT,
        _ if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => BOOLEAN,
        _ if has_shape(bytes, b"0000-00-00") => match bytes.len() {
            10 if Date32Type::parse(value).is_some() => DATE,
            _ => classify_timestamp(value),
        },
        _ => TEXT,
    }
}

fn is_float(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'-' | b'.' | b'0'..=b'9'))
        && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))
}

fn classify_timestamp(value: &str) -> u8 {
    let time = &value.as_bytes()[10..];
    if !(has_shape(time, b"T00:00:00") || has_shape(time, b" 00:00:00"))
        || string_to_datetime(&chrono::Utc, value).is_err()
    {
        return TEXT;
    }
    let after = &time[9..];
    let digits = match after {
        [b'.', fraction @ ..] => fraction.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let zone = &after[if digits == 0 { 0 } else { digits + 1 }..];
    let kind = if zone.is_empty() { TIMESTAMP } else { ZONED };
    match digits {
        0..=6 => kind,
        7..=9 => kind | NANOSECONDS,
        _ => TEXT,
    }
}

/// Whether `bytes` begins like `shape`, in which `0` stands for any digit.
fn has_shape(bytes: &[u8], shape: &[u8]) -> bool {
    bytes.len() >= shape.len()
        && shape.iter().zip(bytes).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            shape => shape == byte,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::types::type_name;

    fn inferred(values: &[&str]) -> String {
        let mut guess = Guess::default();
        for value in values {
            guess.see(value);
        }
        type_name(&guess.data_type())
    }

    #[test]
    fn the_narrowest_type_that_holds_all() {
        for (values, expected) in [
            (&[][..], "utf8"),
            (&["true", "FALSE"], "bool"),
            (&["1", "-7", "007"], "int64"),
            (&["9223372036854775807"], "int64"),
            (&["9223372036854775808"], "utf8"),
            (&["1", "1.5", "-.5", "2e9", "NaN"], "float64"),
            (&["1", "true"], "utf8"),
            (&["1", " 2"], "utf8"),
            (&["-"], "utf8"),
            (&["1-2"], "utf8"),
            (&["2022-01-31"], "date32"),
            (&["2022-02-31"], "utf8"),
            (&["10/19/2021"], "utf8"),
            (&["2022-01-31 10:00:00", "2022-01-31"], "timestamp[us]"),
            (&["2022-01-31T10:00:00.123456"], "timestamp[us]"),
            (&["2022-01-31T10:00:00.1234567"], "timestamp[ns]"),
            (&["2022-01-31T10:00:00Z", "2022-01-31T10:00:00.5+02:00"], "timestamp[us, UTC]"),
            (&["2022-01-31T10:00:00Z", "2022-01-31T10:00:00"], "utf8"),
            (&["2022-01-31 25:00:00"], "utf8"),
            (&["2022-01-31x"], "utf8"),
        ] {
            assert_eq!(inferred(values), expected, "{values:?}");
        }
    }
}
