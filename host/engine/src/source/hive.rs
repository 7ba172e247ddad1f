//! Folders named as Hive names them: `year=2024/month=1/`.

use std::{path::Path, sync::Arc};

use arrow_array::{Array, ArrayRef, StringArray};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, Fields};
use etl_pipeline::Partitions;

use super::{InputFile, SourceError, types};

/// Stands for null in a folder's name.
pub(crate) const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Columns that the folders of files name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) fields: Fields,
    /// Per file, per column: an array of the one value.
    pub(super) values: Vec<Vec<ArrayRef>>,
}

impl Named {
    /// The columns of a source's files, as the pipeline tells them.
    pub(super) fn find(files: &[InputFile], partitions: &Partitions) -> Result<Self, SourceError> {
        let fields = match partitions {
            Partitions::Auto => return Self::infer(files),
            Partitions::Given(given) => given.iter().map(|(name, type_name)| {
                let data_type = types::data_type(type_name.as_str());
                Field::new(name, data_type.unwrap_or(DataType::Utf8View), true)
            }),
        };
        Self::read(files, fields.collect())
    }

    /// The columns of these names and types.
    pub(super) fn read(files: &[InputFile], fields: Fields) -> Result<Self, SourceError> {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let mut values = Vec::with_capacity(files.len());
        for file in files {
            let found = folders(&file.path);
            let read = fields.iter().map(|field| {
                let value = found.iter().rev().find(|(name, _)| name == field.name());
                let missing =
                    || SourceError::NoPartition { path: file.path.clone(), name: field.name().clone() };
                let (_, value) = value.ok_or_else(missing)?;
                let text = StringArray::from(vec![value.as_deref()]);
                cast_with_options(&text, field.data_type(), &options).map_err(|_| SourceError::BadPartition {
                    path: file.path.clone(),
                    name: field.name().clone(),
                    expected: types::type_name(field.data_type()),
                    found: value.clone().unwrap_or_default(),
                })
            });
            values.push(read.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { fields, values })
    }

    /// All columns that the first file's folders name, each of the narrowest type of a few.
    fn infer(files: &[InputFile]) -> Result<Self, SourceError> {
        let names =
            |file: &InputFile| folders(&file.path).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let Some(first) = files.first() else { return Self::read(files, Fields::empty()) };
        let known = names(first);
        if let Some(other) = files.iter().find(|file| names(file) != known) {
            let (first, second) = (first.path.clone(), other.path.clone());
            let difference = "their folders name other columns".to_owned();
            return Err(SourceError::FilesDiffer { first, second, difference });
        }
        let types = [DataType::Int64, DataType::Date32, DataType::Utf8View];
        let fields = known.iter().map(|name| {
            let values = files
                .iter()
                .filter_map(|file| folders(&file.path).into_iter().rev().find(|(found, _)| found == name)?.1);
            let values: ArrayRef = Arc::new(values.map(Some).collect::<StringArray>());
            let reads = |data_type: &&DataType| {
                let options = CastOptions { safe: false, ..CastOptions::default() };
                !values.is_empty() && cast_with_options(&values, data_type, &options).is_ok()
            };
            let data_type = types.iter().find(reads).unwrap_or(&DataType::Utf8View);
            Field::new(name, data_type.clone(), true)
        });
        Self::read(files, fields.collect())
    }
}

/// Names and values of a file's folders, outermost first.
fn folders(path: &Path) -> Vec<(String, Option<String>)> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|folder| {
            let folder = folder.as_os_str().to_str()?;
            let (name, value) = folder.split_once('=')?;
            Some((unescaped(name), (value != NULL_PARTITION).then(|| unescaped(value))))
        })
        .collect()
}

/// A text with `%3A` for a colon; what is no escape stands for itself.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        rest = after;
        if let (b'%', [high, low, after @ ..]) = (first, after)
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
