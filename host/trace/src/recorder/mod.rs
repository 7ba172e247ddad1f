//! Where ended spans go: into the local record and to the exporter.

mod adopt;
mod beside;
mod data;

use adopt::Late;
use beside::Beside;
pub(crate) use data::{cut, key_values, nanoseconds, owned};

use crate::attributes;
use crate::budget::{CallBudget, Ended};
use crate::call::LogLine;
use crate::clock::{Clock, span_id};
use crate::context::{Inherited, TraceContext};
use crate::export::{ExportReport, Exporter};
use crate::span::{Failure, Kind};
use crate::trace::TraceSummary;
use crate::value::Value;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TraceState;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Spans in the local record: at about 1 KB each this bounds it to some 50 MB.
const MOST_RECORDED: usize = 50_000;
/// Places, in the record and in the queue, that calls leave to the heavy spans, which hold the sums and end last.
const RESERVED: usize = 1024;
/// Attributes, events or steps of one span, the limit that OpenTelemetry recommends.
const MOST_OF_A_SPAN: usize = 128;

/// What all spans of a trace share.
pub(crate) struct Recorder {
    pub(crate) inherited: Arc<Inherited>,
    pub(crate) parent: Option<[u8; 8]>,
    /// The rule by which the trace was decided on.
    pub(crate) rule: Option<String>,
    pub(crate) budget: CallBudget,
    pub(crate) resource: Resource,
    clock: Clock,
    random: Mutex<fastrand::Rng>,
    scope: InstrumentationScope,
    tracestate: TraceState,
    record: Option<Mutex<Vec<SpanData>>>,
    exporter: Mutex<Option<Exporter>>,
    exports: bool,
    late: Option<Late>,
    beside: Option<Beside>,
    begun: AtomicU64,
    ended: AtomicU64,
    not_recorded: AtomicU64,
}

/// A span that has ended.
pub(crate) struct Finished<'a> {
    pub(crate) context: &'a TraceContext,
    pub(crate) parent: Option<[u8; 8]>,
    /// Its parent is outside of the run, if it has one.
    pub(crate) is_outermost: bool,
    pub(crate) kind: Kind,
    pub(crate) name: Cow<'static, str>,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) attributes: Vec<(Cow<'static, str>, Value)>,
    pub(crate) failure: Option<(Instant, Failure)>,
    /// Traces and their spans.
    pub(crate) links: Vec<([u8; 16], [u8; 8])>,
    pub(crate) logs: Vec<LogLine>,
}

impl Recorder {
    pub(crate) fn new(
        inherited: Inherited,
        parent: Option<[u8; 8]>,
        clock: Clock,
        random: fastrand::Rng,
    ) -> Self {
        Self {
            // A state that OpenTelemetry's type cannot hold still goes on to whoever we call, by the context.
            tracestate: TraceState::from_str(&inherited.tracestate).unwrap_or_default(),
            inherited: Arc::new(inherited),
            parent,
            rule: None,
            budget: CallBudget::None,
            resource: Resource::builder_empty().build(),
            clock,
            random: Mutex::new(random),
            scope: InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
            record: None,
            exporter: Mutex::default(),
            exports: false,
            late: None,
            beside: None,
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            not_recorded: AtomicU64::new(0),
        }
    }

    pub(crate) fn with_rule(self, rule: Option<String>) -> Self {
        Self { rule, ..self }
    }

    pub(crate) fn with_budget(self, budget: CallBudget) -> Self {
        Self { budget, ..self }
    }

    pub(crate) fn with_outputs(self, record: bool, exporter: Option<Exporter>, resource: Resource) -> Self {
        Self {
            record: record.then(Mutex::default),
            exports: exporter.is_some(),
            exporter: Mutex::new(exporter),
            resource,
            ..self
        }
    }

    /// Whether single calls are worth keeping.
    pub(crate) fn keeps_calls(&self) -> bool {
        self.inherited.sampled && self.has_outputs()
    }

    fn has_outputs(&self) -> bool {
        self.exports || self.record.is_some()
    }

    /// A generator of its own for one worker.
    pub(crate) fn fork_random(&self) -> fastrand::Rng {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    /// The place of a span that begins now.
    pub(crate) fn new_context(&self) -> TraceContext {
        self.begun.fetch_add(1, Relaxed);
        let span_id = span_id(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner));
        TraceContext { inherited: Arc::clone(&self.inherited), span_id }
    }

    /// Takes a span that has ended.
    pub(crate) fn take(&self, span: Finished<'_>) {
        if let Some(late) = self.late.as_ref().filter(|_| span.is_outermost && self.has_outputs()) {
            self.ended.fetch_add(1, Relaxed);
            late.hold(self.data(span));
            self.settle_parent(false);
        } else {
            self.take_leaving(0, span);
        }
    }

