//! How far a scan has come, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::InputFile;

/// How far a scan has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScanProgress {
    /// Of the files; of Parquet the compressed column chunks that are read.
    pub(crate) bytes_read: u64,
    /// What `bytes_read` comes to at the end, about.
    pub(crate) bytes_total: u64,
    /// Rows handed out.
    pub(crate) rows: u64,
}

#[derive(Debug, Default)]
pub(super) struct Progress {
    bytes_read: AtomicU64,
    bytes_total: u64,
    rows: AtomicU64,
}

impl Progress {
    pub(super) fn of(files: &[InputFile]) -> Self {
        Self::up_to(files.iter().map(|file| file.bytes).sum())
    }

    pub(super) fn up_to(bytes_total: u64) -> Self {
        Self { bytes_total, ..Self::default() }
    }

    pub(super) fn add(&self, bytes: u64, rows: u64) {
        self.bytes_read.fetch_add(bytes, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }

    pub(super) fn now(&self) -> ScanProgress {
        ScanProgress {
            bytes_read: self.bytes_read.load(Relaxed),
            bytes_total: self.bytes_total,
            rows: self.rows.load(Relaxed),
        }
    }
}
