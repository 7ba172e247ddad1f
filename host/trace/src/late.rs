//! A parent that becomes known while the run is at work.
//!
//! X-Ray has a trace seconds after the fact. A run that waited for it would stand still for nothing: only its outermost
//! spans name the parent, and they are handed on when they end.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two looks at whether to stop: nobody notices.
const LOOK: Duration = Duration::from_millis(50);

/// What was found out about the parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The parent; without it, that of the header stays.
    pub parent: Option<[u8; 8]>,
    /// How it was found, in one word, for the spans.
    pub found_by: String,
    /// Why nothing better was found.
    pub reason: Option<String>,
}

/// The end of whoever looks for a parent. Dropping it says that there is none.
#[derive(Debug)]
pub struct Promise(SyncSender<Adoption>);

/// The end of the trace that waits for a parent.
#[derive(Clone, Debug)]
pub struct LateParent {
    answer: Arc<Mutex<Receiver<Adoption>>>,
    until: Instant,
    stop: Arc<AtomicBool>,
}

impl LateParent {
    /// Both ends of a search that ends within `wait` from now, or as soon as `stop` says so.
    pub fn promised(wait: Duration, stop: Arc<AtomicBool>) -> (Promise, Self) {
        let (promise, answer) = sync_channel(1);
        let until = Instant::now() + wait;
        (Promise(promise), Self { answer: Arc::new(Mutex::new(answer)), until, stop })
    }

    /// What was found, if that is known by now or, with `wait`, in the time that is left.
    pub(crate) fn answer(&self, wait: bool) -> Option<Adoption> {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = loop {
            let left = self.until.saturating_duration_since(Instant::now());
            let over = left.is_zero() || self.stop.load(Relaxed);
            let pause = if wait && !over { left.min(LOOK) } else { Duration::ZERO };
            match answer.recv_timeout(pause) {
                Ok(adoption) => return Some(adoption),
                Err(RecvTimeoutError::Disconnected) => break "the search ended without an answer",
                Err(RecvTimeoutError::Timeout) if !wait => return None,
                Err(RecvTimeoutError::Timeout) if over => break "there was no time",
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        Some(Adoption { reason: Some(reason.to_owned()), ..Adoption::default() })
    }
}

impl Promise {
    /// Tells the trace. Whether it is still there does not matter.
    pub fn keep(self, adoption: Adoption) {
        let _ = self.0.send(adoption);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::{Kind, Parent, Trace, TraceOptions, TraceSummary};
    use serde_json::Value as Json;

    const FOUND: [u8; 8] = [0xd1; 8];
    const HEADER: &str = "Root=1-63af7b80-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    fn promised(milliseconds: u64) -> (Promise, LateParent) {
        LateParent::promised(Duration::from_millis(milliseconds), Arc::default())
    }

    /// A job of one stage, while `search` is on; its two spans.
    fn run(late: LateParent, search: impl FnOnce(&Trace)) -> (TraceSummary, [Json; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("trace.otlp.json");
        let trace = Trace::start(TraceOptions {
            parent: Some(Parent::parse(HEADER).unwrap()),
            late_parent: Some(late),
            record: Some(record.clone()),
            ..TraceOptions::default()
        });
        let trace = trace.unwrap();
        let job = trace.span("clean", Kind::Server);
        job.child("stage").end();
        job.end();
        search(&trace);
        let summary = trace.finish(Duration::from_secs(1));
        let record: Json = serde_json::from_str(&std::fs::read_to_string(record).unwrap()).unwrap();
        let spans = record["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone();
        (summary, [spans[0].clone(), spans[1].clone()])
    }

    /// Its parent, how that was found, and why not better.
    fn told(job: &Json) -> String {
        let attribute = &job["attributes"].as_array().unwrap().last().unwrap()["value"]["stringValue"];
        let reason = &job["events"][0]["attributes"][1]["value"]["stringValue"];
        [&job["parentSpanId"], attribute, reason].map(|text| text.as_str().unwrap_or("-")).join(" ")
    }

    fn adoption(parent: Option<[u8; 8]>, reason: Option<&str>) -> Adoption {
        Adoption { parent, found_by: "request".into(), reason: reason.map(ToOwned::to_owned) }
    }

    #[test]
    fn a_parent_that_is_found_after_the_job_is_its_parent() {
        let (promise, late) = promised(60_000);
        let (summary, [job, stage]) = run(late, |_| promise.keep(adoption(Some(FOUND), None)));
        assert_eq!(told(&job), "d1d1d1d1d1d1d1d1 request -");
        assert_eq!(stage["parentSpanId"], job["spanId"]);
        assert_eq!(summary.adoption, Some(adoption(Some(FOUND), None)));
        assert_eq!((summary.spans, summary.unfinished), (2, 0));
    }

    #[test]
    fn without_an_answer_the_header_counts_and_the_span_says_so() {
        let (promise, late) = promised(20);
        let (_, [job, _]) = run(late, |_| ());
        assert_eq!(told(&job), "53995c3f42cd8ad8 header there was no time");
        drop(promise);
        let (promise, late) = promised(60_000);
        let (_, [job, _]) = run(late, |_| drop(promise));
        assert_eq!(told(&job), "53995c3f42cd8ad8 header the search ended without an answer");
        let (promise, late) = promised(60_000);
        let (_, [job, _]) = run(late, |_| promise.keep(adoption(None, Some("no such step"))));
        assert_eq!(told(&job), "53995c3f42cd8ad8 header no such step");
    }

    #[test]
    fn who_stops_the_run_waits_no_more() {
        let stop = Arc::new(AtomicBool::new(false));
        let (promise, late) = LateParent::promised(Duration::from_mins(10), Arc::clone(&stop));
        let stopper = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            stop.store(true, Relaxed);
        });
        let (_, [job, _]) = run(late, |_| ());
        assert_eq!(told(&job), "53995c3f42cd8ad8 header there was no time");
        stopper.join().unwrap();
        promise.keep(Adoption::default());
    }
}