    /// Takes a span as long as `reserved` places stay free after it.
    fn take_leaving(&self, reserved: usize, span: Finished<'_>) {
        self.ended.fetch_add(1, Relaxed);
        if self.has_outputs() {
            self.hand_on(reserved, self.data(span));
        }
    }

    /// Takes a call and the steps in it.
    pub(crate) fn take_call(&self, stage: &TraceContext, Ended { start, took, call }: Ended) {
        let context = TraceContext { inherited: Arc::clone(&stage.inherited), span_id: start.span_id };
        let (end, steps) = (start.at + took, call.steps.len().min(MOST_OF_A_SPAN));
        let mut attributes = Vec::with_capacity(5 + call.attributes.len());
        attributes.extend(call.batch.map(|batch| (attributes::BATCH.into(), batch.into())));
        for (key, number) in [
            (attributes::ROWS_IN, call.rows_in),
            (attributes::ROWS_OUT, call.rows_out),
            (attributes::BYTES_IN, call.bytes_in),
            (attributes::BYTES_OUT, call.bytes_out),
        ] {
            attributes.push((key.into(), number.into()));
        }
        // What the host says of a call is not the guest's to change.
        let host = attributes.len();
        for (key, value) in owned(call.attributes) {
            if attributes[..host].iter().all(|(known, _)| *known != key) {
                attributes.push((key, value));
            }
        }

        let contexts: Vec<_> = (0..steps).map(|_| self.new_context()).collect();
        for (index, step) in call.steps.into_iter().take(steps).enumerate() {
            let parent = step.parent.filter(|parent| *parent < index).map_or(&context, |at| &contexts[at]);
            self.take_leaving(
                RESERVED,
                Finished {
                    context: &contexts[index],
                    parent: Some(parent.span_id),
                    is_outermost: false,
                    kind: Kind::Internal,
                    name: step.name.into(),
                    start: step.start,
                    end: step.end,
                    attributes: owned(step.attributes).collect(),
                    failure: None,
                    links: Vec::new(),
                    logs: Vec::new(),
                },
            );
        }
        self.begun.fetch_add(1, Relaxed);
        self.take_leaving(
            RESERVED,
            Finished {
                context: &context,
                parent: Some(stage.span_id),
                is_outermost: false,
                kind: Kind::Internal,
                name: call.name.into(),
                start: start.at,
                end,
                attributes,
                failure: call.error.map(|failure| (end, failure)),
                links: Vec::new(),
                logs: call.logs,
            },
        );
    }

    /// Takes a request.
    pub(crate) fn take_request(&self, span: &TraceContext, Ended { start, took, call }: Ended) {
        let context = TraceContext { inherited: Arc::clone(&span.inherited), span_id: start.span_id };
        let end = start.at + took;
        self.begun.fetch_add(1, Relaxed);
        self.take_leaving(
            RESERVED,
            Finished {
                context: &context,
                parent: Some(span.span_id),
                is_outermost: false,
                // Not a client's: X-Ray's map would have a node for each name of a request.
                kind: Kind::Internal,
                name: call.name.into(),
                start: start.at,
                end,
                attributes: owned(call.attributes).collect(),
                failure: call.error.map(|failure| (end, failure)),
                links: Vec::new(),
                logs: Vec::new(),
            },
        );
    }

    fn hand_on(&self, reserved: usize, span: SpanData) {
        if self.exports
            && let Some(exporter) = &mut *self.exporter.lock().unwrap_or_else(PoisonError::into_inner)
        {
            exporter.offer(reserved, span.clone());
        }
        if let Some(record) = &self.record {
            let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
            if record.len() + reserved < MOST_RECORDED {
                record.push(span);
            } else {
                self.not_recorded.fetch_add(1, Relaxed);
            }
        }
    }

    pub(crate) fn take_record(&self) -> Vec<SpanData> {
        let Some(record) = &self.record else { return Vec::new() };
        std::mem::take(&mut *record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn finish_export(&self, timeout: Duration) -> Option<ExportReport> {
        let exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner).take();
        exporter.map(|exporter| exporter.finish(timeout))
    }

    pub(crate) fn summary(&self) -> TraceSummary {
        let spans = self.ended.load(Relaxed);
        TraceSummary {
            spans,
            unfinished: self.begun.load(Relaxed).saturating_sub(spans),
            record_dropped: self.not_recorded.load(Relaxed),
            ..TraceSummary::default()
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("inherited", &self.inherited).finish_non_exhaustive()
    }
}
