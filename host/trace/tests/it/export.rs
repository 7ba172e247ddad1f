//! When the collector is not there, or does not answer.

use super::{run, telemetry};
use etl_trace::{Kind, Protocol, Telemetry, Trace, TraceOptions};
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// An address where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn nobody_listens() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        let summary = run(telemetry(nowhere(), protocol));
        assert_eq!((summary.exported, summary.export_dropped), (0, 4), "{protocol:?}");
        assert!(summary.export_error.is_some(), "{protocol:?}");
    }
}

/// A collector that takes connections and never answers slows neither the run nor, beyond its time, the end.
#[test]
fn the_collector_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let telemetry = telemetry(endpoint, Protocol::HttpProtobuf);
    let trace = Trace::start(TraceOptions { telemetry, ..TraceOptions::default() }).unwrap();
    let spans = 100_000;
    let started = Instant::now();
    for _ in 0..spans {
        drop(trace.span("span", Kind::Server));
    }
    // 50 µs a span is far above what one costs and far below what waiting for one batch would.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let finishing = Instant::now();
    let summary = trace.finish(Duration::from_millis(200));
    assert!(finishing.elapsed() < Duration::from_secs(2), "{:?}", finishing.elapsed());
    assert_eq!((summary.spans, summary.exported, summary.export_dropped), (spans, 0, spans));
    assert!(summary.export_error.is_some());
}

#[test]
fn an_unsampled_trace_is_not_sent() {
    let parent = etl_trace::Parent::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0").unwrap();
    let telemetry = telemetry(nowhere(), Protocol::HttpProtobuf);
    let options = TraceOptions { parent: Some(parent), telemetry, ..TraceOptions::default() };
    let trace = Trace::start(options).unwrap();
    drop(trace.span("job", Kind::Server));
    let summary = trace.finish(Duration::from_secs(1));
    assert_eq!((summary.endpoint, summary.export_dropped, summary.export_error), (None, 0, None));
}

#[test]
fn without_a_destination_nothing_is_sent() {
    let summary = run(Telemetry::default());
    assert_eq!((summary.endpoint, summary.exported, summary.export_dropped), (None, 0, 0));
}
