//! CSV files: found, their columns named and typed, and read in parallel.

mod check;
mod decode;
mod dialect;
mod infer;
mod record;
mod split;

use std::{collections::HashMap, path::Path, sync::Arc};

use arrow_schema::{Field, Schema, SchemaRef};
use encoding_rs::{Encoding, UTF_8};
use etl_pipeline::{CsvSource, OnBadRows, nearest};

use super::{
    InputFile, Scan, Source, SourceError, SourceInfo,
    bytes::Opening,
    files,
    text::{Cutting, Piece, TextScan, read_records},
    types,
};
use crate::objects::Access;
use decode::CsvFormat;
use dialect::Dialect;
use infer::Guess;
use record::RecordReader;
use split::CsvSplitter;

const EXTENSIONS: &[&str] = &["csv", "csv.gz", "csv.zst"];

/// CSV files of one schema.
#[derive(Debug)]
pub(super) struct CsvFiles {
    files: Arc<[InputFile]>,
    format: CsvFormat,
}

impl CsvFiles {
    pub(super) fn open(source: &CsvSource, access: &Access) -> Result<Self, SourceError> {
        let dialect = Dialect::of(source)?;
        let files = files::find(&source.url, EXTENSIONS, access)?;
        let given = given_types(source)?;
        let schema = learn_schema(source, &dialect, &files, &given)?;
        let format = CsvFormat::new(dialect, schema, source)?;
        Ok(Self { files, format })
    }

    /// Files that are known to have these columns.
    pub(super) fn of_schema(
        source: &CsvSource,
        schema: &SchemaRef,
        access: &Access,
    ) -> Result<Self, SourceError> {
        let files = files::find(&source.url, EXTENSIONS, access)?;
        let format = CsvFormat::new(Dialect::of(source)?, Arc::clone(schema), source)?;
        Ok(Self { files, format })
    }
}

impl Source for CsvFiles {
    fn schema(&self) -> &SchemaRef {
        self.format.schema()
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo { kind: "csv", files: self.files.to_vec() }
    }

    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError> {
        let format = self.format.clone().project(columns)?;
        Ok(Box::new(TextScan::new(Arc::clone(&self.files), format, batch_rows)))
    }
}

/// How the source's files are read and cut.
fn cutting(source: &CsvSource) -> Cutting {
    let resumes = source.on_bad_rows == OnBadRows::Reject;
    Cutting { opening: opening(source), header: source.header, resumes, ..Cutting::default() }
}

fn opening(source: &CsvSource) -> Opening {
    // The web's standard knows no `latin-1`: it takes it for the code page that holds it.
    let label = if source.encoding.as_str() == "latin-1" { "windows-1252" } else { source.encoding.as_str() };
    let encoding = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8);
    Opening { compression: source.compression, encoding, array: false }
}

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

/// The columns of all files, typed as given or else as the first rows look.
fn learn_schema(
    source: &CsvSource,
    dialect: &Dialect,
    files: &[InputFile],
    given: &Types<'_>,
) -> Result<SchemaRef, SourceError> {
    let mut known: Option<(&Path, Vec<String>, Vec<Guess>)> = None;
    let mut sampled = 0;
    for file in files {
        let infers = known
            .as_ref()
            .is_none_or(|(_, names, _)| names.iter().any(|name| !given.contains_key(name.as_str())));
        let wanted = if infers { source.infer_rows.saturating_sub(sampled) } else { 0 };
        let pieces =
            read_records(file, CsvSplitter::new(dialect), wanted.saturating_add(1), cutting(source))?;
        let Some(names) = column_names(source, dialect, &file.path, pieces.first())? else { continue };
        let (first, first_names, guesses) = known.get_or_insert_with(|| {
            let guesses = names.iter().map(|name| {
                if given.contains_key(name.as_str()) { Guess::settled() } else { Guess::default() }
            });
            (&file.path, names.clone(), guesses.collect())
        });
        if let Some(difference) = difference(first_names, &names) {
            let (first, second) = (first.to_owned(), file.path.clone());
            return Err(SourceError::FilesDiffer { first, second, difference });
        }
        sampled += infer::look(&pieces, dialect, source, wanted, &names, guesses);
    }
    let Some((first, names, guesses)) = known else {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        return Err(SourceError::NoColumns {
            path,
            hint: "a CSV source without a header needs at least one row",
        });
    };
    if let Some(name) = given.keys().find(|name| !names.iter().any(|known| known == *name)) {
        let near = nearest(name, names.iter().map(String::as_str)).map(ToOwned::to_owned);
        return Err(SourceError::UnknownColumn { path: first.to_owned(), name: (*name).to_owned(), near });
    }
    let fields = names.into_iter().zip(guesses).map(|(name, guess)| {
        let data_type = given.get(name.as_str()).cloned().unwrap_or_else(|| guess.data_type());
        Field::new(name, data_type, true)
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// The names in the first record, or `column_1` and so on; `None`: the file has no record and needs none.
fn column_names(
    source: &CsvSource,
    dialect: &Dialect,
    path: &Path,
    start: Option<&Piece>,
) -> Result<Option<Vec<String>>, SourceError> {
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

#[cfg(test)]
mod split_tests;

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;
    use etl_pipeline::EncodingName;

    #[test]
    fn every_encoding_that_a_pipeline_may_name_is_known() {
        for name in EncodingName::all().filter(|name| name.as_str() != "latin-1") {
            assert!(Encoding::for_label(name.as_str().as_bytes()).is_some(), "{name:?}");
        }
    }
}
