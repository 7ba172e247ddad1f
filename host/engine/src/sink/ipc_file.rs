//! Chunks of rows as an Arrow IPC file.

use std::{io::BufWriter, path::PathBuf, sync::Arc};

use arrow_array::RecordBatch;
use arrow_ipc::{
    CompressionType,
    writer::{FileWriter as IpcWriter, IpcWriteOptions},
};
use arrow_schema::{Schema, SchemaRef};
use etl_pipeline::IpcCompression;

use super::{SinkError, file::FileWriter, normal::normal, out_file::OutFile};

const BUFFER_BYTES: usize = 1 << 18;

pub(super) struct IpcFile {
    path: PathBuf,
    schema: SchemaRef,
    writer: IpcWriter<BufWriter<OutFile>>,
}

impl IpcFile {
    pub(super) fn create(
        file: OutFile,
        schema: &SchemaRef,
        compression: IpcCompression,
    ) -> Result<Self, SinkError> {
        let path = file.path().to_owned();
        let wrong = |error| SinkError::arrow(&path, error);
        let compression = match compression {
            IpcCompression::Zstd => Some(CompressionType::ZSTD),
            IpcCompression::Lz4 => Some(CompressionType::LZ4_FRAME),
            IpcCompression::None => None,
        };
        let options = IpcWriteOptions::default().try_with_compression(compression).map_err(wrong)?;
        let schema = stored_schema(schema);
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let writer = IpcWriter::try_new_with_options(file, &schema, options).map_err(wrong)?;
        Ok(Self { path, schema, writer })
    }
}

/// The schema as it is stored: plain layouts, which all readers know.
fn stored_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let data_type = etl_data::plain(field.data_type());
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl FileWriter for IpcFile {
    fn write(&mut self, chunk: &RecordBatch) -> Result<(), SinkError> {
        let written = normal(chunk, &self.schema).and_then(|chunk| self.writer.write(&chunk));
        written.map_err(|error| SinkError::arrow(&self.path, error))
    }

    fn finish(self: Box<Self>) -> Result<u64, SinkError> {
        let Self { path, mut writer, .. } = *self;
        let file = writer.finish().and_then(|()| writer.into_inner());
        let file = file.map_err(|error| SinkError::arrow(&path, error))?;
        file.into_inner().map_err(|error| SinkError::io(&path, error.into_error()))?.sync()
    }
}
