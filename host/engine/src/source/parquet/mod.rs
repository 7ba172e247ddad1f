//! Parquet files, read in ranges of rows that workers decode side by side.

mod groups;
mod input;

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use datafusion_execution::memory_pool::MemoryPool;
use futures::future::{BoxFuture, FutureExt};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
    },
};

use crate::{objects::Access, position::number};
use groups::Groups;
use input::Input;

use super::{
    InputFile, Progress, Rows, Scan, ScanProgress, Source, SourceError, SourceInfo, differ::difference, files,
};

pub(super) const EXTENSIONS: &[&str] = &["parquet"];

/// How many rows one worker decodes at a time. It bounds memory whatever the size of row groups, and
/// is what the sink's pages and row groups divide by, so that a range begins with a page.
pub(crate) const RANGE_ROWS: usize = 32_768;

/// Parquet files of one schema.
#[derive(Debug)]
pub(super) struct ParquetFiles {
    files: Arc<[InputFile]>,
    metadata: Arc<[ArrowReaderMetadata]>,
    schema: SchemaRef,
}

impl ParquetFiles {
    /// Files that have the same columns.
    pub(super) fn open(url: &str, access: &Access) -> Result<Self, SourceError> {
        let mut each = Self::open_each(url, access)?.into_iter();
        let Some(first) = each.next() else { return Err(SourceError::names_no_file(url)) };
        let (mut files, mut metadata) = (first.files.to_vec(), first.metadata.to_vec());
        for other in each {
            if let Some(difference) = difference(&first.schema, &other.schema) {
                return Err(SourceError::differ(&files[0].path, &other.files[0].path, difference));
            }
            files.extend_from_slice(&other.files);
            metadata.extend_from_slice(&other.metadata);
        }
        Ok(Self { files: files.into(), metadata: metadata.into(), schema: first.schema })
    }

    /// Each file on its own.
    pub(super) fn open_each(url: &str, access: &Access) -> Result<Vec<Self>, SourceError> {
        let found = files::find(url, EXTENSIONS, access)?;
        let each = found.iter().map(|file| {
            let metadata = read_metadata(file)?;
            // Metadata of the writer's own (pandas, Spark) would not be true of what a job makes of the rows.
            let schema = Arc::new(Schema::new(metadata.schema().fields().clone()));
            Ok(Self { files: Arc::from([file.clone()]), metadata: Arc::from([metadata]), schema })
        });
        each.collect()
    }
}

fn read_metadata(file: &InputFile) -> Result<ArrowReaderMetadata, SourceError> {
    let wrong = |error| SourceError::parquet(&file.path, error);
    let input = Input::tail(file).map_err(wrong)?;
    let found = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new()).map_err(wrong)?;
    let schema = etl_data::canonical_schema(found.schema());
    let options = ArrowReaderOptions::new().with_schema(schema);
    ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options).map_err(wrong)
}

impl Source for ParquetFiles {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo { kind: "parquet", files: self.files.to_vec() }
    }

    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError> {
        let columns: Vec<usize> =
            columns.map_or_else(|| (0..self.schema.fields().len()).collect(), <[usize]>::to_vec);
        let ranges: Arc<[Range]> = self
            .metadata
            .iter()
            .enumerate()
            .flat_map(|(file, found)| ranges(file, found, &columns))
            .collect();
        Ok(Box::new(ParquetScan {
            files: Arc::clone(&self.files),
            metadata: Arc::clone(&self.metadata),
            schema: Arc::new(self.schema.project(&columns)?),
            columns,
            batch_rows: batch_rows.max(1),
            progress: Progress::up_to(ranges.iter().map(|range| range.bytes).sum()),
            ranges,
            next: AtomicUsize::new(0),
            groups: Groups::default(),
        }))
    }
}

/// Consecutive rows of one row group.
#[derive(Debug)]
struct Range {
    file: usize,
    row_group: usize,
    /// Within the file.
    first_row: u64,
    /// Within the row group.
    skip: usize,
    rows: usize,
    /// The range's share of the compressed columns.
    bytes: u64,
}

