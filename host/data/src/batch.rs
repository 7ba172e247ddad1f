//! The contract's `batch` resource.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use crate::column::bits;
use crate::{Column, DataError, FlatField, flatten_schema};

/// Name of the hidden last column in which the engine carries each row's position in the input.
pub const ROW_COLUMN: &str = "__etl_row";

/// Most columns of a batch that a guest makes: far beyond real tables, and each costs the host.
pub const MAX_COLUMNS: usize = 1 << 16;

/// Immutable rows that a guest holds by handle. Each row may carry its position in the job's input,
/// which no guest sees and which follows the row through every operation.
#[derive(Clone, Debug)]
pub struct Batch {
    record: RecordBatch,
    positions: Option<UInt64Array>,
    first_row: Option<u64>,
}

impl Batch {
    /// Rows without positions.
    pub fn new(record: RecordBatch) -> Self {
        Self { record, positions: None, first_row: None }
    }

    /// Rows whose last column is [`ROW_COLUMN`], where there is one.
    pub fn from_positioned(record: &RecordBatch) -> Result<Self, DataError> {
        let last = record.num_columns().checked_sub(1);
        match last.filter(|last| record.schema_ref().field(*last).name() == ROW_COLUMN) {
            None => Ok(Self::new(record.clone())),
            Some(last) => {
                let wrong = || DataError::WrongType {
                    expected: "uint64",
                    found: record.column(last).data_type().clone(),
                };
                let positions =
                    record.column(last).as_primitive_opt::<UInt64Type>().ok_or_else(wrong)?.clone();
                let columns = (0..last).collect::<Vec<_>>();
                Ok(Self { record: record.project(&columns)?, positions: Some(positions), first_row: None })
            }
        }
    }

    /// The same rows, numbered from `first_row` in the stage's whole input.
    #[must_use]
    pub fn with_first_row(mut self, first_row: Option<u64>) -> Self {
        self.first_row = first_row;
        self
    }

    /// The same rows with these positions, or without.
    pub fn with_positions(mut self, positions: Option<UInt64Array>) -> Result<Self, DataError> {
        if let Some(positions) = &positions {
            same_length("the position column", self.record.num_rows(), positions.len())?;
        }
        self.positions = positions;
        Ok(self)
    }

    /// The rows, without positions.
    pub fn record_batch(&self) -> &RecordBatch {
        &self.record
    }

    /// Each row's position in the job's input, where known.
    pub fn positions(&self) -> Option<&UInt64Array> {
        self.positions.as_ref()
    }

    /// All columns flattened, in order.
    pub fn schema_fields(&self) -> Result<Vec<FlatField>, DataError> {
        flatten_schema(self.record.schema_ref())
    }

    /// Rows.
    pub fn rows(&self) -> u32 {
        u32::try_from(self.record.num_rows()).unwrap_or(u32::MAX)
    }

    /// Columns.
    pub fn columns(&self) -> u32 {
        u32::try_from(self.record.num_columns()).unwrap_or(u32::MAX)
    }

    /// Position of the first row in the stage's whole input, where the host knows it.
    pub fn first_row(&self) -> Option<u64> {
        self.first_row
    }

    /// The column at this position.
    pub fn get(&self, index: u32) -> Result<Column, DataError> {
        Ok(Column::new(Arc::clone(self.record.column(self.column_index(index)?))))
    }

    /// A batch of new columns. They have no positions: what made them may have changed the rows.
    pub fn from_columns(names: &[String], columns: &[&Column]) -> Result<Self, DataError> {
        same_length("the list of names", columns.len(), names.len())?;
        few(names.len())?;
        let rows = columns.first().map_or(0, |first| first.array().len());
        let mut fields = Vec::with_capacity(names.len());
        for (name, column) in names.iter().zip(columns) {
            same_rows(name, rows, column.array().len())?;
            fields.push(field_of(name, column));
        }
        let arrays = columns.iter().map(|column| Arc::clone(column.array())).collect();
        Ok(Self::new(record(fields, &Schema::empty(), arrays, rows)?))
    }

    /// These columns, in this order.
    pub fn project(&self, columns: &[u32]) -> Result<Self, DataError> {
        few(columns.len())?;
        let indices = columns.iter().map(|index| self.column_index(*index)).collect::<Result<Vec<_>, _>>()?;
        self.on_same_rows(self.record.project(&indices)?)
    }

