//! A worker's book of calls: exact sums, and the few calls that become spans.

use crate::budget::{CallBudget, Ended, Kept};
use crate::call::Call;
use crate::clock::{milliseconds, span_id};
use crate::context::TraceContext;
use crate::span::Inner;
use crate::{Value, attributes};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Names of counters that a stage may have: they come from a guest, so they are bounded.
const MOST_COUNTERS: usize = 64;

/// Where durations of calls are told apart: from calls that do next to nothing to those that run out of time.
pub const BOUNDS: [Duration; 12] = [
    Duration::from_micros(10),
    Duration::from_micros(100),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// The calls of one worker of a stage. Not shared: nothing in here is locked until it is dropped, which adds it to
/// the stage's span. That span waits for it, in whatever order the two end.
pub struct Calls {
    span: Arc<Inner>,
    random: fastrand::Rng,
    totals: CallTotals,
    kept: Kept,
}

/// A call that has begun.
#[derive(Clone, Copy, Debug)]
pub struct CallStart {
    pub(crate) at: Instant,
    pub(crate) span_id: [u8; 8],
}

/// Sums over the calls of a stage: exact, whatever became a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTotals {
    /// Calls that ended.
    pub calls: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Calls that became spans of their own. Known once the stage's span has ended; the rest is suppressed.
    pub kept: u64,
    /// Rows handed to the guest. A row that is observed and later processed was handed over twice.
    pub rows_in: u64,
    /// Rows that the guest gave.
    pub rows_out: u64,
    /// Bytes that the guest read.
    pub bytes_in: u64,
    /// Bytes that the guest wrote.
    pub bytes_out: u64,
    /// How long calls took, summed over all workers.
    pub call_time: Duration,
    /// What of it the plugin's own code took.
    pub guest_time: Duration,
    /// What of it the host took on the plugin's behalf.
    pub boundary_time: Duration,
    /// What of it was left, and what the host took around calls.
    pub host_time: Duration,
    /// What the disk took around calls.
    pub io_time: Duration,
    /// The longest call.
    pub slowest: Duration,
    /// How many calls took how long: up to each of [`BOUNDS`], and longer.
    pub durations: [u64; BOUNDS.len() + 1],
    /// The guest's own counters, by name.
    pub counts: BTreeMap<String, u64>,
    /// Increments not taken because the stage had too many names of counters already.
    pub counts_dropped: u64,
}

impl Calls {
    pub(crate) fn new(span: Arc<Inner>) -> Self {
        let recorder = &span.recorder;
        // Without a record there is nobody to tell of single calls: only the sums are wanted.
        let budget = if recorder.keeps_calls() { recorder.budget } else { CallBudget::None };
        let random = recorder.fork_random();
        Self { random, totals: CallTotals::default(), kept: Kept::new(budget), span }
    }

    /// Notes that a call begins now.
    pub fn start(&mut self) -> CallStart {
        CallStart { span_id: span_id(&mut self.random), at: Instant::now() }
    }

    /// The call's place in the trace, for the guest. The span that it names is recorded only if the call is kept.
    pub fn context(&self, start: &CallStart) -> TraceContext {
        TraceContext { inherited: Arc::clone(&self.span.context.inherited), span_id: start.span_id }
    }

    /// Notes that the call has ended now.
    pub fn end(&mut self, start: CallStart, call: Call) {
        self.end_at(start, Instant::now(), call);
    }

    pub(crate) fn end_at(&mut self, start: CallStart, end: Instant, mut call: Call) {
        let took = end.saturating_duration_since(start.at);
        self.totals.add(took, &mut call);
        self.span.recorder.take_logs(&self.span.context, &self.span.name, &call.logs);
        let folded = self.kept.offer(Ended { start, took, call });
        if let Some(call) = folded
            && self.kept.budget() == CallBudget::All
        {
            self.totals.kept += 1;
            self.span.recorder.take_call(&self.span.context, call);
        }
    }

