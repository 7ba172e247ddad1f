//! What an instance emits: checked against what was promised, and given positions.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, NullArray, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Schema, SchemaRef};
use datafusion_common::DataFusionError;
use etl_plugin::Emitted;

use super::{StageRun, with_schema};
use crate::plan::Shape;
use crate::position::positioned;

/// The outputs of one instance.
pub(super) struct Outputs {
    stage: Arc<StageRun>,
    partition: usize,
    /// Per port, the schema of the rows with their positions.
    schemas: Vec<SchemaRef>,
    /// The position that the next row has at least.
    floor: u64,
    /// Rows that came out of the first port.
    rows: u64,
}

/// What came out of a call.
pub(super) struct Given {
    /// Of the first port.
    pub(super) batches: Vec<RecordBatch>,
    /// Of the first port.
    pub(super) rows: u64,
    /// Whether no row came out of any port.
    pub(super) is_empty: bool,
}

impl Default for Given {
    fn default() -> Self {
        Self { batches: Vec::new(), rows: 0, is_empty: true }
    }
}

impl Outputs {
    pub(super) fn new(stage: &Arc<StageRun>, partition: usize) -> Self {
        let ports =
            stage.prepared.binding.outputs[1..].iter().map(|schema| positioned(&all_nullable(schema)));
        let schemas = std::iter::once(Arc::clone(&stage.output)).chain(ports).collect();
        Self { stage: Arc::clone(stage), partition, schemas, floor: 0, rows: 0 }
    }

    /// Rows that came out of the first port so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// All rows from now on come after this position.
    pub(super) fn at_least(&mut self, position: u64) {
        self.floor = self.floor.max(position);
    }

    /// Checks what was emitted, and keeps what went to other ports than the first. `input` are the positions
    /// of the rows that it was made of.
    pub(super) fn take(
        &mut self,
        emitted: Vec<Emitted>,
        input: Option<&UInt64Array>,
    ) -> Result<Given, DataFusionError> {
        let mut given = Given::default();
        for Emitted { port, batch } in emitted {
            let record = batch.record_batch();
            let rows = record.num_rows();
            let mut columns = self.checked(port, record)?;
            if rows == 0 {
                continue;
            }
            given.is_empty = false;
            columns.push(Arc::new(self.positions(rows, batch.positions(), input)?));
            let batch = with_schema(&self.schemas[port as usize], columns, rows)?;
            if port == 0 {
                self.stage.add_rows_out(rows);
                given.rows += rows as u64;
                self.rows += rows as u64;
                given.batches.push(batch);
            } else if let Some(kept) = &self.stage.ports[port as usize - 1] {
                kept.push(&self.stage.job.memory, self.partition, batch)?;
            }
        }
        Ok(given)
    }

    /// The columns, as promised; those that do not matter become nulls.
    fn checked(&self, port: u32, record: &RecordBatch) -> Result<Vec<ArrayRef>, DataFusionError> {
        let call = "emit";
        let outputs = &self.stage.prepared.binding.outputs;
        let Some(promised) = outputs.get(port as usize) else {
            let message = format!("it emitted to port {port}, and has {}", outputs.len());
            return Err(self.stage.broke_contract(call, &message));
        };
        let found = record.schema_ref();
        if found.fields().len() != promised.fields().len() {
            let (expected, found) = (promised.fields().len(), found.fields().len());
            return Err(self
                .stage
                .broke_contract(call, &format!("it promised {expected} columns, and gave {found}")));
        }
        let physical = &self.schemas[port as usize];
        let columns = promised.fields().iter().zip(found.fields()).zip(record.columns()).enumerate();
        columns
            .map(|(index, ((promised, found), column))| {
                if promised.name() != found.name() {
                    let message =
                        format!("it promised column `{}`, and gave `{}`", promised.name(), found.name());
                    return Err(self.stage.broke_contract(call, &message));
                }
                if physical.field(index).data_type() == &DataType::Null {
                    return Ok(Arc::new(NullArray::new(column.len())) as ArrayRef);
                }
                if promised.data_type() != column.data_type() {
                    let message = format!(
                        "it promised `{}` as {}, and gave {}",
                        promised.name(),
                        crate::source::type_name(promised.data_type()),
                        crate::source::type_name(column.data_type())
                    );
                    return Err(self.stage.broke_contract(call, &message));
                }
                Ok(Arc::clone(column))
            })
            .collect()
    }

    /// Positions that never fall. Rows that have none get those of the rows that they were made of, where there
    /// are as many; else they all come after the last of these.
    fn positions(
        &mut self,
        rows: usize,
        own: Option<&UInt64Array>,
        input: Option<&UInt64Array>,
    ) -> Result<UInt64Array, DataFusionError> {
        let floor = self.floor;
        let positions = match own.or(input.filter(|input| input.len() == rows)) {
            Some(found) if rises(found.values(), floor) => found.clone(),
            Some(found) => match self.stage.prepared.shape {
                // A stage that sees all rows may put them in any order: they are numbered anew behind it.
                Shape::Single => return Ok(found.clone()),
                Shape::Keyed => {
                    UInt64Array::from_iter_values(found.values().iter().scan(floor, |highest, position| {
                        *highest = (*highest).max(*position);
                        Some(*highest)
                    }))
                }
                // Which rows are together in a batch is the host's choice: the output must not show it.
                Shape::Any | Shape::TwoPass => {
                    let message =
                        "it changed the order of the rows, which only a `single` or `keyed` stage may do";
                    return Err(self.stage.broke_contract("emit", message));
                }
            },
            None => {
                let last = input.and_then(|input| input.values().last().copied()).unwrap_or(floor);
                UInt64Array::from_value(last.max(floor), rows)
            }
        };
        self.floor = positions.values().last().copied().unwrap_or(floor);
        Ok(positions)
    }
}

fn rises(positions: &[u64], floor: u64) -> bool {
    positions.first().is_none_or(|first| *first >= floor) && positions.is_sorted()
}

/// Which columns have nulls nobody has promised: that is seen when they are written.
pub(super) fn all_nullable(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    Schema::new(fields.collect::<Vec<_>>())
}
