//! Batches and columns of the host's data layer, for unit tests.

use etl_data::{Batch, Column, ColumnData, DataError, FlatField, Node, Scalar};

use super::{Buffers, narrow};
use crate::{Error, Field, Result, Schema, Value};

pub(crate) struct RawColumn(pub(crate) Column);

impl RawColumn {
    pub(crate) fn format(&self) -> Result<String> {
        let fields = self.0.data_type_fields().map_err(failed)?;
        fields
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

    pub(crate) fn read(&self) -> Result<Buffers> {
        let data = self.0.read().map_err(failed)?;
        Ok(Buffers { rows: self.len(), buffers: data.buffers.iter().map(|buffer| buffer.to_vec()).collect() })
    }

    pub(crate) fn validity(&self) -> Vec<u8> {
        self.0.validity().to_vec()
    }

    pub(crate) fn from_f64(values: Vec<f64>, validity: &[u8]) -> Result<Self> {
        Column::from_f64(values, validity).map(Self).map_err(failed)
    }

    pub(crate) fn from_i64(values: Vec<i64>, validity: &[u8]) -> Result<Self> {
        Column::from_s64(values, validity).map(Self).map_err(failed)
    }

    pub(crate) fn from_buffers(format: &str, nulls: usize, data: Buffers) -> Result<Self> {
        let field = FlatField {
            name: String::new(),
            format: format.to_owned(),
            nullable: true,
            children: 0,
            metadata: Vec::new(),
        };
        let node = Node { length: narrow(data.rows), null_count: narrow(nulls) };
        let data = ColumnData { nodes: vec![node], buffers: data.buffers };
        Column::from_data(&[field], data).map(Self).map_err(failed)
    }

    pub(crate) fn constant(value: Value, format: &str, rows: usize) -> Result<Self> {
        let value = match value {
            Value::Null => Scalar::Null,
            Value::Boolean(value) => Scalar::Boolean(value),
            Value::Integer(value) => Scalar::Integer(value),
            Value::Float(value) => Scalar::Float(value),
            Value::Text(value) => Scalar::Text(value),
        };
        Column::constant(&value, format, narrow(rows)).map(Self).map_err(failed)
    }

    pub(crate) fn cast(&self, format: &str) -> Result<Self> {
        self.0.cast(format).map(Self).map_err(failed)
    }
}

pub(crate) struct RawBatch(pub(crate) Batch);

impl RawBatch {
    pub(crate) fn schema(&self) -> Result<Schema> {
        let fields = self.0.schema_fields().map_err(failed)?;
        let flat = fields.into_iter().map(|field| {
            let node = Field {
                name: field.name,
                format: field.format,
                nullable: field.nullable,
                metadata: field.metadata,
                children: Vec::new(),
            };
            (node, field.children)
        });
        Ok(Schema::from_flat(flat.collect(), Vec::new()))
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
}

fn inner<'a>(columns: &[&'a RawColumn]) -> Vec<&'a Column> {
    columns.iter().map(|column| &column.0).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of `map_err`")]
fn failed(error: DataError) -> Error {
    Error::data(error.to_string())
}

pub(crate) struct RawSpan;

impl RawSpan {
    pub(crate) fn start(name: &str) -> Self {
        recorder::with(|record| record.spans.push(name.to_owned()));
        Self
    }

    #[expect(clippy::unused_self, reason = "the Wasm backend needs it")]
    pub(crate) fn set(&self, key: &str, value: Value) {
        recorder::set(key, value);
    }
}

/// What an operation told the trace, kept for the test harness.
pub(crate) mod recorder {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use crate::Value;
    use crate::telemetry::Level;

    #[derive(Default)]
    pub(crate) struct Record {
        pub(crate) spans: Vec<String>,
        pub(crate) attributes: BTreeMap<String, Value>,
        pub(crate) counts: BTreeMap<String, u64>,
        pub(crate) logs: Vec<(Level, String)>,
    }

    thread_local! {
        static RECORD: RefCell<Record> = RefCell::default();
    }

    pub(crate) fn with<T>(work: impl FnOnce(&mut Record) -> T) -> T {
        RECORD.with_borrow_mut(work)
    }

    pub(crate) fn set(key: &str, value: Value) {
        with(|record| record.attributes.insert(key.to_owned(), value));
    }

    pub(crate) fn count(name: &str, delta: u64) {
        with(|record| *record.counts.entry(name.to_owned()).or_default() += delta);
    }

    pub(crate) fn log(level: Level, message: &str) {
        with(|record| record.logs.push((level, message.to_owned())));
    }

    pub(crate) fn cancelled() -> bool {
        false
    }
}
