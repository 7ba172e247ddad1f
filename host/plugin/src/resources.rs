//! The contract's `data` and `host` interfaces, on top of `etl-data`.

use std::sync::atomic::Ordering;

use arrow_buffer::Buffer;
use bytes::Bytes;
use etl_data::{Batch, Column, ColumnData, DataError, Scalar};
use wasmtime::component::{ComponentType, Linker, Lower, Resource};
use wasmtime::{Result, StoreContextMut};

use crate::bindings::etl::plugin::{data, host, types};
use crate::convert::{error_of, fields_of, wit_fields, wit_metadata};
use crate::limits::{Exceeded, LimitKind, Limits};
use crate::state::{Emitted, Reject, State};
use crate::telemetry::clip;

type Outcome<T> = std::result::Result<T, types::Error>;

/// `column-data` as it goes to the guest: the buffers are lowered straight from Arrow's memory.
#[derive(ComponentType, Lower)]
#[component(record)]
struct ColumnBuffers {
    nodes: Vec<NodeOut>,
    buffers: Vec<Bytes>,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct NodeOut {
    length: u32,
    #[component(name = "null-count")]
    null_count: u32,
}

/// Arrow's memory as `list<u8>`, shared.
fn shared(buffer: Buffer) -> Bytes {
    struct Owner(Buffer);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    // Most columns have no nulls, and so no validity: nothing to share, and nothing to allocate for it.
    if buffer.is_empty() { Bytes::new() } else { Bytes::from_owner(Owner(buffer)) }
}

/// Replaces the generated read methods, which would copy each buffer into a `Vec` first.
pub(crate) fn shadow_reads(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    let mut instance = linker.instance("etl:plugin/data@0.1.0")?;
    instance.func_wrap(
        "[method]column.read",
        |mut store: StoreContextMut<'_, State>, (column,): (Resource<Column>,)| {
            let state = store.data_mut();
            let data = state.buffers_of(&column)?;
            state.bytes_read += data.buffers.iter().map(|buffer| buffer.len() as u64).sum::<u64>();
            let nodes =
                data.nodes.iter().map(|node| NodeOut { length: node.length, null_count: node.null_count });
            let buffers = data.buffers.into_iter().map(shared).collect();
            Ok((ColumnBuffers { nodes: nodes.collect(), buffers },))
        },
    )?;
    instance.func_wrap(
        "[method]column.validity",
        |mut store: StoreContextMut<'_, State>, (column,): (Resource<Column>,)| {
            let state = store.data_mut();
            let validity = state.table.get(&column)?.validity();
            state.bytes_read += validity.len() as u64;
            Ok((shared(validity),))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

impl State {
    /// Gives the guest a handle, or the error that the operation ended with.
    fn hand_over<T: Send + 'static>(
        &mut self,
        made: std::result::Result<T, DataError>,
    ) -> Result<Outcome<Resource<T>>> {
        match made {
            Ok(value) => Ok(Ok(self.push(value)?)),
            Err(error) => Ok(Err(error_of(&error))),
        }
    }

    /// Never more than the guest has memory for.
    fn buffers_of(&self, column: &Resource<Column>) -> Result<ColumnData<Buffer>> {
        let limit = self.limits.memory_bytes;
        self.table.get(column)?.read_up_to(limit).map_err(|error| match error {
            DataError::TooLong { limit: most } if most == limit => {
                wasmtime::Error::new(Exceeded { of: LimitKind::Memory, limit, requested: None })
            }
            error => wasmtime::Error::new(error),
        })
    }

    fn columns_of(&self, handles: &[Resource<Column>]) -> Result<Vec<Column>> {
        handles.iter().map(|handle| Ok(self.table.get(handle)?.clone())).collect()
    }

    fn batches_of(&self, handles: &[Resource<Batch>]) -> Result<Vec<&Batch>> {
        handles.iter().map(|handle| Ok(self.table.get(handle)?)).collect()
    }

    /// Makes sure that a batch of `rows` rows may go out.
    fn afford_output(&mut self, rows: u64) -> Result<()> {
        let Limits { emitted_batches, emitted_rows, emitted_rows_floor, .. } = self.limits;
        if self.emitted.len() >= emitted_batches {
            let limit = emitted_batches as u64;
            return Err(Exceeded::error(LimitKind::EmittedBatches, limit, limit + 1));
        }
        let limit = self.rows_given.saturating_mul(emitted_rows).saturating_add(emitted_rows_floor);
        let emitted = self.rows_emitted.saturating_add(rows);
        if emitted > limit {
            return Err(Exceeded::error(LimitKind::EmittedRows, limit, emitted));
        }
        self.rows_emitted = emitted;
        Ok(())
    }

    /// Counts what the guest hands over.
    fn take_in(&mut self, bytes: u64) -> Result<()> {
        self.bytes_written += bytes;
        self.reserve(bytes)
    }
}

fn text_bytes(names: &[String]) -> u64 {
    names.iter().map(|name| name.len() as u64).sum()
}

fn answer<T>(made: std::result::Result<T, DataError>) -> Outcome<T> {
    made.map_err(|error| error_of(&error))
}

impl types::Host for State {}
impl data::Host for State {}

impl data::HostColumn for State {
    fn type_(&mut self, column: Resource<Column>) -> Result<Vec<types::Field>> {
        let fields = self.table.get(&column)?.data_type_fields().map_err(wasmtime::Error::new)?;
        Ok(wit_fields(fields))
    }

