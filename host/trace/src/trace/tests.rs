//! What a trace records: parentage, the budget, and the file.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;
use crate::calls::CallStart;
use crate::{Call, CallTotals, Failure, Level, LogLine, Step};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::time::{Instant, UNIX_EPOCH};

const SECOND: Duration = Duration::from_secs(1);

/// A trace with fixed ids that writes its record into `folder`. Its clock shows 2022-12-31T00:00:00Z at the start.
fn start(folder: &tempfile::TempDir, options: TraceOptions) -> Trace {
    let clock = Clock::new(Instant::now(), UNIX_EPOCH + Duration::from_hours(464_568));
    let record = Some(folder.path().join("trace.otlp.json"));
    Trace::start_with(TraceOptions { record, ..options }, clock, fastrand::Rng::with_seed(7)).unwrap()
}

/// The spans of the record, in its order.
fn spans(summary: &TraceSummary) -> Vec<Json> {
    let json = std::fs::read_to_string(summary.record.as_ref().unwrap()).unwrap();
    let json: Json = serde_json::from_str(&json).unwrap();
    json["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
}

fn named<'a>(spans: &'a [Json], name: &str) -> &'a Json {
    spans.iter().find(|span| span["name"] == name).unwrap()
}

fn attribute(span: &Json, key: &str) -> Option<Json> {
    let found = span["attributes"].as_array()?.iter().find(|attribute| attribute["key"] == key)?;
    found["value"].as_object()?.values().next().cloned()
}

#[test]
fn the_record_is_otlp_json() {
    let folder = tempfile::tempdir().unwrap();
    let parent = Parent::parse("Root=1-63af7b80-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8").unwrap();
    let options = TraceOptions {
        parent: Some(parent),
        pipeline: "airbnb".into(),
        run_id: "run-1".into(),
        version: "0.1.0".into(),
        ..TraceOptions::default()
    };
    let trace = start(&folder, options);
    let job = trace.span("clean", Kind::Server);
    job.set(crate::attributes::JOB, "clean");
    job.set("ratio", 0.5);
    job.set("whole", true);
    let stage = job.child("prices");
    let mut calls = stage.calls();
    let begun = calls.start();
    let zero = begun.at + Duration::from_millis(1);
    calls.end_at(
        begun,
        begun.at + Duration::from_millis(5),
        Call {
            batch: Some(3),
            rows_in: 100,
            rows_out: 90,
            bytes_in: 1 << 40,
            steps: vec![
                Step { name: "read".into(), parent: None, start: zero, end: zero, attributes: vec![] },
                Step {
                    name: "parse".into(),
                    parent: Some(0),
                    start: zero,
                    end: zero,
                    attributes: vec![("column".into(), "price".into())],
                },
            ],
            logs: vec![LogLine {
                level: Level::Warn,
                at: zero,
                message: "odd".into(),
                details: vec![("row".into(), 7_u64.into())],
            }],
            error: Some(Failure {
                kind: "trap".into(),
                message: "unreachable".into(),
                stack: Some("clean.wasm!parse".into()),
                ..Failure::default()
            }),
            ..Call::new("process")
        },
    );
    drop(calls);
    drop((stage, job));
    let summary = trace.finish(SECOND);
    assert_eq!((summary.spans, summary.unfinished, &summary.record_error), (5, 0, &None));

    let json = std::fs::read_to_string(summary.record.unwrap()).unwrap();
    // What any reader of OTLP JSON does first.
    serde_json::from_str::<opentelemetry_proto::tonic::trace::v1::TracesData>(&json).unwrap();
    // Only the times of real clocks differ from run to run.
    let mut json: Json = serde_json::from_str(&json).unwrap();
    scrub(&mut json);
    assert_snapshot!("record", serde_json::to_string_pretty(&json).unwrap());
}

/// Puts `<time>` for times, which must be decimal strings of the trace's day, and for durations that were measured.
fn scrub(json: &mut Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(scrub),
        Json::Object(fields) => {
            for (key, value) in fields {
                if key.ends_with("UnixNano") {
                    assert!(value.as_str().unwrap().starts_with("1672444800"), "{key}: {value}");
                    *value = "<time>".into();
                }
                scrub(value);
            }
        }
        _ => (),
    }
}

#[test]
fn a_root_without_a_parent_keeps_the_trace_and_becomes_its_root() {
    let folder = tempfile::tempdir().unwrap();
    let parent = Parent::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1").unwrap();
    let trace = start(&folder, TraceOptions { parent: Some(parent), ..TraceOptions::default() });
    drop(trace.span("job", Kind::Server));
    let summary = trace.finish(SECOND);
    assert_eq!(summary.xray_trace_id, "1-5759e988-bd862e3fe1be46a994272793");
    let spans = spans(&summary);
    assert_eq!(spans[0]["traceId"], "5759e988bd862e3fe1be46a994272793");
    assert_eq!(spans[0]["parentSpanId"].as_str().unwrap_or_default(), "");
}