    /// Notes what the host and the disk took besides calls.
    pub fn besides(&mut self, host: Duration, io: Duration) {
        self.totals.host_time += host;
        self.totals.io_time += io;
    }

    /// This worker's sums so far.
    pub fn totals(&self) -> &CallTotals {
        &self.totals
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        let kept = std::mem::replace(&mut self.kept, Kept::new(CallBudget::None));
        self.span.merge(&self.totals, kept);
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("totals", &self.totals).finish_non_exhaustive()
    }
}

impl CallTotals {
    fn add(&mut self, took: Duration, call: &mut Call) {
        self.calls += 1;
        self.failed += u64::from(call.error.is_some());
        self.rows_in = self.rows_in.saturating_add(call.rows_in);
        self.rows_out = self.rows_out.saturating_add(call.rows_out);
        self.bytes_in = self.bytes_in.saturating_add(call.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(call.bytes_out);
        let inside = call.inside.map_or(took, |inside| inside.min(took));
        let boundary = call.boundary.min(inside);
        self.call_time += took;
        self.guest_time += inside.saturating_sub(boundary);
        self.boundary_time += boundary;
        self.host_time += took.saturating_sub(inside);
        self.slowest = self.slowest.max(took);
        self.durations[BOUNDS.partition_point(|bound| *bound < took)] += 1;
        for (name, delta) in call.counts.drain(..) {
            self.count(name, delta);
        }
    }

    fn count(&mut self, name: String, delta: u64) {
        if let Some(sum) = self.counts.get_mut(&name) {
            *sum = sum.saturating_add(delta);
        } else if self.counts.len() < MOST_COUNTERS {
            self.counts.insert(name, delta);
        } else {
            self.counts_dropped = self.counts_dropped.saturating_add(delta);
        }
    }

    /// Adds other calls' sums.
    pub fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.kept += other.kept;
        self.rows_in = self.rows_in.saturating_add(other.rows_in);
        self.rows_out = self.rows_out.saturating_add(other.rows_out);
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.call_time += other.call_time;
        self.guest_time += other.guest_time;
        self.boundary_time += other.boundary_time;
        self.host_time += other.host_time;
        self.io_time += other.io_time;
        self.slowest = self.slowest.max(other.slowest);
        for (sum, more) in self.durations.iter_mut().zip(other.durations) {
            *sum += more;
        }
        for (name, delta) in &other.counts {
            self.count(name.clone(), *delta);
        }
        self.counts_dropped = self.counts_dropped.saturating_add(other.counts_dropped);
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = (Cow<'static, str>, Value)> {
        let numbers = [
            (attributes::CALLS, self.calls),
            (attributes::CALL_ERRORS, self.failed),
            (attributes::SPANS_SUPPRESSED, self.calls.saturating_sub(self.kept)),
            (attributes::ROWS_IN, self.rows_in),
            (attributes::ROWS_OUT, self.rows_out),
            (attributes::BYTES_IN, self.bytes_in),
            (attributes::BYTES_OUT, self.bytes_out),
        ];
        let times = [
            (attributes::GUEST_TIME_MS, self.guest_time),
            (attributes::BOUNDARY_TIME_MS, self.boundary_time),
            (attributes::HOST_TIME_MS, self.host_time),
            (attributes::IO_TIME_MS, self.io_time),
            (attributes::GUEST_SLOWEST_MS, self.slowest),
        ];
        let dropped = (self.counts_dropped > 0).then_some((attributes::COUNTS_DROPPED, self.counts_dropped));
        numbers
            .into_iter()
            .chain(dropped)
            .map(|(key, value)| (key.into(), value.into()))
            .chain(times.into_iter().map(|(key, time)| (key.into(), milliseconds(time).into())))
            .chain(
                self.counts
                    .iter()
                    .map(|(name, sum)| (format!("{}{name}", attributes::COUNT_PREFIX).into(), (*sum).into())),
            )
    }
}
