//! OpenTelemetry's spans, made of ours.

use super::{Finished, MOST_OF_A_SPAN, Recorder};
use crate::attributes;
use crate::call::LogLine;
use crate::segment::segment_name;
use crate::span::{Failure, Kind};
use crate::value::Value;
use opentelemetry::KeyValue;
use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use std::borrow::Cow;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Bytes of one text: X-Ray takes 64 kB for a whole span.
const MOST_TEXT: usize = 8 * 1024;

impl Recorder {
    pub(super) fn data(&self, span: Finished<'_>) -> SpanData {
        let flags = if self.inherited.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let mut attributes = span.attributes;
        let mut events = SpanEvents::default();
        let mut status = Status::Unset;
        let mut lines = span.logs;
        let most_lines = MOST_OF_A_SPAN - 1;
        events.dropped_count = count(lines.len().saturating_sub(most_lines));
        lines.truncate(most_lines);
        events.events.extend(lines.into_iter().map(|line| self.log_event(line)));
        if span.kind == Kind::Server
            && let Some(name) = segment_name(&span.name)
        {
            attributes.insert(0, (attributes::SEGMENT_NAME.into(), name.into()));
        }
        if let Some((at, failure)) = span.failure {
            if let Some(stack) = &failure.stack {
                attributes.insert(0, (attributes::BACKTRACE.into(), stack.as_str().into()));
            }
            attributes.insert(0, (attributes::ERROR_TYPE.into(), failure.kind.as_str().into()));
            attributes
                .extend(failure.blame.status().map(|code| (attributes::STATUS_CODE.into(), code.into())));
            status = Status::error(cut(failure.message.clone()));
            events.events.push(self.exception(at, failure));
        }
        let dropped_attributes_count = count(attributes.len().saturating_sub(MOST_OF_A_SPAN));
        attributes.truncate(MOST_OF_A_SPAN);
        SpanData {
            span_context: SpanContext::new(
                TraceId::from_bytes(self.inherited.trace_id),
                SpanId::from_bytes(span.context.span_id),
                flags,
                false,
                self.tracestate.clone(),
            ),
            parent_span_id: span.parent.map_or(SpanId::INVALID, SpanId::from_bytes),
            parent_span_is_remote: span.is_outermost && span.parent.is_some(),
            span_kind: match span.kind {
                Kind::Internal => SpanKind::Internal,
                Kind::Server => SpanKind::Server,
                Kind::Client => SpanKind::Client,
            },
            name: span.name,
            start_time: self.clock.time(span.start),
            end_time: self.clock.time(span.end.max(span.start)),
            attributes: key_values(attributes),
            dropped_attributes_count,
            events,
            links: links(span.links),
            status,
            instrumentation_scope: self.scope.clone(),
        }
    }

    pub(super) fn log_event(&self, line: LogLine) -> Event {
        let level = (attributes::LOG_LEVEL.into(), line.level.as_str().into());
        let mut details: Vec<_> = std::iter::once(level).chain(owned(line.details)).collect();
        let dropped = count(details.len().saturating_sub(MOST_OF_A_SPAN));
        details.truncate(MOST_OF_A_SPAN);
        Event::new(cut(line.message), self.clock.time(line.at), key_values(details), dropped)
    }

    /// X-Ray takes a span's cause from this event and from nothing else.
    fn exception(&self, at: Instant, failure: Failure) -> Event {
        let texts = [
            (attributes::EXCEPTION_TYPE, Some(failure.kind)),
            (attributes::EXCEPTION_MESSAGE, Some(failure.message)),
            (attributes::EXCEPTION_STACKTRACE, failure.stack),
        ];
        let texts = texts.into_iter().filter_map(|(key, text)| Some((key.into(), text?.into())));
        Event::new(attributes::EXCEPTION, self.clock.time(at), key_values(texts.collect()), 0)
    }
}

/// Links to spans of which nothing is known but that they are there.
fn links(links: Vec<([u8; 16], [u8; 8])>) -> SpanLinks {
    let mut made = SpanLinks::default();
    made.dropped_count = count(links.len().saturating_sub(MOST_OF_A_SPAN));
    made.links.extend(links.into_iter().take(MOST_OF_A_SPAN).map(|(trace_id, span_id)| {
        let (trace_id, span_id) = (TraceId::from_bytes(trace_id), SpanId::from_bytes(span_id));
        Link::with_context(SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, TraceState::NONE))
    }));
    made
}

pub(crate) fn owned(attributes: Vec<(String, Value)>) -> impl Iterator<Item = (Cow<'static, str>, Value)> {
    attributes.into_iter().map(|(key, value)| (key.into(), value))
}

pub(crate) fn key_values(attributes: Vec<(Cow<'static, str>, Value)>) -> Vec<KeyValue> {
    let value = |value| match value {
        Value::Text(text) => Value::Text(cut(text)).into_otel(),
        other => other.into_otel(),
    };
    attributes.into_iter().map(|(key, given)| KeyValue::new(key, value(given))).collect()
}

/// At most [`MOST_TEXT`] bytes of a text, in whole characters.
pub(crate) fn cut(mut text: String) -> String {
    if text.len() > MOST_TEXT {
        const MARK: &str = "…";
        text.truncate(text.floor_char_boundary(MOST_TEXT - MARK.len()));
        text.push_str(MARK);
    }
    text
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A time as OTLP has it.
pub(crate) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