#[test]
fn a_new_trace_has_an_id_that_x_ray_takes() {
    let folder = tempfile::tempdir().unwrap();
    let summary = start(&folder, TraceOptions::default()).finish(SECOND);
    assert!(summary.sampled);
    assert!(summary.xray_trace_id.starts_with("1-63af7b80-"), "{}", summary.xray_trace_id);
}

#[test]
fn a_stage_waits_for_its_workers_and_a_clone_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let trace = start(&folder, TraceOptions::default());
    let stage = trace.span("stage", Kind::Server);
    drop(stage.clone());
    let mut late = stage.calls();
    stage.end();
    stage.end();
    let begun = late.start();
    late.end(begun, Call { rows_in: 5, ..Call::new("process") });
    drop(late);
    assert_eq!(stage.totals().rows_in, 5);
    drop(stage);
    let summary = trace.finish(SECOND);
    assert_eq!(summary.spans, 2);
    assert_eq!(attribute(named(&spans(&summary), "stage"), "etl.rows.in"), Some("5".into()));
}

#[test]
fn an_unsampled_trace_records_no_calls_but_all_sums() {
    let folder = tempfile::tempdir().unwrap();
    let parent = Parent::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0").unwrap();
    let trace = start(&folder, TraceOptions { parent: Some(parent), ..TraceOptions::default() });
    let stage = trace.span("stage", Kind::Server);
    let mut calls = stage.calls();
    let begun = calls.start();
    assert!(calls.context(&begun).xray_header().ends_with(";Sampled=0"));
    calls.end(begun, Call { rows_in: 5, ..Call::new("process") });
    drop((calls, stage));
    let summary = trace.finish(SECOND);
    assert_eq!((summary.sampled, summary.spans), (false, 1));
    assert_eq!(attribute(&spans(&summary)[0], "etl.spans.suppressed"), Some("1".into()));
}

#[test]
fn a_guest_cannot_change_what_the_host_says() {
    let folder = tempfile::tempdir().unwrap();
    let trace = start(&folder, TraceOptions::default());
    let stage = trace.span("stage", Kind::Server);
    let mut calls = stage.calls();
    let begun = calls.start();
    let attributes = vec![("etl.rows.in".into(), 99_u64.into()), ("mine".into(), true.into())];
    calls.end(begun, Call { rows_in: 5, attributes, ..Call::new("process") });
    drop((calls, stage));
    let spans = spans(&trace.finish(SECOND));
    let call = named(&spans, "process");
    assert_eq!(attribute(call, "etl.rows.in"), Some("5".into()));
    assert_eq!(attribute(call, "mine"), Some(true.into()));
    assert_eq!(call["attributes"].as_array().unwrap().len(), 5);
}

#[test]
fn calls_cannot_crowd_the_stage_out_of_a_full_record() {
    let folder = tempfile::tempdir().unwrap();
    let trace = start(&folder, TraceOptions { budget: CallBudget::All, ..TraceOptions::default() });
    let stage = trace.span("stage", Kind::Server);
    let mut calls = stage.calls();
    for _ in 0..50_000 {
        let begun = calls.start();
        calls.end(begun, Call::new("process"));
    }
    drop((calls, stage));
    let summary = trace.finish(SECOND);
    assert_eq!((summary.spans, summary.record_dropped), (50_001, 1024));
    let json = std::fs::read_to_string(summary.record.unwrap()).unwrap();
    assert!(json.contains(r#""name":"stage""#));
}

#[test]
fn a_trace_that_is_off_still_sums_up() {
    let trace = Trace::off();
    let stage = trace.span("stage", Kind::Server);
    let mut calls = stage.calls();
    let begun = calls.start();
    calls.end(begun, Call { rows_out: 5, ..Call::new("process") });
    drop(calls);
    assert_eq!(stage.totals().rows_out, 5);
    drop(stage);
    assert_eq!(trace.finish(SECOND).record, None);
}

#[test]
fn a_record_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let record = Some(folder.path().join("missing/trace.otlp.json"));
    let trace = Trace::start(TraceOptions { record, ..TraceOptions::default() }).unwrap();
    let summary = trace.finish(SECOND);
    assert_eq!(summary.record, None);
    assert!(summary.record_error.unwrap().contains("missing"));
}

#[test]
fn what_a_guest_tells_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let trace = start(&folder, TraceOptions::default());
    let stage = trace.span("stage", Kind::Server);
    let mut calls = stage.calls();
    let begun = calls.start();
    let many = || (0..1000).map(|number| (format!("key-{number}"), Value::from("é".repeat(10_000))));
    let line = LogLine { level: Level::Info, at: begun.at, message: "hello".into(), details: vec![] };
    let step = Step { name: "s".into(), parent: None, start: begun.at, end: begun.at, attributes: vec![] };
    calls.end(
        begun,
        Call {
            attributes: many().collect(),
            counts: (0..1000).map(|number| (format!("count-{number}"), 1)).collect(),
            logs: vec![line; 1000],
            steps: vec![step; 1000],
            ..Call::new("process")
        },
    );
    drop((calls, stage));
    let summary = trace.finish(SECOND);
    let spans = spans(&summary);
    let call = named(&spans, "process");
    assert_eq!(spans.len(), 2 + 128);
    assert_eq!(call["attributes"].as_array().unwrap().len(), 128);
    assert_eq!(call["droppedAttributesCount"], 1004 - 128);
    assert_eq!(call["events"].as_array().unwrap().len(), 127);
    assert_eq!(call["droppedEventsCount"], 1000 - 127);
    assert!(attribute(call, "key-0").unwrap().as_str().unwrap().len() <= 8192);
    assert_eq!(attribute(named(&spans, "stage"), "etl.counts.dropped"), Some("936".into()));
}

