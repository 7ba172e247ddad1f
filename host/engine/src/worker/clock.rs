//! What the time of a stage went to that did not pass in calls of its plugin.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use etl_trace::Calls;

use crate::memory::time_on_disk;

/// A piece of a stage's work, from its beginning to its end on one thread.
#[derive(Clone, Copy)]
pub(crate) struct Watch {
    begun: Instant,
    /// Time in calls, and on the disk, up to then.
    in_calls: Duration,
    on_disk: Duration,
}

impl Watch {
    /// Work that begins now.
    pub(crate) fn begin(calls: &Calls) -> Self {
        Self { begun: Instant::now(), in_calls: calls.totals().call_time, on_disk: time_on_disk() }
    }

    /// Notes what the work took besides calls, without what passed `elsewhere`.
    pub(crate) fn end(self, calls: &mut Calls, elsewhere: Duration) {
        let in_calls = calls.totals().call_time.saturating_sub(self.in_calls);
        let on_disk = time_on_disk().saturating_sub(self.on_disk);
        let host = self.begun.elapsed().saturating_sub(in_calls + on_disk + elsewhere);
        calls.besides(host, on_disk);
    }
}

/// Time that was spent on one thing, by whatever threads.
#[derive(Debug, Default)]
pub(crate) struct Spent(AtomicU64);

impl Spent {
    /// Does work, and adds what it took.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.add(begun.elapsed());
        done
    }

    pub(crate) fn add(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn milliseconds(&self) -> f64 {
        etl_trace::milliseconds(Duration::from_nanos(self.0.load(Relaxed)))
    }
}
