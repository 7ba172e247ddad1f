//! One run's trace, from start to finish.

use crate::budget::CallBudget;
use crate::clock::Clock;
use crate::context::{Inherited, Parent, TraceContext};
use crate::error::TraceError;
use crate::export::Exporter;
use crate::late::{Adoption, LateParent};
use crate::record;
use crate::recorder::Recorder;
use crate::resource::resource;
use crate::sampling::Sampling;
use crate::side::{Loss, Side};
use crate::span::{Kind, Span};
use crate::telemetry::Telemetry;
use crate::value::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a run is to be traced.
#[derive(Clone, Debug, Default)]
pub struct TraceOptions {
    /// What the run was started under; without it, a new trace begins.
    pub parent: Option<Parent>,
    /// Where the trace is known, and a better parent in it is looked for. Its spans wait for that, not the run.
    pub late_parent: Option<LateParent>,
    /// The pipeline's name. The service's name too, unless the environment has another.
    pub pipeline: String,
    /// The identity of this run.
    pub run_id: String,
    /// The host's version, as `service.version`.
    pub version: String,
    /// What else is to stand on the resource, and so count for every span.
    pub resource: Vec<(String, Value)>,
    /// The file that the local record is written to (`trace.otlp.json`), in a folder that exists.
    pub record: Option<PathBuf>,
    /// How many calls of a stage become spans.
    pub budget: CallBudget,
    /// Where spans are sent, and what the environment says about the service.
    pub telemetry: Telemetry,
    /// How it is decided whether the trace is sampled.
    pub sampling: Sampling,
}

/// The trace of one run.
#[derive(Debug)]
pub struct Trace {
    recorder: Arc<Recorder>,
    record: Option<PathBuf>,
    begun: Instant,
}

/// What became of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceSummary {
    /// The trace's id as OpenTelemetry writes it: 32 hex digits.
    pub trace_id: String,
    /// The same id as X-Ray writes it: `1-<8 hex>-<24 hex>`.
    pub xray_trace_id: String,
    /// Whether the trace was sampled. If not, calls were only summed up and nothing was sent.
    pub sampled: bool,
    /// The rule that decided on that, if one did.
    pub sampling_rule: Option<String>,
    /// What came of the search for a better parent.
    pub adoption: Option<Adoption>,
    /// Spans that ended, in all: kept calls and their steps among them.
    pub spans: u64,
    /// Spans that had not ended when the trace was finished. They are in no record.
    pub unfinished: u64,
    /// The local record, if it was wanted and written.
    pub record: Option<PathBuf>,
    /// Why the local record was not written.
    pub record_error: Option<String>,
    /// Spans that are not in the local record because it was full.
    pub record_dropped: u64,
    /// Where spans were sent.
    pub endpoint: Option<String>,
    /// Spans that the collector took.
    pub exported: u64,
    /// Spans that did not get to the collector: the queue was full, the collector refused them, or time was up.
    pub export_dropped: u64,
    /// The first thing that went wrong on the way to the collector.
    pub export_error: Option<String>,
    /// What else did not get to a collector.
    pub losses: Vec<Loss>,
}

impl Trace {
    /// Starts a trace: decides on the trace's id and on sampling, and starts the exporter if there is one to be.
    ///
    /// By default the caller's decision on sampling is honoured; where the caller left it to us we sample.
    ///
    /// # Errors
    /// A destination that no exporter can be made for. Whether anybody listens there is not an error.
    pub fn start(options: TraceOptions) -> Result<Self, TraceError> {
        Self::start_with(options, Clock::now(), fastrand::Rng::new())
    }

    pub(crate) fn start_with(
        options: TraceOptions,
        clock: Clock,
        mut random: fastrand::Rng,
    ) -> Result<Self, TraceError> {
        let parent = options.parent.as_ref();
        let trace_id = parent.map_or_else(|| clock.trace_id(&mut random), |parent| parent.trace_id);
        let of_parent = parent.and_then(|parent| parent.sampled);
        let inherited = Inherited {
            trace_id,
            sampled: options.sampling.decide(of_parent, &trace_id),
            tracestate: parent.map(|parent| parent.tracestate.clone()).unwrap_or_default(),
            lineage: parent.and_then(|parent| parent.lineage.clone()),
        };
        let rule = options.sampling.rule(of_parent).map(str::to_owned);
        let parent = parent.and_then(|parent| parent.span_id);
        let resource = resource(&options);
        let exporter = match options.telemetry.destination {
            Some(destination) if inherited.sampled => Some(Exporter::start(destination, &resource)?),
            _ => None,
        };
        let side = Side::start(options.telemetry.logs, options.telemetry.metrics, &resource)?;
        let recorder = Recorder::new(inherited, parent, clock, random)
            .with_rule(rule)
            .with_side(side)
            .with_budget(options.budget)
            .with_late_parent(options.late_parent)
            .with_outputs(options.record.is_some(), exporter, resource);
        Ok(Self { recorder: Arc::new(recorder), record: options.record, begun: Instant::now() })
    }

    /// A trace that records nothing and sends nothing. Spans of it still sum up their calls.
    pub fn off() -> Self {
        let recorder = Recorder::new(Inherited::default(), None, Clock::now(), fastrand::Rng::new());
        Self { recorder: Arc::new(recorder), record: None, begun: Instant::now() }
    }

    /// Opens a span under the caller's, or a root span if there was no caller.
    pub fn span(&self, name: impl Into<String>, kind: Kind) -> Span {
        Span::root(Arc::clone(&self.recorder), name.into(), kind)
    }

    /// Writes the local record and sees the last spans off, for at most `timeout`; before that, waits for a parent that
    /// is still looked for. Nothing that fails here fails a
    /// run: it is told in the summary. Blocks, so not for an asynchronous task.
    pub fn finish(self, timeout: Duration) -> TraceSummary {
        let recorder = &self.recorder;
        let adoption = recorder.settle_parent(true);
        let context = TraceContext { inherited: Arc::clone(&recorder.inherited), span_id: [0; 8] };
        let mut summary = TraceSummary {
            trace_id: crate::context::hex(&context.trace_id()),
            xray_trace_id: context.xray_trace_id(),
            sampled: context.sampled(),
            sampling_rule: recorder.rule.clone(),
            adoption,
            ..recorder.summary()
        };
        // Before the exporter is waited for: whoever kills the run now still finds its record.
        if let Some(path) = self.record {
            match record::write(&path, recorder.take_record(), &recorder.resource) {
                Ok(()) => summary.record = Some(path),
                Err(error) => summary.record_error = Some(format!("{}: {error}", path.display())),
            }
        }
        let until = Instant::now() + timeout;
        if let Some(export) = recorder.finish_export(timeout) {
            summary.endpoint = Some(export.endpoint);
            summary.exported = export.exported;
            summary.export_dropped = export.dropped;
            summary.export_error = export.error;
        }
        // Last, since it tells how many spans were lost; in what the spans have left of the time.
        let left = until.saturating_duration_since(Instant::now());
        summary.losses = recorder.finish_side(self.begun, summary.export_dropped, left);
        summary
    }
}

#[cfg(test)]
mod tests;
