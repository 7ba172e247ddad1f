//! Requests to another service, such as a store: exact sums, and the few that become spans.

use crate::attributes;
use crate::budget::{CallBudget, Ended, Kept};
use crate::calls::CallStart;
use crate::clock::{milliseconds, span_id};
use crate::span::Inner;
use crate::{Call, Failure, Value};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One ended request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What was asked: "get", "put", …
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
    /// What its span has, if it gets one.
    pub attributes: Vec<(String, Value)>,
    /// Bytes of data that it moved.
    pub bytes: u64,
    /// Whether it is made again.
    pub again: bool,
    /// Why it failed, if it did.
    pub error: Option<Failure>,
}

/// The requests that are made for a span. They become spans under the budget of calls: the first, the slowest and the
/// failed ones. May be shared by threads; dropping it adds its sums to the span, which waits for it.
pub struct Requests {
    span: Arc<Inner>,
    book: Mutex<Book>,
}

struct Book {
    random: fastrand::Rng,
    totals: RequestTotals,
    kept: Kept,
}

/// Sums over requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestTotals {
    requests: u64,
    failed: u64,
    again: u64,
    bytes: u64,
    time: Duration,
    slowest: Duration,
    /// Those that became spans.
    pub(crate) kept: u64,
}

impl Requests {
    pub(crate) fn new(span: Arc<Inner>) -> Self {
        let recorder = &span.recorder;
        let budget = if recorder.keeps_calls() { recorder.budget } else { CallBudget::None };
        let random = recorder.fork_random();
        let book = Book { random, totals: RequestTotals::default(), kept: Kept::new(budget) };
        Self { span, book: Mutex::new(book) }
    }

    /// Notes a request that has ended now.
    pub fn add(&self, request: Request) {
        let now = Instant::now();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.totals.add(&request);
        let Request { name, took, attributes, error, .. } = request;
        let start =
            CallStart { span_id: span_id(&mut book.random), at: now.checked_sub(took).unwrap_or(now) };
        let call = Call { name, attributes, error, ..Call::default() };
        let folded = book.kept.offer(Ended { start, took, call });
        if let Some(call) = folded
            && book.kept.budget() == CallBudget::All
        {
            book.totals.kept += 1;
            self.span.recorder.take_request(&self.span.context, call);
        }
    }

    /// Counts a request of which there is to be no span: it ended before this span began.
    pub fn count(&self, request: &Request) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).totals.add(request);
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        let book = self.book.get_mut().unwrap_or_else(PoisonError::into_inner);
        let kept = std::mem::replace(&mut book.kept, Kept::new(CallBudget::None));
        self.span.merge_requests(&book.totals, kept);
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}

impl RequestTotals {
    fn add(&mut self, request: &Request) {
        self.requests += 1;
        self.failed += u64::from(request.error.is_some());
        self.again += u64::from(request.again);
        self.bytes = self.bytes.saturating_add(request.bytes);
        self.time += request.took;
        self.slowest = self.slowest.max(request.took);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.failed += other.failed;
        self.again += other.again;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.time += other.time;
        self.slowest = self.slowest.max(other.slowest);
        self.kept += other.kept;
    }

    /// None where nothing was asked.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (Cow<'static, str>, Value)> {
        let numbers = [
            (attributes::REQUESTS, self.requests),
            (attributes::REQUESTS_FAILED, self.failed),
            (attributes::REQUESTS_AGAIN, self.again),
            (attributes::REQUEST_BYTES, self.bytes),
            (attributes::REQUESTS_SUPPRESSED, self.requests.saturating_sub(self.kept)),
        ];
        let times =
            [(attributes::REQUESTS_TIME_MS, self.time), (attributes::REQUESTS_SLOWEST_MS, self.slowest)];
        let times = times.into_iter().map(|(key, time)| (key.into(), milliseconds(time).into()));
        let numbers = numbers.into_iter().map(|(key, value)| (key.into(), value.into()));
        numbers.chain(times).filter(|_| self.requests > 0)
    }
}
