//! A run for programs: `host trace --json`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::spans::{Role, Span};
use super::story::Story;

/// All that is known of a run.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    /// `run.json`.
    run: &'a Value,
    /// Where the trace is on the console of AWS.
    console: Option<&'a str>,
    critical_path: CriticalPath<'a>,
    /// In the order in which they began.
    spans: Vec<SpanDocument<'a>>,
}

/// What the run waited for.
#[derive(Debug, Serialize)]
struct CriticalPath<'a> {
    waited: Vec<Waited<'a>>,
    /// The rest: the host, and calls without a span of their own.
    host_ms: f64,
}

#[derive(Debug, Serialize)]
struct Waited<'a> {
    job: Option<&'a str>,
    name: &'a str,
    time_ms: f64,
}

#[derive(Debug, Serialize)]
struct SpanDocument<'a> {
    id: &'a str,
    parent: Option<&'a str>,
    role: &'static str,
    name: &'a str,
    start_ms: f64,
    duration_ms: f64,
    failed: bool,
    critical: bool,
    attributes: Map<String, Value>,
    events: Vec<EventDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct EventDocument<'a> {
    name: &'a str,
    at_ms: f64,
    attributes: Map<String, Value>,
}

impl<'a> Document<'a> {
    pub(super) fn of(story: &'a Story) -> Self {
        let spans = &story.spans.all;
        let waited = story.path.waited.iter().map(|(place, time)| Waited {
            job: spans[*place].parent.map(|job| spans[job].name.as_str()),
            name: &spans[*place].name,
            time_ms: *time,
        });
        let critical_path = CriticalPath { waited: waited.collect(), host_ms: story.path.host };
        let span = |(place, span): (usize, &'a Span)| SpanDocument {
            id: &span.id,
            parent: span.parent.map(|parent| spans[parent].id.as_str()),
            role: match span.role {
                Role::Job => "job",
                Role::Data => "data",
                Role::Stage => "stage",
                Role::Call => "call",
                Role::Step => "step",
            },
            name: &span.name,
            start_ms: span.start,
            duration_ms: span.took(),
            failed: span.failed,
            critical: story.path.has(place),
            attributes: span.attributes.iter().cloned().collect(),
            events: span
                .events
                .iter()
                .map(|event| EventDocument {
                    name: &event.name,
                    at_ms: event.at,
                    attributes: event.attributes.iter().cloned().collect(),
                })
                .collect(),
        };
        let console = story.console.as_deref();
        let spans = spans.iter().enumerate().map(span).collect();
        Self { run: &story.document, console, critical_path, spans }
    }
}
