//! The heavy spans: run, job, read, stage, write. A handful per run.

use crate::attributes;
use crate::budget::Kept;
use crate::calls::{CallTotals, Calls};
use crate::context::{Parent, TraceContext};
use crate::recorder::{Finished, Recorder};
use crate::requests::{RequestTotals, Requests};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a span is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Work inside the run. X-Ray makes a subsegment of it.
    Internal,
    /// Work done for whoever started the run: the root of what we do. X-Ray makes a segment of it, and so a node on
    /// its map; a root span of any other kind would not be seen there.
    Server,
    /// A call to another service.
    Client,
}

/// Why something failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The kind of error, such as `trap` or `deadline`: few values, so that they can be counted.
    pub kind: String,
    /// What happened, in words.
    pub message: String,
    /// Where it happened, outermost frame last.
    pub stack: Option<String>,
    /// Whose it is.
    pub blame: Blame,
}

/// Whose a failure is: X-Ray tells faults, errors and throttling apart, in colours and in filters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blame {
    /// Ours, or a plugin's: a fault.
    #[default]
    Fault,
    /// The input's, or whoever gave it: an error.
    Input,
    /// A service that we use asked us to be slower: throttling, which is an error too.
    Throttled,
    /// Whoever stopped the run: an error.
    Stopped,
}

impl Blame {
    /// The status of HTTP that means it. The collector derives X-Ray's marks from that, and takes an error without any for
    /// a fault.
    pub(crate) fn status(self) -> Option<i64> {
        match self {
            Self::Fault => None,
            Self::Input => Some(400),
            Self::Throttled => Some(429),
            Self::Stopped => Some(499),
        }
    }
}

/// A span. Clones are handles on the same span; it ends once, by [`Span::end`] or when the last handle is gone.
#[derive(Clone)]
pub struct Span {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) context: TraceContext,
    parent: Option<[u8; 8]>,
    is_outermost: bool,
    kind: Kind,
    pub(crate) name: String,
    start: Instant,
    state: Mutex<State>,
    /// Told when the last worker is done.
    idle: Condvar,
}

#[derive(Default)]
struct State {
    attributes: Vec<(Cow<'static, str>, Value)>,
    failure: Option<(Instant, Failure)>,
    /// Traces and their spans.
    links: Vec<([u8; 16], [u8; 8])>,
    end: Option<Instant>,
    /// Workers whose calls are still to be merged: the span waits for them.
    workers: usize,
    published: bool,
    /// The stage's calls; `None` when the span had no worker.
    calls: Option<(CallTotals, Kept)>,
    /// The same of requests.
    requests: Option<(RequestTotals, Kept)>,
}

impl Span {
    pub(crate) fn root(recorder: Arc<Recorder>, name: String, kind: Kind) -> Self {
        let (parent, rule) = (recorder.parent, recorder.rule.clone());
        let span = Self::new(recorder, parent, true, name, kind);
        if let Some(rule) = rule {
            span.set(attributes::SAMPLING_RULE, rule);
        }
        span
    }

