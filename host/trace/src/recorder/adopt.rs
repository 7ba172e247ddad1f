//! Outermost spans wait for a parent that is still looked for.

use super::Recorder;
use crate::attributes;
use crate::call::{Level, LogLine};
use crate::late::{Adoption, LateParent};
use crate::value::Value;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The outermost spans of a run whose parent is still looked for.
pub(super) struct Late {
    parent: LateParent,
    waiting: Mutex<Waiting>,
}

/// What waits, until there is an answer.
#[derive(Default)]
struct Waiting {
    spans: Vec<SpanData>,
    adoption: Option<Adoption>,
}

impl Late {
    /// Keeps a span until its parent is known.
    pub(super) fn hold(&self, span: SpanData) {
        self.waiting().spans.push(span);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // A panic elsewhere leaves it whole: spans are in it or not.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    /// The outermost spans' parent is that which is found, or else the one that is known.
    pub(crate) fn with_late_parent(self, late: Option<LateParent>) -> Self {
        let late = late.map(|parent| Late { parent, waiting: Mutex::default() });
        Self { late, ..self }
    }

    /// Hands on the outermost spans once their parent is known. With `wait` it is waited for, as long as was agreed.
    pub(crate) fn settle_parent(&self, wait: bool) -> Option<Adoption> {
        let late = self.late.as_ref()?;
        let mut waiting = late.waiting();
        if waiting.adoption.is_none() {
            waiting.adoption = late.parent.answer(wait);
        }
        let adoption = waiting.adoption.clone()?;
        for mut span in std::mem::take(&mut waiting.spans) {
            self.adopt(&mut span, &adoption);
            self.hand_on(0, span);
        }
        Some(adoption)
    }

    fn adopt(&self, span: &mut SpanData, adoption: &Adoption) {
        if let Some(parent) = adoption.parent {
            span.parent_span_id = SpanId::from_bytes(parent);
            span.parent_span_is_remote = true;
        }
        let found_by = if adoption.parent.is_some() { adoption.found_by.as_str() } else { "header" };
        span.attributes.push(KeyValue::new(attributes::PARENT, found_by.to_owned()));
        if let Some(reason) = &adoption.reason {
            let reason = (attributes::REASON.to_owned(), Value::from(reason.as_str()));
            let (level, message) = (Level::Warn, "the parent is not the one that was looked for".to_owned());
            let line = LogLine { level, at: Instant::now(), message, details: vec![reason] };
            span.events.events.push(self.log_event(line));
        }
    }
}
