//! Values that may occur once.

mod key;
mod keys;
mod run;

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, ArrayRef};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use arrow_row::{RowConverter, SortField};
use arrow_schema::DataType;
use datafusion_common::Result;

use crate::memory::Memory;
use key::key;
use keys::Keys;

/// All values of a column so far.
pub(super) struct Seen {
    state: Mutex<State>,
}

struct State {
    converter: RowConverter,
    keys: Keys,
}

impl Seen {
    pub(super) fn new(data_type: &DataType, memory: &Arc<Memory>) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new(data_type.clone())])?;
        let state = State { converter, keys: Keys::new(memory)? };
        Ok(Self { state: Mutex::new(state) })
    }

    /// Which of the next values were there before; nulls never are. Nothing if none was.
    pub(super) fn again(&self, column: &ArrayRef) -> Result<Option<BooleanBuffer>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { converter, keys } = &mut *state;
        let rows = converter.convert_columns(std::slice::from_ref(column))?;
        let nulls = column.logical_nulls();
        let mut again = BooleanBufferBuilder::new(column.len());
        for (row, value) in rows.iter().enumerate() {
            let null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            again.append(!null && !keys.insert(key(value.as_ref()))?);
        }
        let again = again.finish();
        Ok((again.count_set_bits() > 0).then_some(again))
    }
}
