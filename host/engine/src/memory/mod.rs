//! The memory of a run, and the disk that takes what does not fit.

mod available;
mod disk;
mod meter;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use datafusion_common::Result;

use datafusion_execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion_execution::memory_pool::GreedyMemoryPool;
use datafusion_execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use etl_plugin::MemoryMeter;

pub(crate) use available::available;
pub(crate) use disk::{Disk, DiskFile, disk_error};

use meter::PoolMeter;

/// Of the memory, the part that one spool may hold: two are in use at a time, the one that is read and the one that
/// is written. The other half is for plugins, sorts and rows on their way.
const SPOOL_SHARE: usize = 4;

/// What the keys of rows take, as a part of the rows: a guess on the safe side.
const KEYED_SHARE: u64 = 4;

/// What a run may use.
#[derive(Debug)]
pub(crate) struct Memory {
    environment: Arc<RuntimeEnv>,
    limit: u64,
    spool: usize,
    disk: Arc<Disk>,
    spilled_rows: AtomicU64,
}

impl Memory {
    /// `limit` bytes of memory, and `max_spill` bytes of disk in `folder`.
    pub(crate) fn new(limit: u64, max_spill: u64, folder: &Path) -> Result<Self> {
        let disk = Arc::new(Disk::new(folder, max_spill));
        let pool = usize::try_from(limit).unwrap_or(usize::MAX);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(pool)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Custom(Arc::clone(&disk) as _)),
            )
            .build_arc()?;
        Ok(Self { environment, limit, spool: pool / SPOOL_SHARE, disk, spilled_rows: AtomicU64::new(0) })
    }

    pub(crate) fn environment(&self) -> &Arc<RuntimeEnv> {
        &self.environment
    }

    /// What all instances of plugins take.
    pub(crate) fn meter(&self) -> Arc<dyn MemoryMeter> {
        Arc::new(PoolMeter::new(&self.environment.memory_pool))
    }

    /// Bytes of rows that a spool may hold in memory.
    pub(crate) fn spool(&self) -> usize {
        self.spool
    }

    /// Whether so many bytes of rows are too much for all keys of a keyed stage to be kept at a time.
    pub(crate) fn is_small_for(&self, bytes: u64) -> bool {
        bytes / KEYED_SHARE > self.limit
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
