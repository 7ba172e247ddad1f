//! A source whose files lie in folders that are named by values of columns.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use arrow_select::take::take;
use datafusion_execution::memory_pool::MemoryPool;
use futures::future::{BoxFuture, FutureExt};

use super::{
    MaybeReread, Mended, Reread, Rows, Scan, ScanProgress, Source, SourceError, SourceInfo, hive::Named,
    reread::Numbers,
};
use crate::position::{file_of, positioned, positions};

/// The source's columns, and then those that the folders name.
#[derive(Debug)]
pub(super) struct Partitioned {
    inner: Box<dyn Source>,
    named: Arc<Named>,
    schema: SchemaRef,
}

impl Partitioned {
    pub(super) fn new(inner: Box<dyn Source>, named: Named) -> Result<Self, SourceError> {
        let in_files = inner.schema().fields();
        if let Some(both) = named.fields.iter().find(|field| in_files.find(field.name()).is_some()) {
            return Err(SourceError::PartitionInFiles { name: both.name().clone() });
        }
        let fields = in_files.iter().chain(&named.fields).cloned().collect::<Vec<Arc<Field>>>();
        Ok(Self { inner, named: Arc::new(named), schema: Arc::new(Schema::new(fields)) })
    }
}

impl Source for Partitioned {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn describe(&self) -> SourceInfo {
        self.inner.describe()
    }

    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError> {
        let columns = columns.map_or_else(|| (0..self.schema.fields().len()).collect(), <[usize]>::to_vec);
        let completion = self.completion(&columns)?;
        let inner = self.inner.scan(Some(&completion.in_files), batch_rows)?;
        Ok(Box::new(PartitionedScan { inner, completion }))
    }

    fn reread(&self, columns: &[usize]) -> MaybeReread {
        let completion = self.completion(columns)?;
        let Some(inner) = self.inner.reread(&completion.in_files)? else { return Ok(None) };
        Ok(Some(Box::new(PartitionedReread { inner, completion, files: Numbers::of(&self.describe()) })))
    }
}

impl Partitioned {
    /// How these columns come to be.
    fn completion(&self, columns: &[usize]) -> Result<Completion, ArrowError> {
        let count = self.inner.schema().fields().len();
        let mut next = 0..;
        let places = columns.iter().map(|column| {
            let named = column.checked_sub(count).map(Place::Named);
            named.unwrap_or_else(|| Place::InFiles(next.next().unwrap_or_default()))
        });
        Ok(Completion {
            places: places.collect(),
            in_files: columns.iter().copied().filter(|column| *column < count).collect(),
            schema: positioned(&self.schema.project(columns)?),
            named: Arc::clone(&self.named),
        })
    }
}

/// Where a column comes from.
#[derive(Debug)]
enum Place {
    InFiles(usize),
    Named(usize),
}

/// From columns in files to all columns.
#[derive(Debug)]
struct Completion {
    places: Vec<Place>,
    in_files: Vec<usize>,
    /// With positions.
    schema: SchemaRef,
    named: Arc<Named>,
}

impl Completion {
    fn complete(&self, batch: &RecordBatch, file: usize) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let all_first = UInt32Array::from(vec![0; rows]);
        let columns = self.places.iter().map(|place| match place {
            Place::InFiles(index) => Ok(Arc::clone(batch.column(*index))),
            Place::Named(index) => take(&self.named.values[file][*index], &all_first, None),
        });
        let last = batch.columns().last().map(|positions| Ok(Arc::clone(positions)));
        let columns = columns.chain(last).collect::<Result<Vec<_>, _>>()?;
        let count = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &count)
    }
}

#[derive(Debug)]
struct PartitionedScan {
    inner: Box<dyn Scan>,
    completion: Completion,
}

impl PartitionedScan {
    fn complete(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        // A batch is of one file.
        let file = positions(batch).values().first().map_or(0, |position| file_of(*position));
        self.completion.complete(batch, file)
    }
}

#[derive(Debug)]
struct PartitionedReread {
    inner: Box<dyn Reread>,
    completion: Completion,
    files: Numbers,
}

impl Reread for PartitionedReread {
    fn read(&self, mended: &Mended<'_>) -> Result<Rows, SourceError> {
        let file = self.files.of_row(mended)?;
        let Rows { batches, rejects } = self.inner.read(mended)?;
        let batches =
            batches.iter().map(|batch| self.completion.complete(batch, file)).collect::<Result<_, _>>()?;
        Ok(Rows { batches, rejects })
    }
}

impl Scan for PartitionedScan {
    fn count_against(&self, memory: &Arc<dyn MemoryPool>) {
        self.inner.count_against(memory);
    }

    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async {
            let Some(Rows { batches, rejects }) = self.inner.next().await? else { return Ok(None) };
            let batches = batches.iter().map(|batch| self.complete(batch)).collect::<Result<_, _>>()?;
            Ok(Some(Rows { batches, rejects }))
        }
        .boxed()
    }

    fn line(&self, position: u64) -> Option<u64> {
        self.inner.line(position)
    }

    fn progress(&self) -> ScanProgress {
        self.inner.progress()
    }
}
