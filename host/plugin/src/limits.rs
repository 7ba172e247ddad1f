//! What an instance may use.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Bounds of one instance of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory, in bytes.
    pub memory_bytes: u64,
    /// Wall-clock time of one call.
    pub call_timeout: Duration,
    /// Columns, batches and spans that the guest may hold at a time.
    pub handles: usize,
    /// Bytes that one host call may take from the guest.
    pub host_call_bytes: usize,
    /// Batches that one call may emit.
    pub emitted_batches: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            call_timeout: Duration::from_secs(60),
            handles: 100_000,
            host_call_bytes: 128 << 20,
            emitted_batches: 10_000,
        }
    }
}

/// Holds linear memory under the limit, and remembers the request that went over it.
#[derive(Debug)]
pub(crate) struct MemoryGuard {
    pub(crate) limit: u64,
    pub(crate) peak: u64,
    pub(crate) refused: Option<u64>,
}

impl ResourceLimiter for MemoryGuard {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let desired = desired as u64;
        if desired > self.limit {
            self.refused = Some(desired);
            return Err(wasmtime::Error::msg("memory limit reached"));
        }
        self.peak = self.peak.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // Function tables of real plugins have a few thousand entries; a table entry is a pointer.
        Ok(desired <= 1 << 20)
    }
}