fn ranges(file: usize, found: &ArrowReaderMetadata, columns: &[usize]) -> Vec<Range> {
    let descriptor = found.parquet_schema();
    let mut ranges = Vec::new();
    let mut first_row = 0;
    for (row_group, metadata) in found.metadata().row_groups().iter().enumerate() {
        let rows = usize::try_from(metadata.num_rows()).unwrap_or(0);
        let bytes: u64 = (0..metadata.num_columns())
            .filter(|leaf| columns.contains(&descriptor.get_column_root_idx(*leaf)))
            .map(|leaf| u64::try_from(metadata.column(leaf).compressed_size()).unwrap_or(0))
            .sum();
        for skip in (0..rows).step_by(RANGE_ROWS) {
            let part = RANGE_ROWS.min(rows - skip);
            let share = |until: usize| bytes * until as u64 / rows as u64;
            ranges.push(Range {
                file,
                row_group,
                first_row: first_row + skip as u64,
                skip,
                rows: part,
                bytes: share(skip + part) - share(skip),
            });
        }
        first_row += rows as u64;
    }
    ranges
}

#[derive(Debug)]
struct ParquetScan {
    files: Arc<[InputFile]>,
    metadata: Arc<[ArrowReaderMetadata]>,
    columns: Vec<usize>,
    schema: SchemaRef,
    batch_rows: usize,
    ranges: Arc<[Range]>,
    next: AtomicUsize,
    /// Of objects.
    groups: Groups,
    progress: Progress,
}

impl ParquetScan {
    fn next_range(&self) -> Result<Option<Rows>, SourceError> {
        let index = self.next.fetch_add(1, Relaxed);
        let Some(range) = self.ranges.get(index) else { return Ok(None) };
        let input = self.input(index, range)?;
        let batches = self.decode(input, range)?;
        self.progress.add(range.bytes, range.rows as u64);
        let batches = number(batches, range.file, range.first_row)?;
        Ok(Some(Rows { batches, rejects: Vec::new() }))
    }

    /// What the columns of a range are read from.
    fn input(&self, index: usize, range: &Range) -> Result<Input, SourceError> {
        let file = &self.files[range.file];
        let Some(remote) = &file.remote else {
            return File::open(&file.path)
                .map(Input::File)
                .map_err(|error| SourceError::io(&file.path, error));
        };
        let ranges = |of: &Range| {
            let metadata = &self.metadata[of.file];
            groups::ranges(metadata, of.row_group, &self.mask(metadata))
        };
        let key = (range.file, range.row_group);
        let input = self.groups.get(key, remote, || ranges(range))?;
        let next = self.ranges[index..].iter().find(|next| (next.file, next.row_group) != key);
        if let Some(next) = next
            && let Some(remote) = &self.files[next.file].remote
        {
            self.groups.begin((next.file, next.row_group), remote, || ranges(next));
        }
        Ok(input)
    }

    fn mask(&self, metadata: &ArrowReaderMetadata) -> ProjectionMask {
        ProjectionMask::roots(metadata.parquet_schema(), self.columns.iter().copied())
    }

    fn decode(&self, input: Input, range: &Range) -> Result<Vec<RecordBatch>, SourceError> {
        let wrong = |error| SourceError::parquet(&self.files[range.file].path, error);
        let metadata = &self.metadata[range.file];
        let rows = vec![RowSelector::skip(range.skip), RowSelector::select(range.rows)];
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata.clone())
            .with_row_groups(vec![range.row_group])
            .with_projection(self.mask(metadata))
            .with_row_selection(RowSelection::from(rows))
            .with_batch_size(self.batch_rows.min(range.rows))
            .build()
            .map_err(wrong)?;
        let batches = reader.map(|batch| self.arrange(&batch?)).collect::<Result<Vec<_>, _>>();
        batches.map_err(|error| wrong(error.into()))
    }

    /// Parquet gives columns in the file's order; this is the order that was asked for.
    fn arrange(&self, batch: &RecordBatch) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let mut sorted = self.columns.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let places =
            self.columns.iter().filter_map(|column| sorted.binary_search(column).ok()).collect::<Vec<_>>();
        batch.project(&places)?.with_schema(Arc::clone(&self.schema))
    }
}

impl Scan for ParquetScan {
    fn count_against(&self, memory: &Arc<dyn MemoryPool>) {
        self.groups.count_against(memory);
    }

    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async { self.next_range() }.boxed()
    }

    fn progress(&self) -> ScanProgress {
        self.progress.now()
    }
}
