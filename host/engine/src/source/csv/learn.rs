//! Which columns files have, and of what types they look.

use std::{collections::HashMap, path::Path, sync::Arc};

use arrow_schema::{Field, Schema, SchemaRef};
use etl_pipeline::{CsvSource, SchemaMerge, nearest};
use indexmap::IndexMap;

use super::{
    CsvSplitter, Dialect, RecordReader, check, cutting, decode,
    infer::{self, Guess},
    opening,
};
use crate::source::{
    InputFile, SourceError,
    text::{Piece, read_records},
    types,
};

type Types<'a> = HashMap<&'a str, arrow_schema::DataType>;

/// The types that the pipeline gives, which must be such as a CSV field can hold.
fn given_types(source: &CsvSource) -> Result<Types<'_>, SourceError> {
    let readable = |(name, type_name): (&'_ String, &'_ str)| {
        types::data_type(type_name).filter(decode::is_readable).ok_or_else(|| SourceError::UnreadableType {
            name: name.clone(),
            type_name: type_name.to_owned(),
            kind: "CSV",
        })
    };
    source.schema.iter().map(|(name, given)| Ok((name.as_str(), readable((name, given.as_str()))?))).collect()
}

/// What the first rows of files tell.
pub(super) struct Learned {
    /// Of each file that has any: where it is, and its columns in their order.
    pub(super) files: Vec<(InputFile, Vec<String>)>,
    /// The columns of all, in the order in which they were met, typed as given or else as their values look.
    pub(super) schema: SchemaRef,
}

/// Learns the columns of all files, which must be the same unless files are merged.
pub(super) fn learn(
    source: &CsvSource,
    dialect: &Dialect,
    files: &[InputFile],
) -> Result<Learned, SourceError> {
    let given = given_types(source)?;
    let merges = source.schema_merge == SchemaMerge::Union;
    let mut learned: Vec<(InputFile, Vec<String>)> = Vec::new();
    let mut known: IndexMap<String, Guess> = IndexMap::new();
    let mut sampled = 0;
    for file in files {
        let infers = known.is_empty() || known.keys().any(|name| !given.contains_key(name.as_str()));
        let wanted = match (infers, merges) {
            (false, false) => 0,
            (true, false) => source.infer_rows.saturating_sub(sampled),
            (_, true) => source.infer_rows,
        };
        let pieces =
            read_records(file, CsvSplitter::new(dialect), wanted.saturating_add(1), cutting(source))?;
        let Some(names) = column_names(source, dialect, &file.path, pieces.first())? else { continue };
        if let Some((first, first_names)) = learned.first().filter(|_| !merges)
            && let Some(difference) = difference(first_names, &names)
        {
            return Err(SourceError::differ(&first.path, &file.path, difference));
        }
        let guess = |name: &String| {
            let settled = given.contains_key(name.as_str()).then(Guess::settled);
            settled.or_else(|| known.get(name).copied()).unwrap_or_default()
        };
        let mut guesses = names.iter().map(guess).collect::<Vec<_>>();
        sampled += infer::look(&pieces, dialect, source, wanted, &names, &mut guesses);
        known.extend(names.iter().cloned().zip(guesses));
        learned.push((file.clone(), names));
    }
    let Some((first, _)) = learned.first() else {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        return Err(SourceError::NoColumns {
            path,
            hint: "a CSV source without a header needs at least one row",
        });
    };
    // The first in the order of the pipeline, so that the same mistake is told each time.
    if let Some(name) = source.schema.keys().find(|name| !known.contains_key(*name)) {
        let near = nearest(name, known.keys().map(String::as_str)).map(ToOwned::to_owned);
        return Err(SourceError::UnknownColumn { path: first.path.clone(), name: name.clone(), near });
    }
    let fields = known.into_iter().map(|(name, guess)| {
        let data_type = given.get(name.as_str()).cloned().unwrap_or_else(|| guess.data_type());
        Field::new(name, data_type, true)
    });
    Ok(Learned { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), files: learned })
}

/// The names in the first record, or `column_1` and so on; `None`: the file has no record and needs none.
fn column_names(
    source: &CsvSource,
    dialect: &Dialect,
    path: &Path,
    start: Option<&Piece>,
) -> Result<Option<Vec<String>>, SourceError> {
    // A header that can't be read is not passed over: the next line would be taken for it.
    if let Some(damaged) =
        start.and_then(|piece| piece.damaged.first()).filter(|damaged| damaged.range.start == 0)
        && source.header
    {
        return Err(SourceError::OpenQuote { place: damaged.row.place.clone() });
    }
    let records = start.map(|piece| piece.records(&CsvSplitter::new(dialect))).unwrap_or_default();
    let Some(record) = records.first() else {
        return if source.header { Err(SourceError::NoHeader { path: path.to_owned() }) } else { Ok(None) };
    };
    let mut reader = RecordReader::new(dialect);
    reader.next(record.text);
    if !source.header {
        return Ok(Some((1..=reader.fields().len()).map(|number| format!("column_{number}")).collect()));
    }
    let place = || record.place(path);
    let mut names: Vec<String> = Vec::new();
    for field in reader.fields() {
        let index = names.len();
        let name = std::str::from_utf8(field).map_err(|_| {
            check::not_utf8(
                place().with_column(index),
                "the column's name".to_owned(),
                field,
                opening(source).encoding.name(),
            )
        })?;
        if name.contains('\0') {
            let what = "the column's name".to_owned();
            return Err(SourceError::NulByte { place: place().with_column(index), what });
        }
        if let Some(first) = names.iter().position(|known| known == name) {
            let (name, first, second) = (name.to_owned(), first + 1, index + 1);
            return Err(SourceError::DuplicateColumn { place: place(), name, first, second });
        }
        names.push(name.to_owned());
    }
    Ok(Some(names))
}

fn difference(first: &[String], second: &[String]) -> Option<String> {
    if let Some(index) = first.iter().zip(second).position(|(one, other)| one != other) {
        return Some(format!(
            "column {} is {:?} in the one and {:?} in the other",
            index + 1,
            first[index],
            second[index]
        ));
    }
    let (fewer, more) =
        (first.len().min(second.len()), if first.len() > second.len() { first } else { second });
    let only = more.get(fewer)?;
    let which = if first.len() > second.len() { "first" } else { "second" };
    Some(format!("only the {which} has column {}, {only:?}", fewer + 1))
}
