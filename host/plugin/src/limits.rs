//! What a plugin may use.

use std::fmt;
use std::time::Duration;

/// Bounds of one instance of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory, in bytes: of all memories of the component together.
    pub memory_bytes: u64,
    /// Wall-clock time of one call.
    pub call_timeout: Duration,
    /// Columns, batches and spans that the guest may hold at a time.
    pub handles: usize,
    /// Bytes that one host call may take from the guest.
    pub host_call_bytes: usize,
    /// Memory of the host, in bytes, that the guest may keep as columns and batches, or emit and reject in one call.
    pub retained_bytes: u64,
    /// Batches that one call may emit.
    pub emitted_batches: usize,
    /// Rows that may come out, through all ports, for each that went in so far. A stage that gives all at its end, a
    /// grouping for one, has by then been given all.
    pub emitted_rows: u64,
    /// Rows that may come out besides, however few went in.
    pub emitted_rows_floor: u64,
    /// Log lines that are kept of one call.
    pub logs: usize,
    /// Spans that are kept of one call.
    pub spans: usize,
    /// Text that is kept of what one call reports, in bytes.
    pub telemetry_bytes: usize,
    /// Where the message of an error is cut, in bytes.
    pub error_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            call_timeout: Duration::from_mins(1),
            handles: 100_000,
            host_call_bytes: 128 << 20,
            retained_bytes: 4 << 30,
            emitted_batches: 10_000,
            emitted_rows: 1_000,
            emitted_rows_floor: 1_000_000,
            logs: 256,
            spans: 256,
            telemetry_bytes: 1 << 20,
            error_bytes: 4 << 10,
        }
    }
}

/// Bounds of loading a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// Size of the file.
    pub component_bytes: u64,
    /// Time that compiling it may take.
    pub compile_time: Duration,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self { component_bytes: 64 << 20, compile_time: Duration::from_mins(2) }
    }
}

/// Which limit a call reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// [`Limits::memory_bytes`].
    Memory,
    /// [`Limits::call_timeout`].
    CallTimeout,
    /// [`Limits::handles`].
    Handles,
    /// [`Limits::host_call_bytes`].
    HostCallBytes,
    /// [`Limits::retained_bytes`].
    RetainedMemory,
    /// [`Limits::emitted_batches`].
    EmittedBatches,
    /// [`Limits::emitted_rows`] and its floor.
    EmittedRows,
}

impl LimitKind {
    /// Its name where users set it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::CallTimeout => "call-timeout",
            Self::Handles => "handles",
            Self::HostCallBytes => "host-call-bytes",
            Self::RetainedMemory => "retained-memory",
            Self::EmittedBatches => "emitted-batches",
            Self::EmittedRows => "emitted-rows",
        }
    }

    /// Whether it counts bytes.
    pub(crate) fn is_of_bytes(self) -> bool {
        matches!(self, Self::Memory | Self::HostCallBytes | Self::RetainedMemory)
    }
}

/// The limit that a host call found reached: it ends the call of the guest that led there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) of: LimitKind,
    pub(crate) limit: u64,
    /// What there would have been, where that is known.
    pub(crate) requested: Option<u64>,
}

impl Exceeded {
    pub(crate) fn error(of: LimitKind, limit: u64, requested: u64) -> wasmtime::Error {
        wasmtime::Error::new(Self { of, limit, requested: Some(requested) })
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} limit reached: limit {}", self.of.key(), self.limit)
    }
}

impl std::error::Error for Exceeded {}
