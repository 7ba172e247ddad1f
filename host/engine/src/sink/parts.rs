//! Which rows go to which folder: `year=2024/month=1/`, as Hive names them.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{Array, RecordBatch, StringViewArray, UInt32Array, cast::AsArray};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Schema};
use arrow_select::take::take_record_batch;

use crate::source::NULL_PARTITION;

/// Splits rows by the values of some columns, which it leaves out.
#[derive(Debug)]
pub(super) struct Router {
    names: Vec<String>,
    /// The indices of those columns, and of the others.
    keys: Vec<usize>,
    others: Vec<usize>,
    known: HashMap<Vec<Option<String>>, usize>,
}

/// Rows of one folder.
#[derive(Debug)]
pub(super) struct Routed {
    /// In the order in which they were first met.
    pub(super) part: usize,
    pub(super) rows: RecordBatch,
    /// Its path, where it is met for the first time.
    pub(super) folder: Option<String>,
}

impl Router {
    /// By the columns of these names; a name that is no column is left out.
    pub(super) fn new(schema: &Schema, names: &[impl AsRef<str>]) -> Self {
        let keys = key_columns(schema, names);
        let others = (0..schema.fields().len()).filter(|column| !keys.contains(column)).collect();
        let names = keys.iter().map(|key| schema.field(*key).name().clone()).collect();
        Self { names, keys, others, known: HashMap::new() }
    }

    /// The columns that files have.
    pub(super) fn others(&self) -> &[usize] {
        &self.others
    }

    pub(super) fn split(&mut self, batch: &RecordBatch) -> Result<Vec<Routed>, ArrowError> {
        let texts = self.keys.iter().map(|key| cast(batch.column(*key), &DataType::Utf8View));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let texts: Vec<&StringViewArray> = texts.iter().map(AsArray::as_string_view).collect();
        let rows = batch.project(&self.others)?;
        let mut found: Vec<(usize, Vec<u32>, Option<String>)> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut last = None;
        for row in 0..batch.num_rows() {
            let same = |before: usize| texts.iter().all(|text| value(text, row) == value(text, before));
            let place = if let Some((_, place)) = last.filter(|(before, _)| same(*before)) {
                place
            } else {
                let key: Vec<Option<String>> =
                    texts.iter().map(|text| value(text, row).map(ToOwned::to_owned)).collect();
                let (next, folder) = (self.known.len(), self.folder(&key));
                let part = *self.known.entry(key).or_insert(next);
                *places.entry(part).or_insert_with(|| {
                    found.push((part, Vec::new(), (part == next).then_some(folder)));
                    found.len() - 1
                })
            };
            last = Some((row, place));
            found[place].1.push(u32::try_from(row).unwrap_or(u32::MAX));
        }
        let routed = found.into_iter().map(|(part, indices, folder)| {
            let rows = take_record_batch(&rows, &UInt32Array::from(indices))?;
            Ok(Routed { part, rows, folder })
        });
        routed.collect()
    }

    fn folder(&self, key: &[Option<String>]) -> String {
        let names = self.names.iter().zip(key);
        let parts = names.map(|(name, value)| {
            let value = value.as_deref().map_or_else(|| NULL_PARTITION.to_owned(), escaped);
            format!("{}={value}", escaped(name))
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

fn value(text: &StringViewArray, row: usize) -> Option<&str> {
    text.is_valid(row).then(|| text.value(row))
}

/// The indices of columns by their names.
pub(super) fn key_columns(schema: &Schema, names: &[impl AsRef<str>]) -> Vec<usize> {
    names.iter().filter_map(|name| schema.index_of(name.as_ref()).ok()).collect()
}

/// As in a URL: what is more than letters, digits and `-_.~` has no place in a folder's name everywhere.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            byte => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
                escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    escaped
}

/// Whether a folder's name is that of a part.
pub(super) fn is_part_folder(name: &str) -> bool {
    name.split_once('=').is_some_and(|(column, _)| !column.is_empty() && !column.starts_with('.'))
}

/// The schema of rows that are read back: what the files hold, and then what the folders are named by.
pub(super) fn read_back(schema: &Schema, names: &[impl AsRef<str>]) -> Schema {
    let keys = key_columns(schema, names);
    let others = (0..schema.fields().len()).filter(|column| !keys.contains(column));
    let field = |column: usize| Arc::clone(&schema.fields()[column]);
    let keys = keys.iter().map(|key| Arc::new(field(*key).as_ref().clone().with_nullable(true)));
    Schema::new(others.map(field).chain(keys).collect::<Vec<_>>())
}
