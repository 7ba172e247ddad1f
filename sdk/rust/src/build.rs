//! Builders of new columns, row by row.

use crate::{Column, Error, Mask, Result};

/// Builds a float column.
pub type F64Builder = NumberBuilder<f64>;
/// Builds an integer column, or one that counts time in 64 bits.
pub type I64Builder = NumberBuilder<i64>;

/// Remembers which rows have a value; costs nothing until the first null.
#[derive(Default)]
struct Validity {
    mask: Option<Mask>,
}

impl Validity {
    fn push(&mut self, rows_before: usize, valid: bool) {
        match &mut self.mask {
            Some(mask) => mask.push(valid),
            None if valid => {}
            None => {
                let mut mask = Mask::new(true, rows_before);
                mask.push(false);
                self.mask = Some(mask);
            }
        }
    }
}

/// Builds a column of 64-bit numbers.
#[derive(Default)]
pub struct NumberBuilder<T> {
    values: Vec<T>,
    validity: Validity,
}

impl<T: Default> NumberBuilder<T> {
    /// A builder with room for this many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), validity: Validity::default() }
    }

    /// Adds a row: `None` is null.
    pub fn push(&mut self, value: impl Into<Option<T>>) {
        let value = value.into();
        self.validity.push(self.values.len(), value.is_some());
        self.values.push(value.unwrap_or_default());
    }
}

impl<T: Default> Extend<Option<T>> for NumberBuilder<T> {
    fn extend<I: IntoIterator<Item = Option<T>>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl NumberBuilder<f64> {
    /// The float column.
    pub fn finish(self) -> Result<Column> {
        Column::from_f64(self.values, self.validity.mask.as_ref())
    }
}

impl NumberBuilder<i64> {
    /// The integer column.
    pub fn finish(self) -> Result<Column> {
        Column::from_i64(self.values, self.validity.mask.as_ref())
    }

    /// A column of instants, as `format` counts them.
    pub fn finish_timestamps(self, format: &str) -> Result<Column> {
        Column::from_timestamps(format, self.values, self.validity.mask.as_ref())
    }
}

/// Builds a column of booleans.
#[derive(Default)]
pub struct BoolBuilder {
    bits: Vec<bool>,
    validity: Validity,
}

impl BoolBuilder {
    /// Adds a row: `None` is null.
    pub fn push(&mut self, value: impl Into<Option<bool>>) {
        let value = value.into();
        self.validity.push(self.bits.len(), value.is_some());
        self.bits.push(value.unwrap_or_default());
    }

    /// The column.
    pub fn finish(self) -> Result<Column> {
        Column::from_bools(&self.bits.into_iter().collect(), self.validity.mask.as_ref())
    }
}

/// Builds a text column in two buffers, without an allocation per row.
pub struct TextBuilder {
    offsets: Vec<u8>,
    text: Vec<u8>,
    rows: usize,
    validity: Validity,
}

impl TextBuilder {
    /// A builder with room for this many rows.
    pub fn with_capacity(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity((rows + 1) * size_of::<i32>());
        offsets.extend([0; size_of::<i32>()]);
        Self { offsets, text: Vec::new(), rows: 0, validity: Validity::default() }
    }

    /// Adds a row: `None` is null.
    pub fn push<'a>(&mut self, value: impl Into<Option<&'a str>>) {
        let value = value.into();
        self.text.extend_from_slice(value.unwrap_or_default().as_bytes());
        self.end(value.is_some());
    }

    /// Adds a row of formatted text: `builder.push_fmt(format_args!("{a}/{b}"))`.
    pub fn push_fmt(&mut self, text: std::fmt::Arguments<'_>) {
        use std::io::Write as _;
        // A vector takes every byte.
        let _ = self.text.write_fmt(text);
        self.end(true);
    }

    /// Adds to the text of a row that [`end_row`](Self::end_row) will end.
    pub fn append(&mut self, part: &str) {
        self.text.extend_from_slice(part.as_bytes());
    }

    /// As [`append`](Self::append), in decimal digits.
    pub fn append_integer(&mut self, value: i64) {
        // The sign and 19 digits.
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            start -= 1;
            digits[start] = b"0123456789"[(rest % 10) as usize];
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        self.text.extend_from_slice(&digits[start..]);
    }

    /// Ends a row that was put together by [`append`](Self::append).
    pub fn end_row(&mut self) {
        self.end(true);
    }

    fn end(&mut self, valid: bool) {
        self.validity.push(self.rows, valid);
        self.rows += 1;
        // More than 2 GiB is told by `finish`.
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.offsets.extend_from_slice(&end.to_le_bytes());
    }

    /// The column.
    pub fn finish(self) -> Result<Column> {
        if i32::try_from(self.text.len()).is_err() {
            return Err(Error::data("the new text column has more than 2 GiB in one batch"));
        }
        Column::from_buffers("u", self.rows, self.validity.mask.as_ref(), vec![self.offsets, self.text])
    }
}
