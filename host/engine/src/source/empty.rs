//! A source without files.

use arrow_schema::SchemaRef;
use futures::future::{BoxFuture, FutureExt};

use super::{Rows, Scan, ScanProgress, Source, SourceError, SourceInfo};

/// Columns, and no rows.
#[derive(Debug)]
pub(super) struct Empty {
    kind: &'static str,
    schema: SchemaRef,
}

impl Empty {
    pub(super) fn new(kind: &'static str, schema: SchemaRef) -> Self {
        Self { kind, schema }
    }
}

impl Source for Empty {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo { kind: self.kind, files: Vec::new() }
    }

    fn scan(&self, _: Option<&[usize]>, _: usize) -> Result<Box<dyn Scan>, SourceError> {
        Ok(Box::new(Nothing))
    }
}

#[derive(Debug)]
struct Nothing;

impl Scan for Nothing {
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async { Ok(None) }.boxed()
    }

    fn progress(&self) -> ScanProgress {
        ScanProgress::default()
    }
}
