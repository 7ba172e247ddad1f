//! What one store holds for its guest: handles, limits, and what the current call has done.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use etl_data::{Batch, Column, Footprint};
use wasmtime::component::{HasData, Resource, ResourceTable, ResourceTableError};

use crate::limits::{Exceeded, Limits, MemoryGuard};
use crate::telemetry::{CallContext, MAX_REPORT, NoContext, Telemetry};

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
    /// The last error that the guest logged in the current call.
    pub(crate) said: Option<String>,
    /// Bytes of text that the current call may still report.
    pub(crate) report_left: usize,
    /// Output ports that the operation has; before `bind`, none.
    pub(crate) ports: u32,
    /// Bytes of data that the guest holds: never less than it is, and counted anew when it gets too much.
    held: u64,
    /// Bytes of what the current call rejected.
    pub(crate) rejected_bytes: u64,
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
            memory: MemoryGuard::new(limits.memory_bytes),
            cancelled,
            calls: 0,
            call_start: Instant::now(),
            context: Box::new(NoContext),
            telemetry: Telemetry::default(),
            said: None,
            report_left: MAX_REPORT,
            ports: 0,
            held: 0,
            rejected_bytes: 0,
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
        self.rejected_bytes = 0;
        self.said = None;
        self.report_left = MAX_REPORT;
        // A module's start function may have done something before the first call.
        self.emitted.clear();
        self.rejected.clear();
        self.telemetry = Telemetry::default();
    }

    /// Makes sure that there is room for `bytes` more of data, before they are allocated.
    pub(crate) fn reserve(&mut self, bytes: u64) -> wasmtime::Result<()> {
        self.held = self.held.saturating_add(bytes);
        if self.held <= self.limits.data_bytes {
            return Ok(());
        }
        // What is dropped is not subtracted, because buffers are shared: now it is worth looking.
        self.held = self.data_bytes().saturating_add(bytes);
        if self.held <= self.limits.data_bytes {
            return Ok(());
        }
        let (limit, requested) = (self.limits.data_bytes, self.held);
        Err(wasmtime::Error::new(Exceeded { what: "data bytes", limit, requested }))
    }

    /// Memory of the host that this guest's columns and batches keep alive.
    pub(crate) fn data_bytes(&mut self) -> u64 {
        let mut footprint = Footprint::default();
        for entry in self.table.iter_mut() {
            if let Some(column) = entry.downcast_ref::<Column>() {
                footprint.add(column);
            } else if let Some(batch) = entry.downcast_ref::<Batch>() {
                footprint.add_batch(batch);
            }
        }
        self.emitted.iter().for_each(|emitted| footprint.add_batch(&emitted.batch));
        self.rejected.iter().for_each(|rejected| footprint.add_batch(&rejected.source));
        footprint.bytes()
    }

    /// A handle for the guest.
    pub(crate) fn push<T: Send + 'static>(&mut self, value: T) -> wasmtime::Result<Resource<T>> {
        self.table.push(value).map_err(|error| match error {
            ResourceTableError::Full => {
                let limit = self.limits.handles as u64;
                wasmtime::Error::new(Exceeded { what: "handles", limit, requested: limit + 1 })
            }
            other => wasmtime::Error::new(other),
        })
    }
}

impl HasData for State {
    type Data<'a> = &'a mut State;
}
