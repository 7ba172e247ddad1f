//! What a run did, for programs: `run.json`, and `--json`.

use etl_engine::Report;
use etl_trace::TraceSummary;
use serde::Serialize;

/// What a run did.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    host_version: &'static str,
    trace: Traced<'a>,
}

/// What became of the trace.
#[derive(Debug, Serialize)]
struct Traced<'a> {
    trace_id: &'a str,
    xray_trace_id: &'a str,
    sampled: bool,
    sampling_rule: Option<&'a str>,
    parent: Option<&'a str>,
    parent_reason: Option<&'a str>,
    spans: u64,
    unfinished: u64,
    record: Option<String>,
    record_error: Option<&'a str>,
    record_dropped: u64,
    endpoint: Option<&'a str>,
    exported: u64,
    export_dropped: u64,
    export_error: Option<&'a str>,
}

impl<'a> Document<'a> {
    /// Of this run.
    pub(super) fn new(report: &'a Report, traced: &'a TraceSummary) -> Self {
        Self { report, host_version: env!("CARGO_PKG_VERSION"), trace: traced.into() }
    }
}

impl<'a> From<&'a TraceSummary> for Traced<'a> {
    fn from(summary: &'a TraceSummary) -> Self {
        Self {
            trace_id: &summary.trace_id,
            xray_trace_id: &summary.xray_trace_id,
            sampled: summary.sampled,
            sampling_rule: summary.sampling_rule.as_deref(),
            parent: summary.adoption.as_ref().map(|adoption| adoption.found_by.as_str()),
            parent_reason: summary.adoption.as_ref().and_then(|adoption| adoption.reason.as_deref()),
            spans: summary.spans,
            unfinished: summary.unfinished,
            record: summary.record.as_ref().map(|path| path.display().to_string()),
            record_error: summary.record_error.as_deref(),
            record_dropped: summary.record_dropped,
            endpoint: summary.endpoint.as_deref(),
            exported: summary.exported,
            export_dropped: summary.export_dropped,
            export_error: summary.export_error.as_deref(),
        }
    }
}
