//! Chunks of rows as a Parquet file.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{FieldRef, SchemaRef};
use etl_pipeline::Compression;
use parquet::{
    arrow::{
        ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata,
        arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves},
    },
    errors::ParquetError,
    file::writer::SerializedFileWriter,
};

use super::{
    SinkError,
    file::FileWriter,
    out_file::OutFile,
    parquet::{ROW_GROUP_ROWS, properties, stored_schema},
};

/// A Parquet file being written: columns are encoded side by side.
pub(super) struct ParquetFile {
    path: PathBuf,
    schema: SchemaRef,
    writer: SerializedFileWriter<OutFile>,
    factory: ArrowRowGroupWriterFactory,
    /// How many leaves each column has.
    leaves: Vec<usize>,
    threads: usize,
    /// The row group that is being encoded, per column its leaves, and its rows.
    group: Vec<Vec<ArrowColumnWriter>>,
    group_rows: usize,
    groups: usize,
}

impl ParquetFile {
    pub(super) fn create(
        file: OutFile,
        schema: &SchemaRef,
        compression: Compression,
        threads: usize,
    ) -> Result<Self, SinkError> {
        let path = file.path().to_owned();
        let wrong = |error| SinkError::parquet(&path, error);
        let schema = stored_schema(schema);
        let mut properties = properties(compression).build();
        add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let descriptor = ArrowSchemaConverter::new().convert(&schema).map_err(wrong)?;
        let mut leaves = vec![0; schema.fields().len()];
        for leaf in 0..descriptor.num_columns() {
            leaves[descriptor.get_column_root_idx(leaf)] += 1;
        }
        let writer = SerializedFileWriter::new(file, descriptor.root_schema_ptr(), Arc::new(properties))
            .map_err(wrong)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        let mut created = Self {
            path,
            schema,
            writer,
            factory,
            leaves,
            threads: threads.max(1),
            group: Vec::new(),
            group_rows: 0,
            groups: 0,
        };
        created.group = created.column_writers().map_err(|error| SinkError::parquet(&created.path, error))?;
        Ok(created)
    }

    fn encode_chunk(&mut self, chunk: &RecordBatch) -> Result<(), ParquetError> {
        let columns = self.group.iter_mut().zip(self.schema.fields()).zip(chunk.columns());
        in_parallel(self.threads, columns, |((writers, field), array)| encode(writers, field, array))?;
        self.group_rows += chunk.num_rows();
        if self.group_rows == ROW_GROUP_ROWS { self.end_row_group() } else { Ok(()) }
    }

    fn end_row_group(&mut self) -> Result<(), ParquetError> {
        self.groups += 1;
        self.group_rows = 0;
        let next = self.column_writers()?;
        let writers = std::mem::replace(&mut self.group, next).into_iter().flatten();
        let chunks: Vec<ArrowColumnChunk> = in_parallel(self.threads, writers, ArrowColumnWriter::close)?;
        let mut row_group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close().map(|_| ())
    }

    fn column_writers(&self) -> Result<Vec<Vec<ArrowColumnWriter>>, ParquetError> {
        let mut writers = self.factory.create_column_writers(self.groups)?.into_iter();
        Ok(self.leaves.iter().map(|leaves| writers.by_ref().take(*leaves).collect()).collect())
    }
}

impl FileWriter for ParquetFile {
    fn write(&mut self, chunk: &RecordBatch) -> Result<(), SinkError> {
        self.encode_chunk(chunk).map_err(|error| SinkError::parquet(&self.path, error))
    }

    fn finish(mut self: Box<Self>) -> Result<u64, SinkError> {
        let path = self.path.clone();
        let wrong = |error| SinkError::parquet(&path, error);
        if self.group_rows > 0 {
            self.end_row_group().map_err(wrong)?;
        }
        self.writer.into_inner().map_err(wrong)?.sync()
    }
}

fn encode(writers: &mut [ArrowColumnWriter], field: &FieldRef, array: &ArrayRef) -> Result<(), ParquetError> {
    let converted = convert(field, array)?;
    for (writer, leaf) in writers.iter_mut().zip(compute_leaves(field, &converted)?) {
        writer.write(&leaf)?;
    }
    Ok(())
}

/// Views are encoded as they are; what is stored as another type is cast.
fn convert(field: &FieldRef, array: &ArrayRef) -> Result<ArrayRef, ParquetError> {
    if etl_data::plain(array.data_type()) == *field.data_type() {
        return Ok(Arc::clone(array));
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    Ok(cast_with_options(array, field.data_type(), &options)?)
}

/// Does the work items on `threads` threads, this one included, whichever is free; results in order.
fn in_parallel<T: Send, R: Send>(
    threads: usize,
    work: impl Iterator<Item = T> + Send,
    task: impl Fn(T) -> Result<R, ParquetError> + Sync,
) -> Result<Vec<R>, ParquetError> {
    let work = Mutex::new(work.enumerate());
    let run = || {
        let mut done = Vec::new();
        loop {
            let next = work.lock().unwrap_or_else(PoisonError::into_inner).next();
            match next {
                Some((index, item)) => done.push((index, task(item)?)),
                None => return Ok::<_, ParquetError>(done),
            }
        }
    };
    let mut results = thread::scope(|scope| {
        let others = (1..threads).map(|_| scope.spawn(run)).collect::<Vec<_>>();
        let mut results = run()?;
        for other in others {
            results.extend(other.join().map_err(|_| ParquetError::General("a thread panicked".to_owned()))??);
        }
        Ok::<_, ParquetError>(results)
    })?;
    results.sort_unstable_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
