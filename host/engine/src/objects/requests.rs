//! What a reader or a writer asks of a store, for its span.

use std::sync::{Arc, Mutex, PoisonError};

use etl_store::{Attempt, Fault, FaultKind, Listener};
use etl_trace::{Blame, Failure, Request, Span, Value, attributes, milliseconds};

/// Hears of every attempt. What comes before there is a span is counted, and told with the rest.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<Heard>);

#[derive(Debug, Default)]
struct Heard {
    book: Option<etl_trace::Requests>,
    before: Vec<Request>,
}

/// Attempts that are kept until there is a span.
const MOST_BEFORE: usize = 10_000;

/// As long as this is there, requests are those of a span, which waits for it.
#[derive(Debug)]
pub(crate) struct Hearing(Arc<Requests>);

impl Requests {
    /// From now on they are those of this span.
    pub(crate) fn hear(self: &Arc<Self>, span: &Span) -> Hearing {
        let hearing = Hearing(Arc::clone(self));
        hearing.turn_to(span);
        hearing
    }
}

impl Hearing {
    /// From now on they are those of another span.
    pub(crate) fn turn_to(&self, span: &Span) {
        let mut heard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let book = span.requests();
        heard.before.drain(..).for_each(|request| book.count(&request));
        heard.book = Some(book);
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).book = None;
    }
}

impl Listener for Requests {
    fn attempt(&self, attempt: &Attempt<'_>) {
        let request = request(attempt);
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &heard.book {
            Some(book) => book.add(request),
            None if heard.before.len() < MOST_BEFORE => heard.before.push(request),
            None => {}
        }
    }
}

fn request(attempt: &Attempt<'_>) -> Request {
    let mut told: Vec<(String, Value)> = Vec::new();
    let mut tell = |key: &str, value: Value| told.push((key.to_owned(), value));
    if let Some((bucket, key)) = attempt.location.strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
    {
        tell(attributes::S3_BUCKET, bucket.into());
        tell(attributes::S3_KEY, key.into());
    } else {
        tell(attributes::URL, attempt.location.into());
    }
    tell(attributes::REQUEST_BYTES, attempt.bytes.into());
    if attempt.number > 1 {
        tell(attributes::REQUEST_ATTEMPT, u64::from(attempt.number).into());
    }
    if let Some(delay) = attempt.delay {
        tell(attributes::REQUEST_DELAY_MS, milliseconds(delay).into());
    }
    if let Some(status) = attempt.error.and_then(Fault::status) {
        tell(attributes::STATUS_CODE, u64::from(status).into());
    }
    let error = attempt.error.filter(|fault| !is_answer(attempt.operation, fault)).map(|fault| Failure {
        kind: kind(&fault.kind).to_owned(),
        message: if fault.message.is_empty() || fault.kind == FaultKind::Other {
            fault.to_string()
        } else {
            format!("{fault}: {}", fault.message)
        },
        stack: None,
        // Its status is among the attributes, and says whose it is.
        blame: Blame::Fault,
    });
    Request {
        name: attempt.operation,
        took: attempt.duration,
        attributes: told,
        bytes: attempt.bytes,
        again: attempt.delay.is_some(),
        error,
    }
}

/// Whether a fault says what was asked: that there is no such object. Where there should be one, the job fails.
fn is_answer(operation: &str, fault: &Fault) -> bool {
    matches!(operation, "head" | "get") && fault.status() == Some(404) && fault.code() != Some("NoSuchBucket")
}

/// Few values, so that they can be counted.
fn kind(kind: &FaultKind) -> &str {
    match kind {
        FaultKind::Status { code: Some(code), .. } => code,
        FaultKind::Status { status: 500.., .. } => "server-error",
        FaultKind::Status { .. } => "refused-by-service",
        FaultKind::Refused => "connection-refused",
        FaultKind::Name => "no-such-host",
        FaultKind::Tls => "tls",
        FaultKind::Reset => "connection-reset",
        FaultKind::Timeout => "timeout",
        FaultKind::Truncated => "truncated",
        _ => "other",
    }
}
