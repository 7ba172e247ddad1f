//! Files whose columns differ, as one source: columns are matched by name.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt64Array, new_null_array};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use futures::future::{BoxFuture, FutureExt};
use indexmap::IndexMap;

use super::{Rows, Scan, ScanProgress, Source, SourceError, SourceInfo, type_name, widen::widen};
use crate::position::{self, positioned, positions};

/// Sources of one file each.
#[derive(Debug)]
pub(super) struct Union {
    files: Vec<Box<dyn Source>>,
    schema: SchemaRef,
}

impl Union {
    pub(super) fn new(files: Vec<Box<dyn Source>>) -> Result<Self, SourceError> {
        let mut known: IndexMap<&str, (usize, Field)> = IndexMap::new();
        for (index, file) in files.iter().enumerate() {
            for field in file.schema().fields() {
                let Some((first, known)) = known.get_mut(field.name().as_str()) else {
                    // Nothing is known of it in the files before.
                    let found = field.as_ref().clone().with_nullable(field.is_nullable() || index > 0);
                    known.insert(field.name(), (index, found));
                    continue;
                };
                let (one, other) = (known.data_type(), field.data_type());
                let Some(both) = widen(one, other) else {
                    let (one, other) = (type_name(one), type_name(other));
                    let name = field.name();
                    let difference = format!(
                        "column {name:?} is {one} in the one and {other} in the other, and no type holds both"
                    );
                    let path = |index: usize| files[index].describe().files.swap_remove(0).path;
                    let (first, second) = (path(*first), path(index));
                    return Err(SourceError::FilesDiffer { first, second, difference, hint: None });
                };
                let nullable = known.is_nullable() || field.is_nullable();
                *known = known.clone().with_data_type(both).with_nullable(nullable);
            }
        }
        let field = |(_, field): (usize, Field)| {
            let everywhere = files.iter().all(|file| file.schema().column_with_name(field.name()).is_some());
            let nullable = field.is_nullable() || !everywhere;
            field.with_nullable(nullable)
        };
        let fields = known.into_values().map(field).collect::<Vec<_>>();
        Ok(Self { files, schema: Arc::new(Schema::new(fields)) })
    }
}

impl Source for Union {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn describe(&self) -> SourceInfo {
        let each = self.files.iter().map(|file| file.describe()).collect::<Vec<_>>();
        let kind = each.first().map_or("", |info| info.kind);
        SourceInfo { kind, files: each.into_iter().flat_map(|info| info.files).collect() }
    }

    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError> {
        let schema = match columns {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let files = self.files.iter().map(|file| {
            let mut own = Vec::new();
            let places = schema.fields().iter().map(|field| {
                let (index, _) = file.schema().column_with_name(field.name())?;
                own.push(index);
                Some(own.len() - 1)
            });
            let places = places.collect();
            Ok(FileScan { scan: file.scan(Some(&own), batch_rows)?, places })
        });
        let files = files.collect::<Result<Vec<_>, SourceError>>()?;
        Ok(Box::new(UnionScan { files, current: AtomicUsize::new(0), schema: positioned(&schema) }))
    }
}

#[derive(Debug)]
struct FileScan {
    scan: Box<dyn Scan>,
    /// Where in its batches the columns stand; `None`: the file has no such column.
    places: Vec<Option<usize>>,
}

#[derive(Debug)]
struct UnionScan {
    files: Vec<FileScan>,
    /// The file that is being read.
    current: AtomicUsize,
    /// With positions.
    schema: SchemaRef,
}

impl UnionScan {
    fn complete(&self, index: usize, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let columns = self.files[index].places.iter().zip(self.schema.fields()).map(|(place, field)| {
            let Some(place) = place else { return Ok(new_null_array(field.data_type(), rows)) };
            let column = batch.column(*place);
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                cast_with_options(column, field.data_type(), &options)
            }
        });
        let mut columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
        let in_file = positions(batch).values().iter().map(|position| position::of(index, *position));
        columns.push(Arc::new(UInt64Array::from_iter_values(in_file)));
        let count = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &count)
    }
}

impl Scan for UnionScan {
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async {
            loop {
                let index = self.current.load(Relaxed);
                let Some(file) = self.files.get(index) else { return Ok(None) };
                let Some(Rows { batches, mut rejects }) = file.scan.next().await? else {
                    // Whoever sees first that a file has ended goes on to the next.
                    let _ = self.current.compare_exchange(index, index + 1, Relaxed, Relaxed);
                    continue;
                };
                let batches = batches.iter().map(|batch| self.complete(index, batch));
                let batches = batches.collect::<Result<_, _>>()?;
                for row in &mut rejects {
                    row.position = position::of(index, row.position);
                }
                return Ok(Some(Rows { batches, rejects }));
            }
        }
        .boxed()
    }

    fn progress(&self) -> ScanProgress {
        let each = self.files.iter().map(|file| file.scan.progress());
        each.fold(ScanProgress::default(), |all, one| ScanProgress {
            bytes_read: all.bytes_read + one.bytes_read,
            bytes_total: all.bytes_total + one.bytes_total,
            rows: all.rows + one.rows,
        })
    }
}