#[derive(Clone, Debug)]
struct Told {
    worker: usize,
    took: u64,
    rows: u64,
    fails: bool,
}

fn told() -> impl Strategy<Value = Told> {
    (0..4_usize, 0..50_u64, any::<u32>(), prop::bool::weighted(0.2))
        .prop_map(|(worker, took, rows, fails)| Told { worker, took, rows: rows.into(), fails })
}

fn budget() -> impl Strategy<Value = CallBudget> {
    let some = (0..5_usize, 0..5_usize, 0..5_usize).prop_map(|(first, slowest, errors)| CallBudget::Some {
        first,
        slowest,
        errors,
    });
    prop_oneof![Just(CallBudget::None), Just(CallBudget::All), some]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Sums are exact and the kept calls are the right ones, whatever the budget and however calls are split.
    #[test]
    fn folding_loses_nothing(calls in prop::collection::vec(told(), 0..60), budget in budget()) {
        let folder = tempfile::tempdir().unwrap();
        let trace = start(&folder, TraceOptions { budget, ..TraceOptions::default() });
        let stage = trace.span("stage", Kind::Server);
        let mut workers: Vec<_> = (0..4).map(|_| stage.calls()).collect();
        let zero = Instant::now();
        let mut expected = CallTotals::default();
        for (number, told) in calls.iter().enumerate() {
            let at = zero + Duration::from_micros(number as u64);
            let took = Duration::from_millis(told.took);
            let begun = CallStart { at, ..workers[told.worker].start() };
            workers[told.worker].end_at(begun, at + took, Call {
                batch: Some(number as u64),
                rows_in: told.rows,
                rows_out: told.rows / 2,
                bytes_in: told.rows * 8,
                bytes_out: told.rows * 3,
                counts: vec![("seen".into(), told.rows)],
                inside: Some(took / 2),
                boundary: took / 8,
                error: told.fails.then(Failure::default),
                ..Call::new("process")
            });
            expected.calls += 1;
            expected.failed += u64::from(told.fails);
            expected.rows_in += told.rows;
            expected.rows_out += told.rows / 2;
            expected.bytes_in += told.rows * 8;
            expected.bytes_out += told.rows * 3;
            expected.call_time += took;
            expected.boundary_time += took / 8;
            expected.guest_time += (took / 2).saturating_sub(took / 8);
            expected.host_time += took.saturating_sub(took / 2);
            expected.slowest = expected.slowest.max(took);
            // Up to a bound and not beyond it.
            let bounds = crate::BOUNDS.iter();
            expected.durations[bounds.filter(|bound| **bound < took).count()] += 1;
            *expected.counts.entry("seen".into()).or_default() += told.rows;
        }
        drop(workers);
        stage.end();

        let kept = kept_by_the_rule(&calls, budget);
        expected.kept = kept.len() as u64;
        prop_assert_eq!(stage.totals(), expected);
        drop(stage);
        let spans = spans(&trace.finish(SECOND));
        let mut batches: Vec<usize> = spans
            .iter()
            .filter_map(|span| attribute(span, "etl.batch"))
            .map(|batch| batch.as_str().unwrap().parse().unwrap())
            .collect();
        batches.sort_unstable();
        prop_assert_eq!(batches, kept);
    }
}

/// The numbers of the calls that the budget's words say are kept.
fn kept_by_the_rule(calls: &[Told], budget: CallBudget) -> Vec<usize> {
    let (first, slowest, errors) = match budget {
        CallBudget::None => return Vec::new(),
        CallBudget::All => return (0..calls.len()).collect(),
        CallBudget::Some { first, slowest, errors } => (first, slowest, errors),
    };
    let (failed, good): (Vec<_>, Vec<_>) = (0..calls.len()).partition(|number| calls[*number].fails);
    let (early, mut late) =
        good.split_at_checked(first).map_or((&good[..], vec![]), |(a, b)| (a, b.to_vec()));
    late.sort_by_key(|number| std::cmp::Reverse(calls[*number].took));
    let mut kept: Vec<_> = failed
        .into_iter()
        .take(errors)
        .chain(early.iter().copied())
        .chain(late.into_iter().take(slowest))
        .collect();
    kept.sort_unstable();
    kept
}

#[test]
fn spans_are_shared_and_calls_move_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<Span>();
    moved::<crate::Calls>();
    shared::<TraceContext>();
}
