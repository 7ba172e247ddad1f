//! Values as bytes that compare as the values do.

use crate::summary::Ordered;
use crate::{Code, Error, Kind, Result};

/// Comes before the bytes of a value ...
pub(super) const VALUE: u8 = 0;
/// ... and stands for a null, which comes last.
pub(super) const NULL: u8 = 1;

/// Ends text and bytes. A zero within them is followed by [`ESCAPED`].
const END: [u8; 2] = [0, 0];
const ESCAPED: u8 = 0xff;

/// How the values of a type stand in a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A column of nulls has no values.
    Nothing,
    /// Big endian, in this many bytes.
    Unsigned(usize),
    /// Big endian, in this many bytes, with the sign bit flipped.
    Signed(usize),
    /// Floats of any width, in eight bytes.
    Float,
    /// As they are, in this many bytes.
    Fixed(usize),
    /// Text or bytes, ended by [`END`].
    Variable,
}

impl Encoding {
    /// The encoding of an Arrow format.
    pub(super) fn of(format: &str) -> Result<Self> {
        Ok(match (Kind::of(format), format) {
            (Kind::Nested, _) => {
                return Err(Error::new(Code::Unsupported, "lists, structs and maps can't be keys"));
            }
            (Kind::Nulls, _) => Self::Nothing,
            (Kind::Floats, _) => Self::Float,
            (Kind::Booleans, _) | (_, "C") => Self::Unsigned(1),
            (_, "S") => Self::Unsigned(2),
            (_, "I") => Self::Unsigned(4),
            (_, "L") => Self::Unsigned(8),
            (_, "c") => Self::Signed(1),
            (_, "s") => Self::Signed(2),
            (_, "i" | "tdD" | "tts" | "ttm" | "tiM") => Self::Signed(4),
            // Days and milliseconds, and months, days and nanoseconds: no order is right for them.
            (_, "tiD") => Self::Fixed(8),
            (_, "tin") => Self::Fixed(16),
            (Kind::Integers | Kind::Dates | Kind::Timestamps | Kind::Times | Kind::Durations, _) => {
                Self::Signed(8)
            }
            (Kind::Decimals, _) => {
                let bits = format.split(',').nth(2).and_then(|bits| bits.parse().ok());
                Self::Signed(bits.unwrap_or(128_usize) / 8)
            }
            _ => match format.strip_prefix("w:").and_then(|width| width.parse().ok()) {
                Some(width) => Self::Fixed(width),
                None => Self::Variable,
            },
        })
    }

    /// The format in which a column of `format` is read, if it is another.
    pub(super) fn read_as(self, format: &str) -> Option<&'static str> {
        match (self, format) {
            (Self::Float, "f" | "e") => Some("g"),
            (_, "b") => Some("C"),
            _ => None,
        }
    }

    /// Bytes of a value; 0 if they differ in length.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Nothing | Self::Variable => 0,
            Self::Float => 8,
            Self::Unsigned(width) | Self::Signed(width) | Self::Fixed(width) => width,
        }
    }

    /// Makes of a column's values, as Arrow has them, those of keys.
    pub(super) fn encode(self, values: &mut [u8]) {
        match self {
            Self::Nothing | Self::Variable | Self::Fixed(_) => {}
            Self::Float => {
                let (values, _) = values.as_chunks_mut();
                for value in values {
                    *value = Ordered::to_bits(f64::from_le_bytes(*value)).to_be_bytes();
                }
            }
            Self::Unsigned(width) => reverse(values, width),
            Self::Signed(width) => {
                reverse(values, width);
                flip_signs(values, width);
            }
        }
    }

    /// Makes of values of keys a column's, as Arrow has them.
    pub(super) fn decode(self, values: &mut [u8]) {
        match self {
            Self::Nothing | Self::Variable | Self::Fixed(_) => {}
            Self::Float => {
                let (values, _) = values.as_chunks_mut();
                for value in values {
                    *value = f64::to_le_bytes(Ordered::from_bits(u64::from_be_bytes(*value)));
                }
            }
            Self::Unsigned(width) => reverse(values, width),
            Self::Signed(width) => {
                flip_signs(values, width);
                reverse(values, width);
            }
        }
    }

    /// Bytes of this value in a key.
    pub(super) fn size(self, value: &[u8]) -> usize {
        match self {
            Self::Variable => value.len() + zeros(value) + END.len(),
            _ => value.len(),
        }
    }

    /// Puts the bytes of a value into a key.
    pub(super) fn write(self, value: &[u8], mut put: impl FnMut(&[u8])) {
        match self {
            Self::Variable if zeros(value) == 0 => {
                put(value);
                put(&END);
            }
            Self::Variable => {
                for piece in value.split_inclusive(|byte| *byte == 0) {
                    put(piece);
                    if piece.ends_with(&[0]) {
                        put(&[ESCAPED]);
                    }
                }
                put(&END);
            }
            _ => put(value),
        }
    }

    /// Takes the part of one column off a key: its value, if it is not null, and the rest. An escaped
    /// zero stays so.
    pub(super) fn split(self, key: &[u8]) -> (Option<&[u8]>, &[u8]) {
        match key {
            [VALUE, rest @ ..] => {
                let (length, end) = match self {
                    Self::Variable => (length(rest), END.len()),
                    _ => (self.width(), 0),
                };
                let (value, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                (Some(value), rest.get(end..).unwrap_or_default())
            }
            [_, rest @ ..] => (None, rest),
            [] => (None, key),
        }
    }
}

/// Bytes of text up to its end.
fn length(text: &[u8]) -> usize {
    let mut from = 0;
    loop {
        match text[from..].iter().position(|byte| *byte == 0) {
            Some(zero) if text.get(from + zero + 1) == Some(&ESCAPED) => from += zero + 2,
            Some(zero) => return from + zero,
            None => return text.len(),
        }
    }
}

/// The text without its escapes, added to `out`.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut after_zero = false;
    for byte in text {
        if !(after_zero && *byte == ESCAPED) {
            out.push(*byte);
        }
        after_zero = *byte == 0;
    }
}

#[expect(clippy::naive_bytecount, reason = "a dependency less; texts are short")]
fn zeros(value: &[u8]) -> usize {
    value.iter().filter(|byte| **byte == 0).count()
}

fn reverse(values: &mut [u8], width: usize) {
    fn each<const N: usize>(values: &mut [u8]) {
        let (values, _) = values.as_chunks_mut::<N>();
        for value in values {
            value.reverse();
        }
    }
    match width {
        1 => {}
        2 => each::<2>(values),
        4 => each::<4>(values),
        8 => each::<8>(values),
        16 => each::<16>(values),
        _ => each::<32>(values),
    }
}

fn flip_signs(values: &mut [u8], width: usize) {
    values.iter_mut().step_by(width.max(1)).for_each(|byte| *byte ^= 0x80);
}
