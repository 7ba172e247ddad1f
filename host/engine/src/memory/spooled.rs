//! The part of the memory that spools may hold, all together.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion_execution::memory_pool::{MemoryConsumer, MemoryReservation};

use super::Memory;

/// What one spool holds. It goes back when the spool does.
#[derive(Debug)]
pub(crate) struct Spooled {
    memory: Arc<Memory>,
    reservation: MemoryReservation,
}

impl Spooled {
    pub(crate) fn new(memory: &Arc<Memory>) -> Self {
        let reservation = MemoryConsumer::new("spool").register(&memory.environment.memory_pool);
        Self { memory: Arc::clone(memory), reservation }
    }

    /// Takes so many bytes more, if there is room for them.
    pub(crate) fn try_grow(&self, bytes: usize) -> bool {
        let room = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.memory.spools);
        if self.memory.spooled.fetch_update(Relaxed, Relaxed, room).is_err() {
            return false;
        }
        let granted = self.reservation.try_grow(bytes).is_ok();
        if !granted {
            self.memory.spooled.fetch_sub(bytes, Relaxed);
        }
        granted
    }

    /// Gives bytes back.
    pub(crate) fn shrink(&self, bytes: usize) {
        self.reservation.shrink(bytes);
        self.memory.spooled.fetch_sub(bytes, Relaxed);
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        self.shrink(self.reservation.size());
    }
}