    fn new(
        recorder: Arc<Recorder>,
        parent: Option<[u8; 8]>,
        is_outermost: bool,
        name: String,
        kind: Kind,
    ) -> Self {
        let context = recorder.new_context();
        let inner = Inner {
            recorder,
            context,
            parent,
            is_outermost,
            kind,
            name,
            start: Instant::now(),
            state: Mutex::default(),
            idle: Condvar::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Opens a span inside this one.
    #[must_use]
    pub fn child(&self, name: impl Into<String>) -> Self {
        self.child_of_kind(name, Kind::Internal)
    }

    /// Opens a span of a certain kind inside this one, such as a job inside a run.
    #[must_use]
    pub fn child_of_kind(&self, name: impl Into<String>, kind: Kind) -> Self {
        let parent = Some(self.inner.context.span_id);
        Self::new(Arc::clone(&self.inner.recorder), parent, false, name.into(), kind)
    }

    /// Sets an attribute, in place of an earlier value of the same key. A key of [`CallTotals`] set here wins over
    /// the sum. Without effect on an ended span.
    pub fn set(&self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        let mut state = self.inner.state();
        match state.attributes.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => state.attributes.push((key, value)),
        }
    }

    /// Links the span to one of another trace, which has to do with it and did not call it. Without effect where that is
    /// not told by its own id.
    pub fn link(&self, to: &Parent) {
        self.inner.state().links.extend(to.span_id.map(|span_id| (to.trace_id, span_id)));
    }

    /// Marks the span as failed. The first failure is kept: what follows is mostly its consequence.
    pub fn fail(&self, failure: &Failure) {
        self.inner.state().failure.get_or_insert_with(|| (Instant::now(), failure.clone()));
    }

    /// The span's place in the trace, to be handed on.
    pub fn context(&self) -> TraceContext {
        self.inner.context.clone()
    }

    /// A new worker's book of calls for this stage.
    pub fn calls(&self) -> Calls {
        self.inner.state().workers += 1;
        Calls::new(Arc::clone(&self.inner))
    }

    /// A book of requests that are made for this span.
    pub fn requests(&self) -> Requests {
        self.inner.state().workers += 1;
        Requests::new(Arc::clone(&self.inner))
    }

    /// Waits until all [`Calls`] and [`Requests`] of this span are gone, but no longer than this. Says whether they are.
    pub fn wait(&self, most: Duration) -> bool {
        let state = self.inner.state();
        let waited = self.inner.idle.wait_timeout_while(state, most, |state| state.workers > 0);
        waited.unwrap_or_else(PoisonError::into_inner).0.workers == 0
    }

    /// The sums over all calls of the workers that are done.
    pub fn totals(&self) -> CallTotals {
        self.inner.state().calls.as_ref().map(|(totals, _)| totals.clone()).unwrap_or_default()
    }

    /// Ends the span now. It is handed on as soon as the last of its [`Calls`] is gone too. Ending it again does
    /// nothing.
    pub fn end(&self) {
        self.inner.end();
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: every change to it is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        let mut state = self.state();
        state.end.get_or_insert_with(Instant::now);
        self.publish(state);
    }

    fn leave(&self, state: &mut State) {
        state.workers -= 1;
        if state.workers == 0 {
            self.idle.notify_all();
        }
    }

    /// Takes one worker's calls.
    pub(crate) fn merge(&self, totals: &CallTotals, kept: Kept) {
        let mut state = self.state();
        self.leave(&mut state);
        let (all_totals, all_kept) =
            state.calls.get_or_insert_with(|| (CallTotals::default(), Kept::new(kept.budget())));
        all_totals.merge(totals);
        all_kept.merge(kept);
        self.publish(state);
    }

    /// Takes a book of requests.
    pub(crate) fn merge_requests(&self, totals: &RequestTotals, kept: Kept) {
        let mut state = self.state();
        self.leave(&mut state);
        let (all_totals, all_kept) =
            state.requests.get_or_insert_with(|| (RequestTotals::default(), Kept::new(kept.budget())));
        all_totals.merge(totals);
        all_kept.merge(kept);
        self.publish(state);
    }

    fn publish(&self, mut state: MutexGuard<'_, State>) {
        let Some(end) = state.end.filter(|_| state.workers == 0 && !state.published) else { return };
        state.published = true;
        let mut attributes = std::mem::take(&mut state.attributes);
        let failure = state.failure.take();
        let links = std::mem::take(&mut state.links);
        let mut calls = Vec::new();
        if let Some((totals, kept)) = &mut state.calls {
            calls = kept.take();
            totals.kept += calls.len() as u64;
            for (key, value) in totals.attributes() {
                if attributes.iter().all(|(known, _)| *known != key) {
                    attributes.push((key, value));
                }
            }
        }
        let mut requests = Vec::new();
        if let Some((totals, kept)) = &mut state.requests {
            requests = kept.take();
            totals.kept += requests.len() as u64;
            attributes.extend(totals.attributes());
        }
        self.recorder.measure(&attributes, state.calls.as_ref().map(|(totals, _)| totals));
        drop(state);
        for request in requests {
            self.recorder.take_request(&self.context, request);
        }
        for call in calls {
            self.recorder.take_call(&self.context, call);
        }
        self.recorder.take(Finished {
            context: &self.context,
            parent: self.parent,
            is_outermost: self.is_outermost,
            kind: self.kind,
            name: self.name.clone().into(),
            start: self.start,
            end,
            attributes,
            failure,
            links,
            logs: Vec::new(),
        });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span")
            .field("name", &self.inner.name)
            .field("kind", &self.inner.kind)
            .field("context", &self.inner.context.traceparent())
            .finish_non_exhaustive()
    }
}
