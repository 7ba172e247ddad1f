//! Arrow as the plugin contract (`wit/`) sees it.
//!
//! A guest sees a column as a flattened type tree ([`FlatField`]) and, when it reads it, as the raw
//! buffers of the base layout ([`ColumnData`]). This crate converts both ways, checks all that comes
//! from a guest, and implements the operations of the contract's `batch` and `column` resources. It
//! knows no Wasm: the SDK runs a plugin's unit tests on the same code.

mod batch;
mod column;
mod error;
mod export;
mod format;
mod import;
mod layout;
mod size;

pub use batch::{Batch, MAX_COLUMNS, ROW_COLUMN};
pub use column::{Column, Scalar};
pub use error::DataError;
pub use export::{read_array, read_array_up_to};
pub use format::{FlatField, MAX_DEPTH, flatten, flatten_schema, unflatten};
pub use import::{MAX_EMPTY_ROWS, array_from_data};
pub use layout::{canonical, canonical_schema, plain};
pub use size::Footprint;

/// Length and null count of one node of a column's type tree, as in an Arrow IPC record batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Rows (of a list's child: values).
    pub length: u32,
    /// How many of them are null.
    pub null_count: u32,
}

/// One column as the body of an Arrow IPC record batch: nodes and buffers depth-first, per node the
/// validity bitmap (empty: no nulls), then offsets and/or values, little-endian, offsets from 0.
#[derive(Clone, Debug)]
pub struct ColumnData<B> {
    /// One per field of the type tree.
    pub nodes: Vec<Node>,
    /// The buffers of all nodes.
    pub buffers: Vec<B>,
}
