//! The memory of plugins as a part of the run's.

use std::sync::Arc;

use datafusion_execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use etl_plugin::MemoryMeter;

/// Takes from the pool what instances use.
pub(super) struct PoolMeter(MemoryReservation);

impl PoolMeter {
    pub(super) fn new(pool: &Arc<dyn MemoryPool>) -> Self {
        Self(MemoryConsumer::new("plugins").register(pool))
    }
}

impl MemoryMeter for PoolMeter {
    fn try_grow(&self, bytes: u64) -> bool {
        usize::try_from(bytes).is_ok_and(|bytes| self.0.try_grow(bytes).is_ok())
    }

    fn shrink(&self, bytes: u64) {
        // Never more than was taken, and that fitted.
        self.0.shrink(usize::try_from(bytes).unwrap_or_default());
    }
}