    /// Replaces the columns of these names, and adds those that are new.
    pub fn with_columns(&self, names: &[String], columns: &[&Column]) -> Result<Self, DataError> {
        same_length("the list of names", columns.len(), names.len())?;
        let schema = self.record.schema_ref();
        let mut fields = schema.fields().to_vec();
        let mut arrays = self.record.columns().to_vec();
        few(fields.len() + names.len())?;
        // Looking each name up in the list is fastest while there are few, and all a guest's time when many.
        let mut index = Index::default();
        for (name, column) in names.iter().zip(columns) {
            same_rows(name, self.record.num_rows(), column.array().len())?;
            let array = Arc::clone(column.array());
            if let Some(found) = index.find(&fields, name, names.len() > 16) {
                fields[found] = field_of(name, column);
                arrays[found] = array;
            } else {
                index.add(name, fields.len());
                fields.push(field_of(name, column));
                arrays.push(array);
            }
        }
        self.on_same_rows(record(fields, schema, arrays, self.record.num_rows())?)
    }

    /// The same columns under new names.
    pub fn rename(&self, names: &[String]) -> Result<Self, DataError> {
        same_length("the list of names", self.record.num_columns(), names.len())?;
        let schema = self.record.schema_ref();
        let fields = schema.fields().iter().zip(names).map(|(field, name)| {
            if field.name() == name {
                Arc::clone(field)
            } else {
                Arc::new(Field::clone(field).with_name(name))
            }
        });
        let arrays = self.record.columns().to_vec();
        self.on_same_rows(record(fields.collect(), schema, arrays, self.record.num_rows())?)
    }

    /// Rows `offset` to `offset + length`, shared.
    pub fn slice(&self, offset: u32, length: u32) -> Result<Self, DataError> {
        let end = u64::from(offset) + u64::from(length);
        if end > self.record.num_rows() as u64 {
            return Err(out_of_range("row", end, self.record.num_rows()));
        }
        let (offset, length) = (offset as usize, length as usize);
        Ok(Self {
            record: self.record.slice(offset, length),
            positions: self.positions.as_ref().map(|positions| positions.slice(offset, length)),
            first_row: self.first_row.map(|first| first + offset as u64),
        })
    }

    /// Keeps row i where bit i of `mask` is set.
    pub fn filter(&self, mask: &[u8]) -> Result<Self, DataError> {
        let mask = BooleanArray::new(bits(mask, self.record.num_rows(), "the mask")?, None);
        let kept = mask.true_count();
        if kept == mask.len() {
            return Ok(self.clone());
        }
        // One predicate for all columns: the mask is looked at once, not once a column.
        let predicate = arrow_select::filter::FilterBuilder::new(&mask).optimize().build();
        let arrays =
            self.record.columns().iter().map(|column| predicate.filter(column)).collect::<Result<_, _>>()?;
        let positions = self.positions.as_ref().map(|positions| predicate.filter(positions)).transpose()?;
        self.selected(arrays, positions, kept)
    }

    /// Row k of the result is row `rows[k]`.
    pub fn take(&self, rows: &[u32]) -> Result<Self, DataError> {
        if let Some(row) = rows.iter().find(|row| **row as usize >= self.record.num_rows()) {
            return Err(out_of_range("row", u64::from(*row), self.record.num_rows()));
        }
        let rows = UInt32Array::from(rows.to_vec());
        let arrays = arrow_select::take::take_arrays(self.record.columns(), &rows, None)?;
        let positions = match &self.positions {
            Some(positions) => Some(arrow_select::take::take(positions, &rows, None)?),
            None => None,
        };
        self.selected(arrays, positions, rows.len())
    }

