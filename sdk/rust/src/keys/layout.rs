//! Keys taken apart again.

use super::encoding::{Encoding, unescape};
use crate::backend::narrow;
use crate::{Column, Kind, Mask, Result, Schema, Value};

/// What keys are made of: splits them, and makes columns of them again.
#[derive(Default)]
pub struct KeyLayout {
    parts: Vec<(Encoding, String)>,
}

impl KeyLayout {
    /// The layout of the keys that these columns give.
    pub fn of(schema: &Schema, columns: &[usize]) -> Result<Self> {
        let formats = columns.iter().filter_map(|index| schema.fields().get(*index));
        let parts = formats.map(|field| Ok((Encoding::of(&field.format)?, field.format.clone())));
        Ok(Self { parts: parts.collect::<Result<_>>()? })
    }

    /// Where the part of column `column` begins in a key; beyond the last column, where the key ends.
    pub fn offset(&self, key: &[u8], column: usize) -> usize {
        let rest = self.parts.iter().take(column).fold(key, |key, (encoding, _)| encoding.split(key).1);
        key.len() - rest.len()
    }

    /// The columns that these keys were made of. What is missing in a key is null.
    pub fn columns(&self, keys: &[&[u8]]) -> Result<Vec<Column>> {
        let mut keys = keys.to_vec();
        self.parts.iter().map(|(encoding, format)| column(*encoding, format, &mut keys)).collect()
    }
}

/// The column that the first part of each key gives. The keys are left with the rest.
fn column(encoding: Encoding, format: &str, keys: &mut [&[u8]]) -> Result<Column> {
    let rows = keys.len();
    if encoding == Encoding::Nothing {
        for key in keys {
            *key = encoding.split(key).1;
        }
        return Column::constant(Value::Null, format, rows);
    }
    let mut validity = Mask::new(true, rows);
    let mut offsets = 0_u32.to_le_bytes().to_vec();
    let mut values = Vec::with_capacity(rows * encoding.width());
    for (row, key) in keys.iter_mut().enumerate() {
        let (value, rest) = encoding.split(key);
        *key = rest;
        validity.set(row, value.is_some());
        match (encoding, value) {
            (Encoding::Variable, _) => {
                unescape(value.unwrap_or_default(), &mut values);
                offsets.extend(narrow(values.len()).to_le_bytes());
            }
            (_, Some(value)) => values.extend_from_slice(value),
            (_, None) => values.resize(values.len() + encoding.width(), 0),
        }
    }
    let validity = (!validity.is_all()).then_some(&validity);
    encoding.decode(&mut values);
    match (encoding, Kind::of(format)) {
        (_, Kind::Booleans) => {
            Column::from_bools(&values.iter().map(|value| *value == 1).collect(), validity)
        }
        (Encoding::Variable, _) => Column::from_buffers(format, rows, validity, vec![offsets, values]),
        (Encoding::Float, _) => Column::from_buffers("g", rows, validity, vec![values])?.cast(format),
        _ => Column::from_buffers(format, rows, validity, vec![values]),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::testing::{show, table};
    use crate::{Batch, Keys, TextBuilder};

    const INPUT: &str = "
        a: text | b: float | c: bool | d: d:9,2 | e: s | f: n | g: tsu:+00:00             | h: z   | i: f
        ab      | -0.0     | true    | -1.25    | -7   | null | 2022-10-19T01:02:03Z   | xy     | 1.5
        null    | null     | null    | null     | null | null | null                   | null   | null
        \"\"    | NaN      | false   | 12345.00 | 9    | null | 1969-12-31T23:59:59Z   | zz     | -2";

    #[test]
    fn columns_come_back() {
        let batch = table(INPUT).unwrap();
        let schema = batch.schema().unwrap();
        let all = (0..schema.len()).collect::<Vec<_>>();
        let layout = KeyLayout::of(&schema, &all).unwrap();
        let keys = Keys::of(&batch, &all).unwrap();
        let columns = layout.columns(&keys.iter().collect::<Vec<_>>()).unwrap();
        let named = schema.fields().iter().zip(&columns).map(|(field, column)| (field.name.as_str(), column));
        let back = Batch::from_columns(&named.collect::<Vec<_>>()).unwrap();
        insta::assert_snapshot!(show(&back).unwrap(), @r#"
            a: text | b: float | c: bool | d: d:9,2 | e: s | f: n | g: tsu:+00:00        | h: z | i: f
            ab      | 0        | true    | -1.25    | -7   | null | 2022-10-19T01:02:03Z | xy   | 1.5
            null    | null     | null    | null     | null | null | null                 | null | null
            ""      | NaN      | false   | 12345.00 | 9    | null | 1969-12-31T23:59:59Z | zz   | -2.0
            "#);
        for key in keys.iter() {
            let ends = [0, 1, 2, 9, 10].map(|column| layout.offset(key, column));
            assert!(ends.is_sorted());
            assert_eq!((ends[0], ends[3], ends[4]), (0, key.len(), key.len()));
        }
        assert_eq!(layout.columns(&[b""]).unwrap()[0].null_count(), 1);
    }

    #[test]
    fn text_may_have_zeros() {
        let texts = ["", "\0", "a\0", "a\0\0b", "\0\u{ff}"];
        let mut builder = TextBuilder::with_capacity(texts.len());
        for text in texts {
            builder.push(text);
        }
        let batch = Batch::from_columns(&[("a", &builder.finish().unwrap())]).unwrap();
        let layout = KeyLayout::of(&batch.schema().unwrap(), &[0]).unwrap();
        let keys = Keys::of(&batch, &[0]).unwrap();
        let columns = layout.columns(&keys.iter().collect::<Vec<_>>()).unwrap();
        assert!(columns[0].text().unwrap().iter().flatten().eq(texts));
    }
}
