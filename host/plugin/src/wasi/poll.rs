//! Waiting, within a call's time limit: the clock of Wasm stands still in a host call.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime::{Result, Trap};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::{io::poll as unbounded, sync::io::poll};

use crate::state::State;

/// How often a guest that waits looks at the stop signal.
const TICK: Duration = Duration::from_millis(10);

/// The handles, and how long a wait for them may take.
pub(super) struct Waiting<'a> {
    table: &'a mut ResourceTable,
    deadline: Option<Instant>,
    cancelled: Arc<AtomicBool>,
}

/// Waiting that ends.
pub(super) struct Bounded;

impl HasData for Bounded {
    type Data<'a> = Waiting<'a>;
}

pub(super) fn waiting(state: &mut State) -> Waiting<'_> {
    let deadline = state.call_start.checked_add(state.limits.call_timeout);
    Waiting { table: &mut state.table, deadline, cancelled: Arc::clone(&state.cancelled) }
}

/// What a wait needs: the runtime of an engine that calls us may have no timers.
static TIMERS: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).thread_name("timers").enable_time().build()
});

/// Runs `work` to its end, or to that of the call.
fn within<T>(
    deadline: Option<Instant>,
    cancelled: &AtomicBool,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let timers = TIMERS.as_ref().map_err(wasmtime::Error::new)?;
    timers.block_on(async {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = tokio::time::timeout(TICK, &mut work).await {
                return done;
            }
            let late = deadline.is_some_and(|deadline| Instant::now() > deadline);
            if late || cancelled.load(Ordering::Relaxed) {
                return Err(wasmtime::Error::from(Trap::Interrupt));
            }
        }
    })
}

impl poll::Host for Waiting<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        within(self.deadline, &self.cancelled, unbounded::Host::poll(self.table, pollables))
    }
}

impl poll::HostPollable for Waiting<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        within(self.deadline, &self.cancelled, unbounded::HostPollable::ready(self.table, pollable))
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        within(self.deadline, &self.cancelled, unbounded::HostPollable::block(self.table, pollable))
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        unbounded::HostPollable::drop(self.table, pollable)
    }
}