    /// Row k of the result is row `rows[k]` of batch `sources[batches[k]]`. All sources must have the
    /// same columns.
    pub fn gather(sources: &[&Self], batches: &[u32], rows: &[u32]) -> Result<Self, DataError> {
        same_length("the list of rows", batches.len(), rows.len())?;
        let first = sources.first().ok_or_else(|| out_of_range("batch", 0, 0))?;
        let mut indices = Vec::with_capacity(rows.len());
        for (batch, row) in batches.iter().zip(rows) {
            let source = sources
                .get(*batch as usize)
                .ok_or_else(|| out_of_range("batch", u64::from(*batch), sources.len()))?;
            if *row as usize >= source.record.num_rows() {
                return Err(out_of_range("row", u64::from(*row), source.record.num_rows()));
            }
            indices.push((*batch as usize, *row as usize));
        }
        let mut arrays = Vec::with_capacity(first.record.num_columns());
        for source in sources {
            same_length(
                "a gathered batch's list of columns",
                first.record.num_columns(),
                source.record.num_columns(),
            )?;
        }
        for index in 0..first.record.num_columns() {
            let columns: Vec<&dyn Array> =
                sources.iter().map(|source| source.record.column(index).as_ref()).collect();
            arrays.push(arrow_select::interleave::interleave(&columns, &indices)?);
        }
        let positions = sources.iter().map(|source| source.positions.as_ref().map(|p| p as &dyn Array));
        let positions = match positions.collect::<Option<Vec<_>>>() {
            Some(positions) => Some(arrow_select::interleave::interleave(&positions, &indices)?),
            None => None,
        };
        first.selected(arrays, positions, indices.len())
    }

    /// The rows as the engine's plan carries them: with [`ROW_COLUMN`] last, where positions are known.
    pub fn into_positioned(self, schema: &SchemaRef) -> Result<RecordBatch, DataError> {
        let rows = self.record.num_rows();
        let mut arrays = self.record.columns().to_vec();
        arrays.extend(self.positions.map(|positions| Arc::new(positions) as ArrayRef));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?)
    }

    fn selected(
        &self,
        arrays: Vec<ArrayRef>,
        positions: Option<ArrayRef>,
        rows: usize,
    ) -> Result<Self, DataError> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Self {
            record: RecordBatch::try_new_with_options(self.record.schema(), arrays, &options)?,
            positions: positions.map(|positions| positions.as_primitive::<UInt64Type>().clone()),
            first_row: None,
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "reads as the tail of operations that can fail")]
    fn on_same_rows(&self, record: RecordBatch) -> Result<Self, DataError> {
        Ok(Self { record, positions: self.positions.clone(), first_row: self.first_row })
    }

    fn column_index(&self, index: u32) -> Result<usize, DataError> {
        let count = self.record.num_columns();
        let found = (index as usize) < count;
        if found { Ok(index as usize) } else { Err(out_of_range("column", u64::from(index), count)) }
    }
}

/// Where columns are, by name: built when there are so many that looking through them is slow.
#[derive(Default)]
struct Index {
    places: Option<HashMap<String, usize>>,
}

impl Index {
    fn find(&mut self, fields: &[FieldRef], name: &str, many: bool) -> Option<usize> {
        if !many {
            return fields.iter().position(|field| field.name() == name);
        }
        let build = || {
            // From the back, so that the first of a name is found.
            fields.iter().enumerate().rev().map(|(place, field)| (field.name().clone(), place)).collect()
        };
        self.places.get_or_insert_with(build).get(name).copied()
    }

    fn add(&mut self, name: &str, place: usize) {
        if let Some(places) = &mut self.places {
            places.insert(name.to_owned(), place);
        }
    }
}

fn few(columns: usize) -> Result<(), DataError> {
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    Err(DataError::TooMany { what: "columns", count: columns as u64, most: MAX_COLUMNS as u64 })
}

fn field_of(name: &str, column: &Column) -> FieldRef {
    Arc::new(Field::new(name, DataType::clone(column.array().data_type()), true))
}

fn record(
    fields: Vec<FieldRef>,
    schema: &Schema,
    arrays: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, DataError> {
    let schema = Schema::new_with_metadata(Fields::from(fields), schema.metadata().clone());
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options)?)
}

fn same_length(what: &str, expected: usize, found: usize) -> Result<(), DataError> {
    let same = expected == found;
    if same { Ok(()) } else { Err(DataError::Length { what: what.to_owned(), expected, found }) }
}

fn same_rows(name: &str, expected: usize, found: usize) -> Result<(), DataError> {
    let same = expected == found;
    if same { Ok(()) } else { Err(DataError::Length { what: format!("column `{name}`"), expected, found }) }
}

fn out_of_range(what: &'static str, index: u64, count: usize) -> DataError {
    DataError::OutOfRange { what, index, count: count as u64 }
}
