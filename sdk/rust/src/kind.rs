//! Types of columns in an operation's terms.

use std::fmt;

/// What a column holds, whatever its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` and `false`.
    Booleans,
    /// Integers of any width.
    Integers,
    /// Floats of any width.
    Floats,
    /// Decimals.
    Decimals,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Bytes,
    /// Days.
    Dates,
    /// Instants, with or without a zone.
    Timestamps,
    /// Times of day.
    Times,
    /// Durations.
    Durations,
    /// Calendar intervals.
    Intervals,
    /// Lists, structs and maps.
    Nested,
    /// Nothing but nulls.
    Nulls,
}

impl Kind {
    /// The kind of an Arrow format string.
    pub fn of(format: &str) -> Self {
        match format.as_bytes() {
            b"b" => Self::Booleans,
            b"c" | b"C" | b"s" | b"S" | b"i" | b"I" | b"l" | b"L" => Self::Integers,
            b"e" | b"f" | b"g" => Self::Floats,
            b"u" | b"U" | b"vu" => Self::Text,
            [b'd', b':', ..] => Self::Decimals,
            [b't', b'd', ..] => Self::Dates,
            [b't', b's', ..] => Self::Timestamps,
            [b't', b't', ..] => Self::Times,
            [b't', b'D', ..] => Self::Durations,
            [b't', b'i', ..] => Self::Intervals,
            [b'+', ..] => Self::Nested,
            b"n" => Self::Nulls,
            _ => Self::Bytes,
        }
    }

    /// Integers, floats or decimals.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integers | Self::Floats | Self::Decimals)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Booleans => "booleans",
            Self::Integers => "integers",
            Self::Floats => "floats",
            Self::Decimals => "decimals",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Dates => "dates",
            Self::Timestamps => "timestamps",
            Self::Times => "times of day",
            Self::Durations => "durations",
            Self::Intervals => "intervals",
            Self::Nested => "nested values",
            Self::Nulls => "nothing but nulls",
        })
    }
}
