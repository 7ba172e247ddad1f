//! Where the data lives: behind the contract's handles in Wasm, in the host's data layer elsewhere.
//! Both modules offer the same items.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{RawBatch, RawColumn, RawSpan, recorder};
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{RawBatch, RawColumn, RawSpan, recorder, schema};

/// The buffers of a flat column: validity (empty: no nulls), then offsets and/or values.
pub(crate) struct Buffers {
    pub(crate) rows: usize,
    pub(crate) buffers: Vec<Vec<u8>>,
}

/// Rows and positions cross the boundary as 32-bit integers.
pub(crate) fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

pub(crate) fn narrow_all(values: &[usize]) -> Vec<u32> {
    values.iter().map(|value| narrow(*value)).collect()
}
