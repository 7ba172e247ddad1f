//! Rows as keys: what of several columns makes two rows the same, and which comes first.

mod encoding;
mod layout;
mod set;

pub use layout::KeyLayout;
pub use set::KeySet;

use encoding::{Encoding, NULL, VALUE};

use crate::{Batch, Mask, Result};

/// One key for each row of a batch: bytes that are equal where the rows are, and that compare as the
/// rows do, column by column. Null equals null and comes last; -0.0 equals 0.0, and all NaN are one
/// value, greater than any number; text compares by code point.
pub struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// A column's part of the keys: fixed width, or offsets into text or bytes.
struct Part {
    encoding: Encoding,
    validity: Option<Mask>,
    values: Vec<u8>,
    offsets: Vec<usize>,
}

impl Keys {
    /// The keys that these columns give.
    pub fn of(batch: &Batch, columns: &[usize]) -> Result<Self> {
        let rows = batch.rows();
        let parts = columns.iter().map(|index| Part::read(batch, *index)).collect::<Result<Vec<_>>>()?;
        let mut ends = vec![0; rows];
        for part in &parts {
            ends.iter_mut().enumerate().for_each(|(row, end)| *end += part.size(row));
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total - *end;
        }
        // Column by column, with a cursor for each row that ends at the row's end.
        let mut bytes = vec![0; total];
        for part in &parts {
            ends.iter_mut().enumerate().for_each(|(row, cursor)| part.write(row, &mut bytes, cursor));
        }
        Ok(Self { bytes, ends })
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The key of a row; empty beyond the end.
    pub fn get(&self, row: usize) -> &[u8] {
        slice(&self.bytes, &self.ends, row)
    }

    /// The key of each row.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl Part {
    fn read(batch: &Batch, index: usize) -> Result<Self> {
        let column = batch.column(index)?;
        let encoding = Encoding::of(column.format()?)?;
        let cast = encoding.read_as(column.format()?).map(|format| column.cast(format)).transpose()?;
        let data = cast.as_ref().unwrap_or(&column).buffers()?;
        let mut buffers = data.buffers.into_iter();
        let validity = buffers.next().filter(|bytes| !bytes.is_empty());
        let validity = validity.map(|bytes| Mask::from_bytes(bytes, data.rows));
        let offsets = if encoding == Encoding::Variable { buffers.next() } else { None };
        let offsets = offsets.unwrap_or_default();
        let (offsets, _) = offsets.as_chunks::<4>();
        let offsets = offsets.iter().map(|end| u32::from_le_bytes(*end) as usize).collect();
        let mut values = buffers.next().unwrap_or_default();
        encoding.encode(&mut values);
        Ok(Self { encoding, validity, values, offsets })
    }

    fn value(&self, row: usize) -> Option<&[u8]> {
        if self.validity.as_ref().is_some_and(|validity| !validity.get(row)) {
            return None;
        }
        match self.encoding {
            Encoding::Nothing => None,
            Encoding::Variable => self.values.get(*self.offsets.get(row)?..*self.offsets.get(row + 1)?),
            encoding => self.values.get(row * encoding.width()..(row + 1) * encoding.width()),
        }
    }

    /// A byte that tells null from a value, and the value.
    fn size(&self, row: usize) -> usize {
        self.value(row).map_or(1, |value| 1 + self.encoding.size(value))
    }

    fn write(&self, row: usize, bytes: &mut [u8], cursor: &mut usize) {
        let mut put = |part: &[u8]| {
            if let Some(place) = bytes.get_mut(*cursor..*cursor + part.len()) {
                place.copy_from_slice(part);
            }
            *cursor += part.len();
        };
        match self.value(row) {
            None => put(&[NULL]),
            Some(value) => {
                put(&[VALUE]);
                self.encoding.write(value, put);
            }
        }
    }
}

/// Piece `id` of pieces that lie one behind the other; empty if there is none.
fn slice<'a>(bytes: &'a [u8], ends: &[usize], id: usize) -> &'a [u8] {
    let start = id.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(id).and_then(|end| bytes.get(start..*end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::testing::table;

    #[test]
    fn equal_rows_have_equal_keys() {
        let batch = table(
            "a: text | b: float | c: bool | d: text
             x       | 0.0      | true    | y
             x       | -0.0     | true    | y
             xy      | 0.0      | true    | \"\"
             null    | 0.0      | null    | y
             null    | 0.0      | null    | y
             \"\"    | 0.0      | false   | y",
        );
        let keys = Keys::of(&batch.unwrap(), &[0, 1, 2, 3]).unwrap();
        let mut set = KeySet::default();
        let numbers = keys.iter().map(|key| set.insert(key).0).collect::<Vec<_>>();
        assert_eq!(numbers, [0, 0, 1, 2, 2, 3]);
        assert_eq!((set.len(), set.find(keys.get(4)), set.get(1)), (4, Some(2), keys.get(2)));
    }

    /// Every table is written in ascending order.
    #[test]
    fn keys_compare_as_the_rows_do() {
        let ascending = [
            "a: int\n -9223372036854775808\n -300\n -1\n 0\n 1\n 300\n null",
            "a: c\n -128\n -1\n 0\n 127\n null",
            "a: L\n 0\n 256\n 18446744073709551615\n null",
            "a: float\n -inf\n -2.5\n -1e-300\n 0\n 1e-300\n 2.5\n inf\n NaN\n null",
            "a: f\n -2.5\n 0\n 2.5\n null",
            "a: bool\n false\n true\n null",
            "a: text\n \"\"\n a\n a b\n ab\n b\n é\n null",
            "a: text\n \"\\u0000\"\n \"\\u0000a\"\n \"\\u0001\"\n a\n \"a\\u0000\"\n ab\n null",
            "a: date\n 1969-12-31\n 1970-01-01\n 2022-10-19\n null",
            "a: timestamp\n 1969-12-31T23:59:59\n 2022-10-19T00:00:00\n null",
            "a: d:10,2\n -10.00\n -0.01\n 0.00\n 9.99\n 10.00\n null",
        ];
        for text in ascending {
            let keys = Keys::of(&table(text).unwrap(), &[0]).unwrap();
            assert!(keys.iter().is_sorted_by(|a, b| a < b), "{text}");
        }
        let two = table("a: text | b: int\n a | 2\n a | null\n ab | 1\n null | 0").unwrap();
        assert!(Keys::of(&two, &[0, 1]).unwrap().iter().is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn what_can_t_be_a_key() {
        insta::assert_snapshot!(Encoding::of("+l").unwrap_err(), @"lists, structs and maps can't be keys");
    }
}
