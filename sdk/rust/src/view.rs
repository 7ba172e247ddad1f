//! Typed views over the buffers of a column: what was read is not copied again.

use bytemuck::Pod;

use crate::backend::Buffers;
use crate::{Column, Error, Mask, Result};

/// Values of a float column.
pub type F64 = Values<f64>;
/// Values of an integer column, or of one that counts time in 64 bits.
pub type I64 = Values<i64>;
/// Values of a column of days.
pub type I32 = Values<i32>;

/// The values of a column of fixed width, with nulls.
pub struct Values<T> {
    store: Store<T>,
    validity: Option<Mask>,
}

enum Store<T> {
    /// As they came: aligned for `T`, and a whole number of them.
    Bytes(Vec<u8>),
    /// Copied, because they came unaligned.
    Owned(Vec<T>),
}

impl<T: Pod> Values<T> {
    pub(crate) fn read(data: Buffers) -> Result<Self> {
        let rows = data.rows;
        let [validity, values] = split(data)?;
        if values.len() != rows * size_of::<T>() {
            return Err(malformed());
        }
        let store = if bytemuck::try_cast_slice::<u8, T>(&values).is_ok() {
            Store::Bytes(values)
        } else {
            Store::Owned(values.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect())
        };
        Ok(Self { store, validity: mask(validity, rows) })
    }

    /// All values; that of a null row is arbitrary.
    pub fn values(&self) -> &[T] {
        match &self.store {
            Store::Bytes(bytes) => bytemuck::cast_slice(bytes),
            Store::Owned(values) => values,
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.values().len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Which rows have a value; `None` if all have.
    pub fn validity(&self) -> Option<&Mask> {
        self.validity.as_ref()
    }

    /// Whether the row has a value.
    pub fn is_valid(&self, row: usize) -> bool {
        self.validity.as_ref().is_none_or(|validity| validity.get(row))
    }

    /// The value of a row; `None` if it is null, or beyond the end.
    pub fn get(&self, row: usize) -> Option<T> {
        self.values().get(row).copied().filter(|_| self.is_valid(row))
    }

    /// A float column: every value changed, nulls kept.
    pub fn map(&self, change: impl Fn(T) -> f64) -> Result<Column> {
        Column::from_f64(self.values().iter().map(|value| change(*value)).collect(), self.validity())
    }

    /// The value of each row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<T>> + '_ {
        self.values().iter().enumerate().map(|(row, value)| self.is_valid(row).then_some(*value))
    }
}

/// The values of a text column, with nulls.
pub struct Text {
    offsets: Values<i32>,
    text: String,
}

impl Text {
    pub(crate) fn read(data: Buffers) -> Result<Self> {
        let rows = data.rows;
        let [validity, mut offsets, text] = split(data)?;
        if offsets.is_empty() {
            offsets = vec![0; size_of::<i32>()];
        }
        let mut offsets = Values::read(Buffers { rows: rows + 1, buffers: vec![Vec::new(), offsets] })?;
        offsets.validity = mask(validity, rows);
        Ok(Self { offsets, text: String::from_utf8(text).map_err(|_| malformed())? })
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Which rows have a value; `None` if all have.
    pub fn validity(&self) -> Option<&Mask> {
        self.offsets.validity()
    }

    /// The text of a row; `None` if it is null, or beyond the end.
    pub fn get(&self, row: usize) -> Option<&str> {
        let ends = self.offsets.values().get(row..row + 2)?;
        if self.offsets.is_valid(row) { self.cut(ends) } else { None }
    }

    /// The text of each row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> + '_ {
        let ends = self.offsets.values().array_windows::<2>().enumerate();
        ends.map(|(row, ends)| if self.offsets.is_valid(row) { self.cut(ends) } else { None })
    }

    fn cut(&self, ends: &[i32]) -> Option<&str> {
        let end = |at: usize| usize::try_from(ends[at]).ok();
        self.text.get(end(0)?..end(1)?)
    }
}

/// The values of a boolean column, with nulls.
pub struct Bools {
    bits: Mask,
    validity: Option<Mask>,
}

impl Bools {
    pub(crate) fn read(data: Buffers) -> Result<Self> {
        let rows = data.rows;
        let [validity, bits] = split(data)?;
        Ok(Self { bits: Mask::from_bytes(bits, rows), validity: mask(validity, rows) })
    }

    /// All values; that of a null row is arbitrary.
    pub fn bits(&self) -> &Mask {
        &self.bits
    }

    /// Which rows have a value; `None` if all have.
    pub fn validity(&self) -> Option<&Mask> {
        self.validity.as_ref()
    }

    /// The value of a row; `None` if it is null.
    pub fn get(&self, row: usize) -> Option<bool> {
        let valid = self.validity.as_ref().is_none_or(|validity| validity.get(row));
        (valid && row < self.bits.len()).then(|| self.bits.get(row))
    }

    /// The value of each row.
    pub fn iter(&self) -> impl Iterator<Item = Option<bool>> + '_ {
        (0..self.bits.len()).map(|row| self.get(row))
    }
}

fn split<const N: usize>(data: Buffers) -> Result<[Vec<u8>; N]> {
    data.buffers.try_into().map_err(|_| malformed())
}

fn mask(validity: Vec<u8>, rows: usize) -> Option<Mask> {
    (!validity.is_empty()).then(|| Mask::from_bytes(validity, rows))
}

fn malformed() -> Error {
    Error::internal("the host's buffers don't fit the column's type")
}
