//! Listings as text.

use std::fmt::{self, Display};
use std::io::Write as _;

use crate::listing::{COLUMNS, Listing, Value};

pub(crate) fn csv_header(out: &mut Vec<u8>) {
    out.extend_from_slice(COLUMNS.join(",").as_bytes());
    out.extend_from_slice(b"\r\n");
}

pub(crate) fn csv_row(listing: &Listing, out: &mut Vec<u8>) {
    for (index, value) in listing.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match value {
            Value::Null => {}
            Value::Text(text) => csv_text(text, out),
            number => append(number, out),
        }
    }
    out.extend_from_slice(b"\r\n");
}

fn csv_text(text: &str, out: &mut Vec<u8>) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

pub(crate) fn ndjson_row(listing: &Listing, out: &mut Vec<u8>) {
    for (index, (column, value)) in COLUMNS.iter().zip(listing).enumerate() {
        out.extend_from_slice(if index > 0 { b",\"" } else { b"{\"" });
        out.extend_from_slice(column.as_bytes());
        out.extend_from_slice(b"\":");
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Text(text) => json_text(text, out),
            number => append(number, out),
        }
    }
    out.extend_from_slice(b"}\n");
}

/// The text of a listing has no control character but the line feed.
fn json_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            other => out.push(other),
        }
    }
    out.push(b'"');
}

fn append(number: &Value, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{number}");
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Text(text) => f.write_str(text),
            Value::Integer(integer) => write!(f, "{integer}"),
            Value::Decimal { units, places } => decimal(f, *units, *places as usize),
        }
    }
}

/// As short as a float is printed: no zeros at the end, and no point without a digit after it.
fn decimal(f: &mut fmt::Formatter<'_>, units: i64, mut places: usize) -> fmt::Result {
    let mut magnitude = units.unsigned_abs();
    while places > 0 && magnitude.is_multiple_of(10) {
        magnitude /= 10;
        places -= 1;
    }
    let sign = if units < 0 { "-" } else { "" };
    let scale = 10_u64.pow(u32::try_from(places).unwrap_or_default());
    let (whole, part) = (magnitude / scale, magnitude % scale);
    match places {
        0 => write!(f, "{sign}{whole}"),
        _ => write!(f, "{sign}{whole}.{part:0places$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_as_short_as_they_can_be() {
        let texts = [(4_070_666, 5), (-7_395_060, 5), (200, 2), (-5, 2), (0, 2)]
            .map(|(units, places)| Value::Decimal { units, places }.to_string());
        assert_eq!(texts, ["40.70666", "-73.9506", "2", "-0.05", "0"]);
    }

    #[test]
    fn quotes_and_line_ends_are_escaped() {
        let text = "A \"loft\"\nwith \\ view, all yours";
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        csv_text(text, &mut csv);
        json_text(text, &mut json);
        assert_eq!(csv, b"\"A \"\"loft\"\"\nwith \\ view, all yours\"");
        assert_eq!(json, br#""A \"loft\"\nwith \\ view, all yours""#);
    }
}
