//! A collector that takes its time, or does not want what it gets; and a run that has a million calls to tell.

use super::http::{collector, collector_after};
use super::{Request, spans, telemetry};
use etl_trace::{Call, CallBudget, Failure, Kind, Protocol, Trace, TraceOptions, TraceSummary};
use prost::Message;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

/// What ends in this time ended because of us, whatever the collector did.
const FAREWELL: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(10);
const MARGIN: Duration = Duration::from_secs(2);
const WORKERS: u64 = 4;

fn start(endpoint: &str, budget: CallBudget) -> Trace {
    let telemetry = telemetry(format!("{endpoint}/v1/traces"), Protocol::HttpProtobuf);
    Trace::start(TraceOptions { telemetry, budget, ..TraceOptions::default() }).unwrap()
}

/// One stage of so many calls on four workers; one in ten thousand fails.
fn stage(trace: &Trace, calls: u64) -> etl_trace::CallTotals {
    let job = trace.span("job", Kind::Server);
    let stage = job.child("stage");
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let mut book = stage.calls();
            scope.spawn(move || {
                for call in (worker..calls).step_by(usize::try_from(WORKERS).unwrap()) {
                    let error = (call % 10_000 == 0).then(Failure::default);
                    let start = book.start();
                    let numbers =
                        Call { rows_in: 8, rows_out: 7, bytes_in: 64, bytes_out: 56, ..Call::default() };
                    book.end(start, Call { name: "process", batch: Some(call), error, ..numbers });
                }
            });
        }
    });
    stage.end();
    job.end();
    stage.totals()
}

/// Bytes of all requests.
fn sent(requests: &Receiver<Request>) -> (usize, usize) {
    let requests: Vec<_> = requests.try_iter().collect();
    (spans(&requests).len(), requests.iter().map(|request| request.body.encoded_len()).sum())
}

#[test]
fn a_million_calls_are_summed_up_exactly_and_lose_no_span() {
    const CALLS: u64 = 1_000_000;
    let (endpoint, requests) = collector_after("200 OK", Duration::from_millis(5));
    let trace = start(&endpoint, CallBudget::default());
    let totals = stage(&trace, CALLS);
    let numbers =
        [totals.calls, totals.failed, totals.rows_in, totals.rows_out, totals.bytes_in, totals.bytes_out];
    assert_eq!(numbers, [CALLS, 100, 8 * CALLS, 7 * CALLS, 64 * CALLS, 56 * CALLS]);
    // The first, the slowest and the failed ones, which the default lets have spans.
    assert_eq!(totals.kept, 8 + 8 + 32);
    let summary = trace.finish(Duration::from_secs(5));
    assert_eq!((summary.exported, summary.export_dropped, summary.export_error), (50, 0, None));
    let (spans, bytes) = sent(&requests);
    assert_eq!(spans, 50);
    assert!(bytes < 32 * 1024, "{bytes} bytes");
}

#[test]
fn where_every_call_is_wanted_what_is_lost_is_counted() {
    let (endpoint, requests) = collector_after("200 OK", Duration::from_millis(5));
    let trace = start(&endpoint, CallBudget::All);
    assert_eq!(stage(&trace, 50_000).kept, 50_000);
    let TraceSummary { spans, exported, export_dropped, .. } = trace.finish(Duration::from_secs(5));
    assert_eq!((spans, exported + export_dropped), (50_002, 50_002));
    assert_eq!(sent(&requests).0 as u64, exported);
    // The sums are on a span that calls leave room for.
    assert!(exported > 8192 - 1024, "{exported}");
}

#[test]
fn a_collector_that_takes_half_a_minute_is_not_waited_for() {
    let (endpoint, _requests) = collector_after("200 OK", Duration::from_secs(30));
    let trace = start(&endpoint, CallBudget::default());
    let started = Instant::now();
    assert_eq!(stage(&trace, 1000).calls, 1000);
    assert!(started.elapsed() < MARGIN, "{:?}", started.elapsed());
    let summary = trace.finish(FAREWELL);
    assert!(started.elapsed() < FAREWELL + MARGIN, "{:?}", started.elapsed());
    assert_eq!((summary.exported, summary.export_dropped), (0, summary.spans));
    assert_eq!(summary.export_error.as_deref(), Some("the collector is too slow"));
}

#[test]
fn a_collector_that_refuses_costs_its_spans_and_nothing_else() {
    for status in ["429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"] {
        let (endpoint, _requests) = collector(status);
        let trace = start(&endpoint, CallBudget::default());
        let started = Instant::now();
        assert_eq!(stage(&trace, 1000).calls, 1000);
        // It is asked again a few times where it says that it is busy.
        let summary = trace.finish(PATIENCE);
        assert!(started.elapsed() < PATIENCE + MARGIN, "{:?}", started.elapsed());
        assert_eq!((summary.exported, summary.export_dropped), (0, summary.spans), "{status}");
        let error = summary.export_error.unwrap();
        assert!(error.contains(&status[..3]), "{error}");
    }
}
