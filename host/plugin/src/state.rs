//! What one store holds for its guest: handles, limits, and what the current call has done.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use etl_data::Batch;
use wasmtime::component::{HasData, Resource, ResourceTable, ResourceTableError};
use wasmtime_wasi::WasiCtx;

use crate::boundary::Boundary;
use crate::limits::{Exceeded, LimitKind, Limits};
use crate::memory::MemoryGuard;
use crate::meter::MemoryMeter;
use crate::retained::Retained;
use crate::telemetry::{CallContext, NoContext, Telemetry};
use crate::wasi::Output;

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

impl Reject {
    /// Memory that it takes besides the batch.
    pub(crate) fn bytes(&self) -> u64 {
        (self.rows.len() * size_of::<u32>() + self.code.len() + self.message.len() + size_of::<Self>()) as u64
    }
}

pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) limits: Limits,
    pub(crate) memory: MemoryGuard,
    pub(crate) cancelled: Arc<AtomicBool>,
    /// Calls begun so far; names the current one.
    pub(crate) calls: u64,
    pub(crate) call_start: Instant,
    pub(crate) boundary: Boundary,
    pub(crate) context: Box<dyn CallContext>,
    pub(crate) telemetry: Telemetry,
    /// The last error that the guest logged in the current call.
    pub(crate) said: Option<String>,
    /// Bytes of text that the current call may still report.
    pub(crate) report_left: usize,
    /// Output ports that the operation has; before `bind`, none.
    pub(crate) ports: u32,
    pub(crate) retained: Retained,
    /// What it is granted; nothing of it is linked where there is no grant.
    pub(crate) wasi: Option<WasiCtx>,
    pub(crate) output: Output,
    /// Rows that `process` was given so far.
    pub(crate) rows_given: u64,
    /// Rows that were emitted so far, through all ports.
    pub(crate) rows_emitted: u64,
    pub(crate) emitted: Vec<Emitted>,
    pub(crate) rejected: Vec<Reject>,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
}

impl State {
    pub(crate) fn new(limits: Limits, cancelled: Arc<AtomicBool>, meter: &Arc<dyn MemoryMeter>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let now = Instant::now();
        Self {
            table,
            limits,
            memory: MemoryGuard::new(limits.memory_bytes, meter),
            cancelled,
            calls: 0,
            call_start: now,
            boundary: Boundary::begin(now),
            context: Box::new(NoContext),
            telemetry: Telemetry::default(),
            said: None,
            report_left: limits.telemetry_bytes,
            ports: 0,
            retained: Retained::new(meter),
            wasi: None,
            output: Output::default(),
            rows_given: 0,
            rows_emitted: 0,
            emitted: Vec::new(),
            rejected: Vec::new(),
            bytes_read: 0,
            bytes_written: 0,
        }
    }

    pub(crate) fn begin(&mut self, context: Box<dyn CallContext>) {
        self.calls += 1;
        self.call_start = Instant::now();
        self.boundary = Boundary::begin(self.call_start);
        self.context = context;
        self.bytes_read = 0;
        self.bytes_written = 0;
        self.said = None;
        self.report_left = self.limits.telemetry_bytes;
        // A module's start function may have done something before the first call.
        self.emitted.clear();
        self.rejected.clear();
        self.telemetry = Telemetry::default();
        self.output.begin(self.limits.telemetry_bytes);
    }

    /// A handle for the guest.
    pub(crate) fn push<T: Send + 'static>(&mut self, value: T) -> wasmtime::Result<Resource<T>> {
        self.table.push(value).map_err(|error| match error {
            ResourceTableError::Full => {
                let limit = self.limits.handles as u64;
                Exceeded::error(LimitKind::Handles, limit, limit + 1)
            }
            other => wasmtime::Error::new(other),
        })
    }
}

impl HasData for State {
    type Data<'a> = &'a mut State;
}
