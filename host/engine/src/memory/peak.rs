//! A pool that remembers how much of it was in use.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use datafusion_common::Result;
use datafusion_execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// Another pool, and the most that was in use of it at a time.
#[derive(Debug)]
pub(super) struct PeakPool<P> {
    pool: P,
    peak: Arc<AtomicUsize>,
}

impl<P: MemoryPool> PeakPool<P> {
    /// Of `pool`; told in `peak`.
    pub(super) fn new(pool: P, peak: &Arc<AtomicUsize>) -> Self {
        Self { pool, peak: Arc::clone(peak) }
    }

    fn note(&self) {
        self.peak.fetch_max(self.pool.reserved(), Relaxed);
    }
}

impl<P: MemoryPool> fmt::Display for PeakPool<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.pool, f)
    }
}

impl<P: MemoryPool> MemoryPool for PeakPool<P> {
    fn name(&self) -> &str {
        self.pool.name()
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.pool.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.pool.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.pool.grow(reservation, additional);
        self.note();
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.pool.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.pool.try_grow(reservation, additional)?;
        self.note();
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.pool.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.pool.memory_limit()
    }
}
