//! With which columns an output is read back, by a job that reads what another one wrote.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{Field, Fields, Schema, SchemaRef};
use etl_pipeline::{Sink, SinkFormat};

use super::{SinkError, names, parquet::stored_schema, parts};

/// The schema with which rows of `schema` are read back.
pub(crate) fn read_schema(sink: &Sink, schema: &Schema) -> SchemaRef {
    let in_files = match sink.format {
        SinkFormat::Parquet(_) => etl_data::canonical_schema(&stored_schema(schema)),
        SinkFormat::Ipc(_) => etl_data::canonical_schema(schema),
        // Text has no column without nulls.
        SinkFormat::Csv(_) | SinkFormat::Ndjson(_) => {
            let field =
                |field: &Arc<Field>| Field::new(field.name(), etl_data::canonical(field.data_type()), true);
            Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Fields>()))
        }
    };
    if sink.partition_by.is_empty() { in_files } else { Arc::new(parts::read_back(&in_files, &names(sink))) }
}

/// What the output's schema file holds; `None`: the files tell all themselves.
pub(super) fn schema_file(sink: &Sink, schema: &Schema) -> Result<Option<Vec<u8>>, SinkError> {
    let told = matches!(sink.format, SinkFormat::Parquet(_) | SinkFormat::Ipc(_));
    if told && sink.partition_by.is_empty() {
        return Ok(None);
    }
    let mut writer = StreamWriter::try_new(Vec::new(), &read_schema(sink, schema))?;
    writer.finish()?;
    Ok(Some(writer.into_inner()?))
}

pub(super) fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}
