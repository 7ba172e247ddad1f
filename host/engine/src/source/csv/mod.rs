//! CSV files: found, their columns named and typed, and read in parallel.

mod check;
mod decode;
mod dialect;
mod infer;
mod learn;
mod record;
mod split;

use std::sync::Arc;

use arrow_schema::SchemaRef;
use etl_pipeline::{CsvSource, OnBadRows};

use super::{
    InputFile, MaybeReread, Scan, Source, SourceError, SourceInfo,
    bytes::{Opening, encoding},
    files,
    text::{Cutting, TextReread, TextScan},
};
use crate::objects::Access;
use decode::CsvFormat;
use dialect::Dialect;
use record::RecordReader;
use split::CsvSplitter;

pub(super) const EXTENSIONS: &[&str] = &["csv", "csv.gz", "csv.zst"];

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
        let schema = learn::learn(source, &dialect, &files)?.schema;
        let format = CsvFormat::new(dialect, schema, source)?;
        Ok(Self { files, format })
    }

    /// Each file on its own, with the types that its columns have in all of them.
    pub(super) fn open_each(source: &CsvSource, access: &Access) -> Result<Vec<Self>, SourceError> {
        let dialect = Dialect::of(source)?;
        let learned = learn::learn(source, &dialect, &files::find(&source.url, EXTENSIONS, access)?)?;
        let each = learned.files.into_iter().map(|(file, names)| {
            let columns = names.iter().map(|name| learned.schema.index_of(name));
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            let schema = Arc::new(learned.schema.project(&columns)?);
            let format = CsvFormat::new(dialect.clone(), schema, source)?;
            Ok(Self { files: Arc::from([file]), format })
        });
        each.collect()
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

    fn reread(&self, columns: &[usize]) -> MaybeReread {
        Ok(Some(Box::new(TextReread(self.format.clone().project(Some(columns))?))))
    }
}

/// How the source's files are read and cut.
fn cutting(source: &CsvSource) -> Cutting {
    let resumes = source.on_bad_rows == OnBadRows::Reject;
    Cutting { opening: opening(source), header: source.header, resumes, ..Cutting::default() }
}

fn opening(source: &CsvSource) -> Opening {
    Opening { compression: source.compression, encoding: encoding(&source.encoding), array: false }
}

#[cfg(test)]
mod split_tests;