    fn len(&mut self, column: Resource<Column>) -> Result<u32> {
        Ok(self.table.get(&column)?.len())
    }

    fn null_count(&mut self, column: Resource<Column>) -> Result<u32> {
        Ok(self.table.get(&column)?.null_count())
    }

    fn read(&mut self, column: Resource<Column>) -> Result<types::ColumnData> {
        let data = self.buffers_of(&column)?;
        let nodes =
            data.nodes.iter().map(|node| types::Node { length: node.length, null_count: node.null_count });
        Ok(types::ColumnData {
            nodes: nodes.collect(),
            buffers: data.buffers.iter().map(|b| b.to_vec()).collect(),
        })
    }

    fn read_s64(&mut self, column: Resource<Column>) -> Result<Outcome<Vec<i64>>> {
        let values = self.table.get(&column)?.read_s64();
        self.bytes_read += values.as_ref().map_or(0, |values| values.len() as u64 * 8);
        Ok(answer(values.map(|values| values.to_vec())))
    }

    fn read_f64(&mut self, column: Resource<Column>) -> Result<Outcome<Vec<f64>>> {
        let values = self.table.get(&column)?.read_f64();
        self.bytes_read += values.as_ref().map_or(0, |values| values.len() as u64 * 8);
        Ok(answer(values.map(|values| values.to_vec())))
    }

    fn read_text(&mut self, column: Resource<Column>) -> Result<Outcome<Vec<String>>> {
        let values = self.table.get(&column)?.read_text_up_to(self.limits.memory_bytes);
        self.bytes_read += values.iter().flatten().map(|value| value.len() as u64).sum::<u64>();
        Ok(answer(values))
    }

    fn validity(&mut self, column: Resource<Column>) -> Result<Vec<u8>> {
        Ok(self.table.get(&column)?.validity().to_vec())
    }

    fn from_data(
        &mut self,
        ty: Vec<types::Field>,
        data: types::ColumnData,
    ) -> Result<Outcome<Resource<Column>>> {
        self.take_in(data.buffers.iter().map(|buffer| buffer.len() as u64).sum())?;
        let nodes =
            data.nodes.iter().map(|node| etl_data::Node { length: node.length, null_count: node.null_count });
        let data = ColumnData { nodes: nodes.collect(), buffers: data.buffers };
        self.hand_over(Column::from_data(&fields_of(ty), data))
    }

