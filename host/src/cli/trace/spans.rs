//! The spans of a run, read from its `trace.otlp.json`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// A span, in milliseconds since the first one began.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) id: String,
    /// Its parent in the record, by its place there.
    pub(super) parent: Option<usize>,
    /// In the order in which they began.
    pub(super) children: Vec<usize>,
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) attributes: Vec<(String, Value)>,
    pub(super) events: Vec<Event>,
    pub(super) failed: bool,
}

/// The name of the span of reading; that of writing is another.
pub(super) const READ: &str = "read";

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Job,
    /// Reading the source, or writing the outputs.
    Data,
    Stage,
    Call,
    /// A plugin's own span in a call.
    Step,
}

/// Something that happened in a span.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) at: f64,
    pub(super) attributes: Vec<(String, Value)>,
}

impl Span {
    pub(super) fn took(&self) -> f64 {
        self.end - self.start
    }
}

/// All spans, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    pub(super) all: Vec<Span>,
    /// Attributes that count for every span.
    pub(super) resource: Vec<(String, Value)>,
}

impl Spans {
    /// Reads OTLP JSON.
    pub(super) fn parse(json: &[u8]) -> serde_json::Result<Self> {
        let traces: Traces = serde_json::from_slice(json)?;
        let resource = traces.resource_spans.first().map(|one| attributes(&one.resource.attributes));
        let spans = traces.resource_spans.into_iter().flat_map(|one| one.scope_spans);
        let mut spans = spans.flat_map(|one| one.spans).collect::<Vec<_>>();
        spans.sort_by_key(|span| span.start_time_unix_nano);
        let zero = spans.first().map_or(0, |span| span.start_time_unix_nano);
        let places: HashMap<String, usize> =
            spans.iter().enumerate().map(|(place, span)| (span.span_id.clone(), place)).collect();
        let mut all = Vec::with_capacity(spans.len());
        for (place, span) in spans.into_iter().enumerate() {
            // One that began later is no parent: a loop would have no end.
            let parent = places.get(&span.parent_span_id).copied().filter(|parent| *parent < place);
            let span = span.shown(zero, parent, &all);
            if let Some(parent) = parent.and_then(|parent| all.get_mut(parent)) {
                let parent: &mut Span = parent;
                parent.children.push(place);
            }
            all.push(span);
        }
        Ok(Self { all, resource: resource.unwrap_or_default() })
    }

    /// The span of a job.
    pub(super) fn job(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|span| span.role == Role::Job && span.name == name)
    }

    /// When the last span ended.
    pub(super) fn end(&self) -> f64 {
        self.all.iter().map(|span| span.end).fold(0.0, f64::max)
    }

    /// The children of a span.
    pub(super) fn children(&self, place: usize) -> impl Iterator<Item = (usize, &Span)> {
        self.all[place].children.iter().map(|child| (*child, &self.all[*child]))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Traces {
    #[serde(default)]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    #[serde(default)]
    resource: Attributed,
    #[serde(default)]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Default, Deserialize)]
struct Attributed {
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    #[serde(default)]
    spans: Vec<Recorded>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    span_id: String,
    #[serde(default)]
    parent_span_id: String,
    name: String,
    #[serde(default)]
    kind: u32,
    #[serde(deserialize_with = "number")]
    start_time_unix_nano: u64,
    #[serde(deserialize_with = "number")]
    end_time_unix_nano: u64,
    #[serde(default)]
    attributes: Vec<Attribute>,
    #[serde(default)]
    events: Vec<RecordedEvent>,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordedEvent {
    name: String,
    #[serde(deserialize_with = "number")]
    time_unix_nano: u64,
    #[serde(default)]
    attributes: Vec<Attribute>,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    code: u32,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    value: Option<serde_json::Map<String, Value>>,
}

/// A whole number, which OTLP JSON writes as text.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("expected a time in nanoseconds"))
}

/// OTLP's numbers of kinds and of states.
const SERVER: u32 = 2;
const ERROR: u32 = 2;

impl Recorded {
    fn shown(self, zero: u64, parent: Option<usize>, before: &[Span]) -> Span {
        let attributes = attributes(&self.attributes);
        let parent_role = parent.and_then(|parent| before.get(parent)).map(|parent| parent.role);
        let role = match parent_role {
            _ if self.kind == SERVER => Role::Job,
            Some(Role::Job) if attributes.iter().any(|(key, _)| key == etl_trace::attributes::STAGE) => {
                Role::Stage
            }
            None | Some(Role::Job) => Role::Data,
            Some(Role::Stage) => Role::Call,
            Some(_) => Role::Step,
        };
        let event = |event: RecordedEvent| Event {
            at: milliseconds(zero, event.time_unix_nano),
            attributes: self::attributes(&event.attributes),
            name: event.name,
        };
        Span {
            id: self.span_id,
            parent,
            children: Vec::new(),
            role,
            name: self.name,
            start: milliseconds(zero, self.start_time_unix_nano),
            end: milliseconds(zero, self.end_time_unix_nano.max(self.start_time_unix_nano)),
            attributes,
            events: self.events.into_iter().map(event).collect(),
            failed: self.status.code == ERROR,
        }
    }
}

fn attributes(attributes: &[Attribute]) -> Vec<(String, Value)> {
    let value = |attribute: &Attribute| {
        let (kind, value) = attribute.value.as_ref()?.iter().next()?;
        let number = || value.as_str().and_then(|text| text.parse::<i64>().ok()).map(Value::from);
        let value =
            if kind == "intValue" { number().unwrap_or_else(|| value.clone()) } else { value.clone() };
        Some((attribute.key.clone(), value))
    };
    attributes.iter().filter_map(value).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a run of 100 days still has microseconds")]
fn milliseconds(zero: u64, time: u64) -> f64 {
    time.saturating_sub(zero) as f64 / 1e6
}
