//! What a guest can have too much of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use etl_data::Batch;
use etl_plugin::{BindRequest, CallContext, CallErrorKind, Limits};

use crate::support::{
    a_new_instance_works, bound, context, error, error_with, load, patient, process, request, rows, run_with,
    runtime, tight,
};

fn flood(kind: &str, count: u32) -> String {
    error_with("flood", &format!(r#"{{"kind": "{kind}", "count": {count}}}"#), &patient()).to_string()
}

#[test]
fn handles() {
    insta::assert_snapshot!(flood("handles", 2_000), @"hostile/flood reached its handles limit in `process`: limit 1000, requested 1001");
    assert!(run_with("flood", r#"{"kind": "handles", "count": 500}"#, &patient()).result.is_ok());
}

#[test]
fn emitted_batches() {
    insta::assert_snapshot!(flood("emitted", 200), @"hostile/flood reached its emitted batches limit in `process`: limit 100, requested 101");
}

#[test]
fn emitted_rows() {
    let limits = Limits { emitted_rows: 5, emitted_rows_floor: 2, ..patient() };
    let flood = |count| run_with("flood", &format!(r#"{{"kind": "emitted", "count": {count}}}"#), &limits);
    // Three rows went in; beside the flood the batch itself comes out.
    assert_eq!(flood(4).result.unwrap().len(), 5);
    insta::assert_snapshot!(flood(5).result.unwrap_err().to_string(), @"hostile/flood reached its emitted rows limit in `process`: limit 17, requested 18");
}

/// Rows of type null cost nothing to make, and much to write.
#[test]
fn rows_of_nothing() {
    insta::assert_snapshot!(flood("nulls", 100), @"hostile/flood reached its emitted rows limit in `process`: limit 1003000, requested 1048576");
}

#[test]
fn rejected_rows() {
    insta::assert_snapshot!(flood("rejected", 100_000), @"hostile/flood reached its retained memory limit in `process`: limit 64 MiB, requested 73048368 bytes");
}

#[test]
fn data_that_a_few_bytes_ask_for() {
    insta::assert_snapshot!(flood("taken", 1_000), @"hostile/flood reached its retained memory limit in `process`: limit 64 MiB, requested 99018155 bytes");
    insta::assert_snapshot!(flood("constant", 1_000), @"hostile/flood reached its retained memory limit in `process`: limit 64 MiB, requested 268452587 bytes");
    insta::assert_snapshot!(flood("columns", 100_000), @"100000 columns are too many, at most 65536 can be");
}

#[test]
fn text_that_no_array_can_hold() {
    insta::assert_snapshot!(flood("text", 40), @"hostile/flood reached its memory limit in `process`: limit 32 MiB");
    let roomy = Limits { memory_bytes: 3 << 30, retained_bytes: 4 << 30, ..Limits::default() };
    let error = run_with("flood", r#"{"kind": "text", "count": 4096}"#, &roomy).result.unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"hostile/flood failed in `process`: the bytes of the column are more than the 2147483647 that one read can carry");
}

#[test]
fn bytes_of_one_call() {
    insta::assert_snapshot!(flood("bytes", 20 << 20), @"hostile/flood reached its host call bytes limit in `process`: limit 16 MiB");
    insta::assert_snapshot!(error("big-partial", r#"{"bytes": 20000000}"#), @"hostile/big-partial reached its host call bytes limit in `partial`: limit 16 MiB");
}

/// Data that was dropped leaves room for more: a guest may make a lot, one after the other.
#[test]
fn data_that_is_dropped_does_not_count() {
    let mut instance = bound("flood", r#"{"kind": "bytes", "count": 4000000}"#, &patient());
    for _ in 0..50 {
        process(&mut instance).result.unwrap();
    }
}

#[test]
fn linear_memory_as_configured() {
    let limits = Limits { memory_bytes: 1 << 20, ..tight() };
    let error = crate::support::HOSTILE.instantiate("pass", &limits).map(|_| ()).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"hostile/pass reached its memory limit in `instantiate`: limit 1 MiB, requested 1088 KiB");
    // As much as the limit says, and no less because of how memory is pooled.
    let limits = Limits { memory_bytes: 1 << 30, call_timeout: Duration::from_secs(20), ..tight() };
    let error = error_with("memory-bomb", "{}", &limits);
    let CallErrorKind::Memory { limit, requested } = error.kind else { panic!("{error}") };
    assert!(limit == 1 << 30 && requested > limit && requested <= limit + (64 << 20), "{requested}");
}

#[derive(Clone)]
struct Sampled;

impl CallContext for Sampled {
    fn traceparent(&self) -> String {
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()
    }
    fn tracestate(&self) -> String {
        String::new()
    }
    fn xray_header(&self) -> String {
        String::new()
    }
    fn sampled(&self) -> bool {
        true
    }
}

#[test]
fn telemetry_is_bounded_and_what_is_lost_is_counted() {
    let limits = Limits { call_timeout: Duration::from_secs(20), handles: 100_000, ..tight() };
    for (count, bytes) in [(5_000, 10), (2_000, 10_000)] {
        let with = format!(r#"{{"count": {count}, "bytes": {bytes}}}"#);
        let mut instance = bound("telemetry-flood", &with, &limits);
        let called = instance.process(0, Batch::new(rows()), Box::new(Sampled));
        called.result.unwrap();
        let telemetry = called.telemetry;
        assert!(telemetry.attributes.len() <= 64 && telemetry.counters.len() <= 64);
        assert!(telemetry.steps.len() <= 256 && telemetry.logs.len() <= 256);
        assert!(telemetry.steps.iter().all(|step| step.attributes.len() <= 64 && step.end.is_some()));
        let texts = telemetry.logs.iter().map(|log| log.message.len()).sum::<usize>();
        assert!(texts <= 1 << 20, "{texts}");
        assert!(telemetry.dropped > 4 * (count - 300), "{}", telemetry.dropped);
        // The next call starts anew.
        let next = instance.finish(0, context());
        assert_eq!((next.telemetry.dropped, next.telemetry.logs.len()), (0, 0));
    }
    a_new_instance_works();
}

#[test]
fn a_run_can_be_stopped() {
    let runtime = runtime();
    let hostile = load(&runtime, "hostile");
    let limits = patient();
    let mut other = hostile.instantiate("pass", &limits).unwrap();
    let endless = std::thread::spawn(move || {
        let mut instance = hostile.instantiate("endless-loop", &limits).unwrap();
        instance.bind(&request("endless-loop", "{}", &rows()), context()).result.unwrap();
        let start = Instant::now();
        (process(&mut instance).result.unwrap_err(), start.elapsed())
    });
    std::thread::sleep(Duration::from_millis(100));
    runtime.cancel();
    let (error, elapsed) = endless.join().unwrap();
    assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
    insta::assert_snapshot!(error.to_string(), @"hostile/endless-loop was stopped in `process`");
    let error = other.bind(&request("pass", "{}", &rows()), context()).result.unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"hostile/pass was stopped in `bind`");
}

/// More instances than the pool has room for are an error, and only while they live.
#[test]
fn instances() {
    let runtime = runtime();
    let hostile = load(&runtime, "hostile");
    let mut all = Vec::new();
    let error = loop {
        match hostile.instantiate("pass", &patient()) {
            Ok(instance) => all.push(instance),
            Err(error) => break error,
        }
        assert!(all.len() <= 64);
    };
    assert_eq!(all.len(), 64);
    insta::assert_snapshot!(error.to_string(), @"hostile/pass failed in `instantiate`: maximum concurrent limit of 64 for component instances reached");
    all.pop();
    hostile.instantiate("pass", &patient()).unwrap();
}

#[test]
fn partitions_run_in_parallel() {
    let runtime = runtime();
    let hostile = load(&runtime, "hostile");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let hostile = Arc::clone(&hostile);
            std::thread::spawn(move || {
                for operation in ["pass", "trap", "pass"] {
                    let mut instance = hostile.instantiate(operation, &patient()).unwrap();
                    let request = BindRequest { ..request(operation, "{}", &rows()) };
                    instance.bind(&request, context()).result.unwrap();
                    assert_eq!(process(&mut instance).result.is_ok(), operation == "pass");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
