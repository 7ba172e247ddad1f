//! Files whose columns differ, as one source: columns are matched by name.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt64Array, new_null_array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use datafusion_execution::memory_pool::MemoryPool;
use futures::future::{BoxFuture, FutureExt};
use indexmap::IndexMap;

use super::{
    MaybeReread, Mended, Reread, Rows, Scan, ScanProgress, Source, SourceError, SourceInfo,
    adapt::adapt,
    reread::Numbers,
    type_name,
    widen::{Clash, widen},
};
use crate::position::{self, file_of, positioned, positions, row_of};

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
                let both = widen(known.data_type(), field.data_type()).map_err(|clash| {
                    let path = |index: usize| files[index].describe().files.swap_remove(0).path;
                    SourceError::FilesDiffer {
                        first: path(*first),
                        second: path(index),
                        difference: difference(field.name(), &clash),
                        hint: None,
                    }
                })?;
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

fn difference(column: &str, Clash { path, one, other }: &Clash) -> String {
    let (name, one, other) = (format!("{column}{path}"), type_name(one), type_name(other));
    format!("column {name:?} is {one} in the one and {other} in the other, and no type holds both")
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
            let (own, widening) = widening(file.schema(), &schema);
            Ok((file.scan(Some(&own), batch_rows)?, widening))
        });
        let files = files.collect::<Result<_, SourceError>>()?;
        Ok(Box::new(UnionScan { files, current: AtomicUsize::new(0) }))
    }

    fn reread(&self, columns: &[usize]) -> MaybeReread {
        let schema = Arc::new(self.schema.project(columns)?);
        let files = self.files.iter().map(|file| {
            let (own, widening) = widening(file.schema(), &schema);
            Ok(file.reread(&own)?.map(|reread| (reread, widening)))
        });
        let files = files.collect::<Result<Option<Vec<_>>, SourceError>>()?;
        let numbers = Numbers::of(&self.describe());
        Ok(files.map(|files| Box::new(UnionReread { files, numbers }) as Box<dyn Reread>))
    }
}

/// From the columns of a file to those of all.
#[derive(Debug)]
struct Widening {
    /// Where in the file's batches the columns stand; `None`: the file has no such column.
    places: Vec<Option<usize>>,
    /// With positions.
    schema: SchemaRef,
}

/// Which columns of a file are read for `schema`, and what becomes of them.
fn widening(file: &Schema, schema: &Schema) -> (Vec<usize>, Widening) {
    let mut own = Vec::new();
    let places = schema.fields().iter().map(|field| {
        let (index, _) = file.column_with_name(field.name())?;
        own.push(index);
        Some(own.len() - 1)
    });
    let places = places.collect();
    (own, Widening { places, schema: positioned(schema) })
}

#[derive(Debug)]
struct UnionScan {
    files: Vec<(Box<dyn Scan>, Widening)>,
    /// The file that is being read.
    current: AtomicUsize,
}

#[derive(Debug)]
struct UnionReread {
    files: Vec<(Box<dyn Reread>, Widening)>,
    numbers: Numbers,
}

impl Reread for UnionReread {
    fn read(&self, mended: &Mended<'_>) -> Result<Rows, SourceError> {
        let (file, widening) = &self.files[self.numbers.of_row(mended)?];
        let Rows { batches, rejects } = file.read(mended)?;
        let batches = batches.iter().map(|batch| widening.widen(batch, positions(batch).clone()));
        Ok(Rows { batches: batches.collect::<Result<_, _>>()?, rejects })
    }
}

impl Widening {
    /// The rows with these positions.
    fn widen(&self, batch: &RecordBatch, positions: UInt64Array) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let columns = self.places.iter().zip(self.schema.fields()).map(|(place, field)| {
            let Some(place) = place else { return Ok(new_null_array(field.data_type(), rows)) };
            adapt(batch.column(*place), field.data_type())
        });
        let mut columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
        columns.push(Arc::new(positions));
        let count = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &count)
    }
}

impl Scan for UnionScan {
    fn count_against(&self, memory: &Arc<dyn MemoryPool>) {
        self.files.iter().for_each(|(scan, _)| scan.count_against(memory));
    }

    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async {
            loop {
                let index = self.current.load(Relaxed);
                let Some((scan, widening)) = self.files.get(index) else { return Ok(None) };
                let Some(Rows { batches, mut rejects }) = scan.next().await? else {
                    // Whoever sees first that a file has ended goes on to the next.
                    let _ = self.current.compare_exchange(index, index + 1, Relaxed, Relaxed);
                    continue;
                };
                let batches = batches.iter().map(|batch| {
                    let in_file = positions(batch).values().iter();
                    let positions = in_file.map(|position| position::of(index, *position));
                    widening.widen(batch, UInt64Array::from_iter_values(positions))
                });
                let batches = batches.collect::<Result<_, _>>()?;
                for row in &mut rejects {
                    row.position = position::of(index, row.position);
                }
                return Ok(Some(Rows { batches, rejects }));
            }
        }
        .boxed()
    }

    fn line(&self, position: u64) -> Option<u64> {
        self.files.get(file_of(position))?.0.line(row_of(position))
    }

    fn progress(&self) -> ScanProgress {
        let each = self.files.iter().map(|(scan, _)| scan.progress());
        each.fold(ScanProgress::default(), |all, one| ScanProgress {
            bytes_read: all.bytes_read + one.bytes_read,
            bytes_total: all.bytes_total + one.bytes_total,
            rows: all.rows + one.rows,
        })
    }
}
