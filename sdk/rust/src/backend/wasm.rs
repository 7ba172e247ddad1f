//! Batches and columns behind the contract's handles.

use super::{Buffers, narrow};
use crate::bindings::etl::plugin::data::{Batch, Column};
use crate::bindings::etl::plugin::types::{self as wit, Scalar};
use crate::bindings::etl::plugin::{host, telemetry};
use crate::telemetry::Level;
use crate::{Code, Error, Field, Result, Schema, Value};

pub(crate) struct RawColumn(Column);

impl RawColumn {
    pub(crate) fn format(&self) -> Result<String> {
        self.0
            .type_()
            .into_iter()
            .next()
            .map(|field| field.format)
            .ok_or_else(|| Error::internal("the column has no type"))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len() as usize
    }

    pub(crate) fn null_count(&self) -> usize {
        self.0.null_count() as usize
    }

    #[expect(clippy::unnecessary_wraps, reason = "the native backend can fail")]
    pub(crate) fn read(&self) -> Result<Buffers> {
        let data = self.0.read();
        let rows = data.nodes.first().map_or(0, |node| node.length as usize);
        Ok(Buffers { rows, buffers: data.buffers })
    }

    pub(crate) fn validity(&self) -> Vec<u8> {
        self.0.validity()
    }

    #[expect(clippy::needless_pass_by_value, reason = "the native backend keeps it")]
    pub(crate) fn from_f64(values: Vec<f64>, validity: &[u8]) -> Result<Self> {
        Column::from_f64(&values, validity).map(Self).map_err(failed)
    }

    #[expect(clippy::needless_pass_by_value, reason = "the native backend keeps it")]
    pub(crate) fn from_i64(values: Vec<i64>, validity: &[u8]) -> Result<Self> {
        Column::from_s64(&values, validity).map(Self).map_err(failed)
    }

    pub(crate) fn from_buffers(format: &str, nulls: usize, data: Buffers) -> Result<Self> {
        let field = wit::Field {
            name: String::new(),
            format: format.to_owned(),
            nullable: true,
            children: 0,
            metadata: Vec::new(),
        };
        let node = wit::Node { length: narrow(data.rows), null_count: narrow(nulls) };
        let data = wit::ColumnData { nodes: vec![node], buffers: data.buffers };
        Column::from_data(&[field], &data).map(Self).map_err(failed)
    }

    pub(crate) fn constant(value: Value, format: &str, rows: usize) -> Result<Self> {
        Column::constant(&scalar(value), format, narrow(rows)).map(Self).map_err(failed)
    }

    pub(crate) fn cast(&self, format: &str) -> Result<Self> {
        self.0.cast(format).map(Self).map_err(failed)
    }
}

pub(crate) struct RawBatch(pub(crate) Batch);

impl RawBatch {
    #[expect(clippy::unnecessary_wraps, reason = "the native backend can fail")]
    pub(crate) fn schema(&self) -> Result<Schema> {
        Ok(schema(self.0.schema()))
    }

    pub(crate) fn rows(&self) -> usize {
        self.0.rows() as usize
    }

    pub(crate) fn first_row(&self) -> Option<u64> {
        self.0.first_row()
    }

    pub(crate) fn get(&self, index: u32) -> Result<RawColumn> {
        self.0.get(index).map(RawColumn).map_err(failed)
    }

    pub(crate) fn from_columns(names: &[String], columns: &[&RawColumn]) -> Result<Self> {
        Batch::from_columns(names, &inner(columns)).map(Self).map_err(failed)
    }

    pub(crate) fn project(&self, columns: &[u32]) -> Result<Self> {
        self.0.project(columns).map(Self).map_err(failed)
    }

    pub(crate) fn with_columns(&self, names: &[String], columns: &[&RawColumn]) -> Result<Self> {
        self.0.with_columns(names, &inner(columns)).map(Self).map_err(failed)
    }

