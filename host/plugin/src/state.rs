//! What one store holds for its guest: handles, limits, and what the current call has done.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use etl_data::Batch;
use wasmtime::component::{HasData, ResourceTable};

use crate::limits::{Limits, MemoryGuard};
use crate::telemetry::{CallContext, NoContext, Telemetry};

/// A batch that a guest handed to one of its output ports.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The port.
    pub port: u32,
    /// The rows.
    pub batch: Batch,
}

/// Rows that a guest diverted.
#[derive(Clone, Debug)]
pub struct Reject {
    /// The batch that they are in.
    pub source: Batch,
    /// Which rows of it.
    pub rows: Vec<u32>,
    /// A short code.
    pub code: String,
    /// Why.
    pub message: String,
}

pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) limits: Limits,
    pub(crate) memory: MemoryGuard,
    pub(crate) cancelled: Arc<AtomicBool>,
    /// Calls begun so far; names the current one.
    pub(crate) calls: u64,
    pub(crate) call_start: Instant,
    pub(crate) context: Box<dyn CallContext>,
    pub(crate) telemetry: Telemetry,
    pub(crate) emitted: Vec<Emitted>,
    pub(crate) rejected: Vec<Reject>,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
}

impl State {
    pub(crate) fn new(limits: Limits, cancelled: Arc<AtomicBool>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            table,
            limits,
            memory: MemoryGuard { limit: limits.memory_bytes, peak: 0, refused: None },
            cancelled,
            calls: 0,
            call_start: Instant::now(),
            context: Box::new(NoContext),
            telemetry: Telemetry::default(),
            emitted: Vec::new(),
            rejected: Vec::new(),
            bytes_read: 0,
            bytes_written: 0,
        }
    }

    pub(crate) fn begin(&mut self, context: Box<dyn CallContext>) {
        self.calls += 1;
        self.call_start = Instant::now();
        self.context = context;
        self.bytes_read = 0;
        self.bytes_written = 0;
    }
}

impl HasData for State {
    type Data<'a> = &'a mut State;
}
