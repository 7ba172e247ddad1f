//! The memory of a run, and the disk that takes what does not fit.

mod available;
mod disk;
mod meter;
mod peak;
mod spooled;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use datafusion_common::Result;

use datafusion_execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion_execution::memory_pool::GreedyMemoryPool;
use datafusion_execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use etl_plugin::MemoryMeter;

pub(crate) use available::available;
pub(crate) use disk::{Disk, DiskFile, disk_error, time_on_disk};
pub(crate) use spooled::Spooled;

use meter::PoolMeter;
use peak::PeakPool;

/// Of the memory, the part that all spools together may hold. The rest is for plugins, sorts and rows on their way.
const SPOOLS_SHARE: usize = 3;

/// What all instances of a keyed stage take at the least, and the rows between them.
const KEYED_LEAST: u64 = 128 << 20;

/// What a run may use.
#[derive(Debug)]
pub(crate) struct Memory {
    environment: Arc<RuntimeEnv>,
    limit: u64,
    peak: Arc<AtomicUsize>,
    /// What spools may hold together, and what they hold.
    spools: usize,
    spooled: AtomicUsize,
    disk: Arc<Disk>,
    spilled_rows: AtomicU64,
}

impl Memory {
    /// `limit` bytes of memory, and `max_spill` bytes of disk in `folder`.
    pub(crate) fn new(limit: u64, max_spill: u64, folder: &Path) -> Result<Self> {
        let disk = Arc::new(Disk::new(folder, max_spill));
        let pool = usize::try_from(limit).unwrap_or(usize::MAX);
        let peak = Arc::<AtomicUsize>::default();
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(PeakPool::new(GreedyMemoryPool::new(pool), &peak)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Custom(Arc::clone(&disk) as _)),
            )
            .build_arc()?;
        Ok(Self {
            environment,
            limit,
            peak,
            spools: pool / SPOOLS_SHARE,
            spooled: AtomicUsize::new(0),
            disk,
            spilled_rows: AtomicU64::new(0),
        })
    }

    pub(crate) fn environment(&self) -> &Arc<RuntimeEnv> {
        &self.environment
    }

    /// What all instances of plugins take.
    pub(crate) fn meter(&self) -> Arc<dyn MemoryMeter> {
        Arc::new(PoolMeter::new(&self.environment.memory_pool))
    }

    /// Whether so many bytes of rows are too much for a keyed stage to keep all their keys at a time: they may take a
    /// quarter of the memory, and are, as a guess on the safe side, a quarter of the rows.
    pub(crate) fn is_small_for(&self, bytes: u64) -> bool {
        bytes > self.limit || self.limit < KEYED_LEAST
    }

    /// How many buckets of so many bytes of rows can be worked on side by side, by the same guess.
    pub(crate) fn buckets_at_once(&self, bytes: u64, threads: usize) -> usize {
        usize::try_from(self.limit / bytes.max(1)).unwrap_or(usize::MAX).clamp(1, threads.max(1))
    }

    /// What there is of it.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// The most that was in use at a time.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed) as u64
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Notes that so many rows of a spool go to disk.
    pub(crate) fn spilled(&self, rows: usize) {
        self.spilled_rows.fetch_add(rows as u64, Relaxed);
    }

    /// Rows of spools that went to disk so far.
    pub(crate) fn spilled_rows(&self) -> u64 {
        self.spilled_rows.load(Relaxed)
    }

    /// Bytes that went to disk so far, of spools and of sorted runs.
    pub(crate) fn spilled_bytes(&self) -> u64 {
        self.disk.usage().written()
    }
}
