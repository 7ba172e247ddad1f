//! The linear memory and tables of one store.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use crate::meter::{MemoryMeter, Share, Starved};

/// Entries of all function tables together: real plugins have a few thousand, and each costs the host 8 bytes.
const TABLE_ENTRIES: u64 = 1 << 20;
/// Core instances of one component: the module itself, and adapters around it.
pub(crate) const CORE_INSTANCES: u32 = 64;
/// Linear memories of one component.
pub(crate) const MEMORIES: u32 = 8;
/// Tables of one component.
pub(crate) const TABLES: u32 = 32;

/// Holds the linear memory and tables of a store under their limits, and remembers the request that
/// went over.
#[derive(Debug)]
pub(crate) struct MemoryGuard {
    pub(crate) limit: u64,
    /// Bytes of all memories. Memories don't shrink, so this is the peak as well.
    pub(crate) used: u64,
    pub(crate) refused: Option<u64>,
    /// What the meter did not have.
    pub(crate) starved: Option<u64>,
    share: Share,
    entries: u64,
    /// What the last growth added, should it turn out that it failed.
    growth: u64,
}

impl MemoryGuard {
    pub(crate) fn new(limit: u64, meter: &Arc<dyn MemoryMeter>) -> Self {
        let share = Share::new(meter);
        Self { limit, used: 0, refused: None, starved: None, share, entries: 0, growth: 0 }
    }
}

impl ResourceLimiter for MemoryGuard {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current) as u64;
        let total = self.used.saturating_add(growth);
        if total > self.limit {
            // An error ends the call. With `false` the guest's allocator would see -1, and what it says
            // then differs by language.
            self.refused = Some(total);
            return Err(wasmtime::Error::msg("memory limit reached"));
        }
        if !self.share.cover(total) {
            self.starved = Some(growth);
            return Err(wasmtime::Error::new(Starved { bytes: growth }));
        }
        (self.used, self.growth) = (total, growth);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.used -= std::mem::take(&mut self.growth);
        self.share.shrink_to(self.used);
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let requested = self.entries.saturating_add(desired.saturating_sub(current) as u64);
        if requested > TABLE_ENTRIES {
            return Err(wasmtime::Error::msg(format!(
                "table entries limit reached: limit {TABLE_ENTRIES}, requested {requested}"
            )));
        }
        self.entries = requested;
        Ok(true)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES as usize
    }

    fn memories(&self) -> usize {
        MEMORIES as usize
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::meter::Unlimited;

    fn unlimited() -> Arc<dyn MemoryMeter> {
        Arc::new(Unlimited)
    }

    #[test]
    fn all_memories_count_together() {
        let mut guard = MemoryGuard::new(100, &unlimited());
        assert!(guard.memory_growing(0, 40, None).unwrap());
        assert!(guard.memory_growing(0, 40, None).unwrap());
        assert!(guard.memory_growing(40, 60, None).unwrap());
        assert_eq!((guard.used, guard.refused), (100, None));
        guard.memory_grow_failed(wasmtime::Error::msg("no pages")).unwrap();
        assert_eq!(guard.used, 80);
        assert!(guard.memory_growing(40, 61, None).is_err());
        assert_eq!((guard.used, guard.refused), (80, Some(101)));
    }

    #[test]
    fn all_tables_count_together() {
        let mut guard = MemoryGuard::new(0, &unlimited());
        assert!(guard.table_growing(0, 1 << 19, None).unwrap());
        assert!(guard.table_growing(0, 1 << 19, None).unwrap());
        let error = guard.table_growing(10, 11, None).unwrap_err().to_string();
        assert_eq!(error, "table entries limit reached: limit 1048576, requested 1048577");
    }
}