    pub(crate) fn rename(&self, names: &[String]) -> Result<Self> {
        self.0.rename(names).map(Self).map_err(failed)
    }

    pub(crate) fn slice(&self, offset: usize, rows: usize) -> Result<Self> {
        self.0.slice(narrow(offset), narrow(rows)).map(Self).map_err(failed)
    }

    pub(crate) fn filter(&self, mask: &[u8]) -> Result<Self> {
        self.0.filter(mask).map(Self).map_err(failed)
    }

    pub(crate) fn take(&self, rows: &[u32]) -> Result<Self> {
        self.0.take(rows).map(Self).map_err(failed)
    }

    pub(crate) fn gather(sources: &[&Self], batches: &[u32], rows: &[u32]) -> Result<Self> {
        let sources = sources.iter().map(|source| &source.0).collect::<Vec<_>>();
        Batch::gather(&sources, batches, rows).map(Self).map_err(failed)
    }

    pub(crate) fn emit(self, port: u32) -> Result<()> {
        host::emit(port, self.0).map_err(failed)
    }

    pub(crate) fn reject(&self, rows: &[u32], code: &str, message: &str) -> Result<()> {
        host::reject(&self.0, rows, code, message).map_err(failed)
    }
}

/// A schema of the contract as the SDK's.
pub(crate) fn schema(schema: wit::Schema) -> Schema {
    let flat = schema.fields.into_iter().map(|field| {
        let node = Field {
            name: field.name,
            format: field.format,
            nullable: field.nullable,
            metadata: field.metadata,
            children: Vec::new(),
        };
        (node, field.children)
    });
    Schema::from_flat(flat.collect(), schema.metadata)
}

fn inner<'a>(columns: &[&'a RawColumn]) -> Vec<&'a Column> {
    columns.iter().map(|column| &column.0).collect()
}

fn scalar(value: Value) -> Scalar {
    match value {
        Value::Null => Scalar::Null,
        Value::Boolean(value) => Scalar::Boolean(value),
        Value::Integer(value) => Scalar::Integer(value),
        Value::Float(value) => Scalar::Float(value),
        Value::Text(value) => Scalar::Text(value),
    }
}

/// An error of the host. It keeps its place, so that it says the same when it is handed back.
fn failed(error: wit::Error) -> Error {
    let code = match error.code {
        wit::ErrorCode::InvalidConfig => Code::InvalidConfig,
        wit::ErrorCode::InvalidSchema => Code::InvalidSchema,
        wit::ErrorCode::InvalidData => Code::InvalidData,
        wit::ErrorCode::Unsupported => Code::Unsupported,
        wit::ErrorCode::ResourceLimit => Code::ResourceLimit,
        wit::ErrorCode::Cancelled => Code::Cancelled,
        wit::ErrorCode::Internal => Code::Internal,
    };
    Error::new(code, error.message)
}

pub(crate) struct RawSpan(telemetry::Span);

impl RawSpan {
    pub(crate) fn start(name: &str) -> Self {
        Self(telemetry::Span::start(name))
    }

    pub(crate) fn set(&self, key: &str, value: Value) {
        self.0.set(key, &scalar(value));
    }
}

/// What goes to the trace of the current call.
pub(crate) mod recorder {
    use super::{Level, Value, host, scalar, telemetry};

    pub(crate) fn set(key: &str, value: Value) {
        telemetry::set(key, &scalar(value));
    }

    pub(crate) fn count(name: &str, delta: u64) {
        telemetry::count(name, delta);
    }

    pub(crate) fn log(level: Level, message: &str) {
        let level = match level {
            Level::Debug => telemetry::Level::Debug,
            Level::Info => telemetry::Level::Info,
            Level::Warn => telemetry::Level::Warn,
            Level::Error => telemetry::Level::Error,
        };
        telemetry::log(level, message, &[]);
    }

    pub(crate) fn cancelled() -> bool {
        host::cancelled()
    }
}
