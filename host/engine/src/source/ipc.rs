//! Arrow IPC files, in the file format or the streaming format, as their first bytes say.
//!
//! Batches are read one after the other, under a lock; what is to be done to one is done outside of it.

use std::{
    io::{Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use futures::future::{BoxFuture, FutureExt};

use super::{
    InputFile, Progress, Rows, Scan, ScanProgress, Source, SourceError, SourceInfo, differ::difference,
    files, input::ReadSeek,
};
use crate::{objects::Access, position::number};

pub(super) const EXTENSIONS: &[&str] = &["arrow", "arrows", "feather", "ipc"];

/// What the file format begins with.
const MAGIC: &[u8] = b"ARROW1";

/// What the streaming format begins with, as every message does.
const CONTINUED: &[u8] = &[0xff; 4];

/// Arrow IPC files of one schema.
#[derive(Debug)]
pub(super) struct IpcFiles {
    files: Arc<[InputFile]>,
    schema: SchemaRef,
}

impl IpcFiles {
    /// Files that have the same columns.
    pub(super) fn open(url: &str, access: &Access) -> Result<Self, SourceError> {
        let mut each = Self::open_each(url, access)?.into_iter();
        let Some(mut first) = each.next() else { return Err(SourceError::names_no_file(url)) };
        let mut files = first.files.to_vec();
        for other in each {
            if let Some(difference) = difference(&first.schema, &other.schema) {
                return Err(SourceError::differ(&files[0].path, &other.files[0].path, difference));
            }
            files.extend_from_slice(&other.files);
        }
        first.files = files.into();
        Ok(first)
    }

    /// Each file on its own.
    pub(super) fn open_each(url: &str, access: &Access) -> Result<Vec<Self>, SourceError> {
        let found = files::find(url, EXTENSIONS, access)?;
        let each = found.iter().map(|file| {
            let schema = etl_data::canonical_schema(&Batches::open(file, None)?.schema());
            // Metadata of the writer's own would not be true of what a job makes of the rows.
            let schema = Arc::new(Schema::new(schema.fields().clone()));
            Ok(Self { files: Arc::from([file.clone()]), schema })
        });
        each.collect()
    }
}

impl Source for IpcFiles {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn describe(&self) -> SourceInfo {
        SourceInfo { kind: "ipc", files: self.files.to_vec() }
    }

    fn scan(&self, columns: Option<&[usize]>, batch_rows: usize) -> Result<Box<dyn Scan>, SourceError> {
        let schema = match columns {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        Ok(Box::new(IpcScan {
            files: Arc::clone(&self.files),
            columns: columns.map(<[usize]>::to_vec),
            schema,
            batch_rows: batch_rows.max(1),
            reading: Mutex::default(),
            progress: Progress::of(&self.files),
        }))
    }
}

/// The batches of one file.
#[derive(Debug)]
enum Batches {
    File(FileReader<Box<dyn ReadSeek>>),
    Stream(StreamReader<Box<dyn ReadSeek>>),
}

impl Batches {
    fn open(input: &InputFile, columns: Option<Vec<usize>>) -> Result<Self, SourceError> {
        let path = &input.path;
        let refused = |error| SourceError::io(path, error);
        let mut file = input.open_anywhere().map_err(refused)?;
        let mut start = Vec::with_capacity(MAGIC.len());
        file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start).map_err(refused)?;
        file.seek(SeekFrom::Start(0)).map_err(refused)?;
        let opened = if start == MAGIC {
            unharmed(|| FileReader::try_new(file, columns).map(Self::File))
        } else if start.starts_with(CONTINUED) {
            unharmed(|| StreamReader::try_new(file, columns).map(Self::Stream))
        } else {
            return Err(SourceError::NotIpc { path: path.clone() });
        };
        opened.map_err(|error| SourceError::ipc(path, error))
    }

    fn schema(&self) -> SchemaRef {
        match self {
            Self::File(reader) => reader.schema(),
            Self::Stream(reader) => reader.schema(),
        }
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        unharmed(|| match self {
            Self::File(reader) => reader.next().transpose(),
            Self::Stream(reader) => reader.next().transpose(),
        })
    }
}

/// arrow-ipc checks values, but not all of what says where they are: with that damaged it panics. What it was
/// reading is not used any more then.
fn unharmed<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowError> {
    let damaged = |_| Err(ArrowError::ParseError("what is in it is damaged".to_owned()));
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(damaged)
}

#[derive(Debug)]
struct IpcScan {
    files: Arc<[InputFile]>,
    columns: Option<Vec<usize>>,
    schema: SchemaRef,
    batch_rows: usize,
    reading: Mutex<Reading>,
    progress: Progress,
}

/// How far the files are read.
#[derive(Debug, Default)]
struct Reading {
    /// The index of the file that comes next.
    next_file: usize,
    /// The file before it, and how many of its rows were read.
    open: Option<(Batches, u64)>,
}

impl IpcScan {
    /// The next batch as it stands in its file, with the file's number and that of its first row.
    fn read(&self) -> Result<Option<(RecordBatch, usize, u64)>, SourceError> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Reading { next_file, open } = &mut *reading;
            let Some((batches, rows)) = open else {
                let Some(file) = self.files.get(*next_file) else { return Ok(None) };
                let opened = Batches::open(file, self.columns.clone());
                *next_file += 1;
                *open = Some((opened?, 0));
                continue;
            };
            let index = *next_file - 1;
            let file = &self.files[index];
            if let Some(batch) = batches.next().map_err(|error| SourceError::ipc(&file.path, error))? {
                let first = *rows;
                *rows += batch.num_rows() as u64;
                return Ok(Some((batch, index, first)));
            }
            *open = None;
            self.progress.add(file.bytes, 0);
        }
    }

    fn next_batch(&self) -> Result<Option<Rows>, SourceError> {
        let Some((batch, file, first)) = self.read()? else { return Ok(None) };
        let rows = batch.num_rows();
        let whole = self.arrange(&batch).map_err(|error| SourceError::ipc(&self.files[file].path, error))?;
        let starts = (0..rows).step_by(self.batch_rows);
        let batches = starts.map(|start| whole.slice(start, self.batch_rows.min(rows - start))).collect();
        self.progress.add(0, rows as u64);
        Ok(Some(Rows { batches: number(batches, file, first)?, rejects: Vec::new() }))
    }

    /// The batch in the layout of the source's schema: dictionaries are resolved, text becomes views.
    fn arrange(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let columns = batch.columns().iter().zip(self.schema.fields()).map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                cast_with_options(column, field.data_type(), &options)
            }
        });
        let count = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns.collect::<Result<_, _>>()?,
            &count,
        )
    }
}

impl Scan for IpcScan {
    fn next(&self) -> BoxFuture<'_, Result<Option<Rows>, SourceError>> {
        async { self.next_batch() }.boxed()
    }

    fn progress(&self) -> ScanProgress {
        self.progress.now()
    }
}