    fn from_s64(&mut self, values: Vec<i64>, validity: Vec<u8>) -> Result<Outcome<Resource<Column>>> {
        self.take_in(values.len() as u64 * 8 + validity.len() as u64)?;
        self.hand_over(Column::from_s64(values, &validity))
    }

    fn from_f64(&mut self, values: Vec<f64>, validity: Vec<u8>) -> Result<Outcome<Resource<Column>>> {
        self.take_in(values.len() as u64 * 8 + validity.len() as u64)?;
        self.hand_over(Column::from_f64(values, &validity))
    }

    fn from_text(&mut self, values: Vec<String>, validity: Vec<u8>) -> Result<Outcome<Resource<Column>>> {
        self.take_in(values.iter().map(|value| value.len() as u64 + 16).sum())?;
        self.hand_over(Column::from_text(&values, &validity))
    }

    fn constant(
        &mut self,
        value: types::Scalar,
        format: String,
        length: u32,
    ) -> Result<Outcome<Resource<Column>>> {
        self.reserve(Column::bytes_of(&format, length))?;
        self.hand_over(Column::constant(&Scalar::from(value), &format, length))
    }

    fn cast(&mut self, column: Resource<Column>, format: String) -> Result<Outcome<Resource<Column>>> {
        let rows = self.table.get(&column)?.len();
        self.reserve(Column::bytes_of(&format, rows))?;
        let made = self.table.get(&column)?.cast(&format);
        self.hand_over(made)
    }

    fn drop(&mut self, column: Resource<Column>) -> Result<()> {
        self.table.delete(column)?;
        Ok(())
    }
}

impl data::HostBatch for State {
    fn schema(&mut self, batch: Resource<Batch>) -> Result<types::Schema> {
        let batch = self.table.get(&batch)?;
        let fields = batch.schema_fields().map_err(wasmtime::Error::new)?;
        let metadata = wit_metadata(batch.record_batch().schema_ref());
        Ok(types::Schema { fields: wit_fields(fields), metadata })
    }

    fn rows(&mut self, batch: Resource<Batch>) -> Result<u32> {
        Ok(self.table.get(&batch)?.rows())
    }

    fn columns(&mut self, batch: Resource<Batch>) -> Result<u32> {
        Ok(self.table.get(&batch)?.columns())
    }

    fn first_row(&mut self, batch: Resource<Batch>) -> Result<Option<u64>> {
        Ok(self.table.get(&batch)?.first_row())
    }

    fn metadata(&mut self, batch: Resource<Batch>) -> Result<types::Properties> {
        Ok(wit_metadata(self.table.get(&batch)?.record_batch().schema_ref()))
    }

    fn get(&mut self, batch: Resource<Batch>, index: u32) -> Result<Outcome<Resource<Column>>> {
        let made = self.table.get(&batch)?.get(index);
        self.hand_over(made)
    }

    fn from_columns(
        &mut self,
        names: Vec<String>,
        columns: Vec<Resource<Column>>,
    ) -> Result<Outcome<Resource<Batch>>> {
        let columns = self.columns_of(&columns)?;
        self.reserve(text_bytes(&names) + columns.len() as u64 * 128)?;
        self.hand_over(Batch::from_columns(&names, &columns.iter().collect::<Vec<_>>()))
    }

    fn project(&mut self, batch: Resource<Batch>, columns: Vec<u32>) -> Result<Outcome<Resource<Batch>>> {
        self.reserve(columns.len() as u64 * 128)?;
        let made = self.table.get(&batch)?.project(&columns);
        self.hand_over(made)
    }

