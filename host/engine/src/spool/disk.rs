//! Rows on disk, as an Arrow IPC stream whose buffers are compressed.

use std::io::BufReader;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, SchemaRef};
use datafusion_common::{DataFusionError, Result};

use crate::memory::{Disk, DiskFile};

/// Bytes of one read.
const READ: usize = 256 << 10;

/// Rows that are written, in order.
pub(super) struct OnDisk {
    file: DiskFile,
    writer: StreamWriter<DiskFile>,
}

/// Rows that were written, in the same order.
pub(super) type WrittenRows = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

impl OnDisk {
    pub(super) fn begin(disk: &Disk, schema: &SchemaRef) -> Result<Self> {
        let file = disk.file().map_err(|error| DataFusionError::External(Box::new(error)))?;
        // A third of the bytes: disks are slower than this, and smaller than what is put there.
        let compressed = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
        let writer = StreamWriter::try_new_with_options(file.clone(), schema, compressed)?;
        Ok(Self { file, writer })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        Ok(self.writer.write(&compact(batch)?)?)
    }

    pub(super) fn finish(mut self) -> Result<WrittenRows> {
        self.writer.finish()?;
        let reader = StreamReader::try_new(BufReader::with_capacity(READ, self.file), None)?;
        Ok(Box::new(reader.map(|batch| batch.map_err(DataFusionError::from))))
    }
}

/// The batch without text that no row points to any more: a view of a few rows would write the text of all.
fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()) as ArrayRef,
        DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
        _ => Arc::clone(column),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)?)
}
