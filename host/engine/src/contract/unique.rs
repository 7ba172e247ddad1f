//! Values that may occur once.

use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use arrow_array::{Array, ArrayRef};
use arrow_buffer::BooleanBuffer;
use arrow_row::{RowConverter, SortField};
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::memory_pool::MemoryReservation;
use foldhash::quality::FixedState;
use hashbrown::HashTable;

/// All values of a column so far.
pub(super) struct Seen {
    state: Mutex<State>,
}

struct State {
    converter: RowConverter,
    /// Where in `values` a value begins, and its length.
    table: HashTable<(usize, u32)>,
    values: Vec<u8>,
    memory: MemoryReservation,
}

impl Seen {
    pub(super) fn new(data_type: &arrow_schema::DataType, memory: MemoryReservation) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new(data_type.clone())])?;
        let state = State { converter, table: HashTable::new(), values: Vec::new(), memory };
        Ok(Self { state: Mutex::new(state) })
    }

    /// Which of the next values were there before; nulls never are. Nothing if none was.
    pub(super) fn again(&self, column: &ArrayRef) -> Result<Option<BooleanBuffer>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { converter, table, values, memory } = &mut *state;
        let rows = converter.convert_columns(std::slice::from_ref(column))?;
        let hasher = FixedState::default();
        let nulls = column.logical_nulls();
        let again = BooleanBuffer::collect_bool(column.len(), |row| {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return false;
            }
            let value = rows.row(row);
            let value = value.as_ref();
            let hash = hasher.hash_one(value);
            let same = |(start, length): &(usize, u32)| values[*start..][..*length as usize] == *value;
            if table.find(hash, same).is_some() {
                return true;
            }
            let entry = (values.len(), u32::try_from(value.len()).unwrap_or(u32::MAX));
            values.extend_from_slice(value);
            table.insert_unique(hash, entry, |(start, length)| {
                hasher.hash_one(&values[*start..][..*length as usize])
            });
            false
        });
        memory.try_resize(values.capacity() + table.allocation_size()).map_err(|error| match error {
            DataFusionError::ResourcesExhausted(why) => DataFusionError::ResourcesExhausted(format!(
                "all values of a `unique` column are kept: {why}"
            )),
            other => other,
        })?;
        Ok((again.count_set_bits() > 0).then_some(again))
    }
}