    fn with_columns(
        &mut self,
        batch: Resource<Batch>,
        names: Vec<String>,
        columns: Vec<Resource<Column>>,
    ) -> Result<Outcome<Resource<Batch>>> {
        let columns = self.columns_of(&columns)?;
        let bytes = text_bytes(&names) + self.table.get(&batch)?.bytes_of_columns(columns.len());
        self.reserve(bytes)?;
        let made = self.table.get(&batch)?.with_columns(&names, &columns.iter().collect::<Vec<_>>());
        self.hand_over(made)
    }

    fn rename(&mut self, batch: Resource<Batch>, names: Vec<String>) -> Result<Outcome<Resource<Batch>>> {
        let bytes = text_bytes(&names) + self.table.get(&batch)?.bytes_of_columns(0);
        self.reserve(bytes)?;
        let made = self.table.get(&batch)?.rename(&names);
        self.hand_over(made)
    }

    fn slice(
        &mut self,
        batch: Resource<Batch>,
        offset: u32,
        length: u32,
    ) -> Result<Outcome<Resource<Batch>>> {
        let bytes = self.table.get(&batch)?.bytes_of_columns(0);
        self.reserve(bytes)?;
        let made = self.table.get(&batch)?.slice(offset, length);
        self.hand_over(made)
    }

    fn filter(&mut self, batch: Resource<Batch>, mask: Vec<u8>) -> Result<Outcome<Resource<Batch>>> {
        self.bytes_written += mask.len() as u64;
        let bytes = self.table.get(&batch)?.bytes_of_rows();
        self.reserve(bytes)?;
        let made = self.table.get(&batch)?.filter(&mask);
        self.hand_over(made)
    }

    fn take(&mut self, batch: Resource<Batch>, rows: Vec<u32>) -> Result<Outcome<Resource<Batch>>> {
        self.bytes_written += rows.len() as u64 * 4;
        let bytes = self.table.get(&batch)?.bytes_of_take(&rows);
        self.reserve(bytes)?;
        let made = self.table.get(&batch)?.take(&rows);
        self.hand_over(made)
    }

    fn gather(
        &mut self,
        sources: Vec<Resource<Batch>>,
        batches: Vec<u32>,
        rows: Vec<u32>,
    ) -> Result<Outcome<Resource<Batch>>> {
        self.bytes_written += rows.len() as u64 * 8;
        let bytes = Batch::bytes_of_gather(&self.batches_of(&sources)?, &batches, &rows);
        self.reserve(bytes)?;
        let made = Batch::gather(&self.batches_of(&sources)?, &batches, &rows);
        self.hand_over(made)
    }

    fn drop(&mut self, batch: Resource<Batch>) -> Result<()> {
        self.table.delete(batch)?;
        Ok(())
    }
}

impl host::Host for State {
    fn emit(&mut self, port: u32, output: Resource<Batch>) -> Result<Outcome<()>> {
        let batch = self.table.delete(output)?;
        if port >= self.ports {
            let (index, count) = (u64::from(port), u64::from(self.ports));
            return Err(wasmtime::Error::new(DataError::OutOfRange { what: "output port", index, count }));
        }
        self.afford_output(u64::from(batch.rows()))?;
        self.emitted.push(Emitted { port, batch });
        Ok(Ok(()))
    }

    fn reject(
        &mut self,
        source: Resource<Batch>,
        rows: Vec<u32>,
        code: String,
        message: String,
    ) -> Result<Outcome<()>> {
        let source = self.table.get(&source)?;
        if let Some(row) = rows.iter().find(|row| **row >= source.rows()) {
            let count = u64::from(source.rows());
            return Ok(Err(error_of(&DataError::OutOfRange { what: "row", index: u64::from(*row), count })));
        }
        let source = source.clone();
        let reject = Reject { source, rows, code: clip(code), message: clip(message) };
        self.reserve(reject.bytes())?;
        self.rejected.push(reject);
        Ok(Ok(()))
    }

    fn cancelled(&mut self) -> Result<bool> {
        Ok(self.cancelled.load(Ordering::Relaxed))
    }
}
