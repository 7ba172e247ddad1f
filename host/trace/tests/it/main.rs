//! Spans on their way to a collector: what arrives there, and what happens when nothing does.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod export;
mod grpc;
mod http;
mod settings;
mod side;
mod slow;

use etl_trace::{Call, Destination, Kind, Parent, Protocol, Telemetry, Trace, TraceOptions, TraceSummary};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::Span;
use std::time::Duration;

/// A request as a collector saw it.
struct Request {
    /// The path of an HTTP request.
    path: String,
    headers: Vec<(String, String)>,
    body: ExportTraceServiceRequest,
}

fn telemetry(endpoint: String, protocol: Protocol) -> Telemetry {
    let headers = vec![("x-key".to_owned(), "secret".to_owned())];
    let destination = Destination { endpoint, protocol, headers, timeout: Duration::from_secs(5) };
    Telemetry { destination: Some(destination), ..Telemetry::default() }
}

/// A job of one stage of two workers of one call each, under a caller.
fn run(telemetry: Telemetry) -> TraceSummary {
    let parent =
        Parent::parse("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1").unwrap();
    let options = TraceOptions {
        parent: Some(parent),
        pipeline: "airbnb".into(),
        telemetry,
        ..TraceOptions::default()
    };
    let trace = Trace::start(options).unwrap();
    let job = trace.span("job", Kind::Server);
    let stage = job.child("stage");
    for _ in 0..2 {
        let mut calls = stage.calls();
        let start = calls.start();
        calls.end(start, Call { rows_in: 10, ..Call::new("process") });
    }
    drop((stage, job));
    trace.finish(Duration::from_secs(10))
}

fn spans(requests: &[Request]) -> Vec<&Span> {
    let resources = requests.iter().flat_map(|request| &request.body.resource_spans);
    resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans).collect()
}

/// What [`run`] must look like at the far end.
fn check(requests: &[Request]) {
    let spans = spans(requests);
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (job, stage) = (named("job")[0], named("stage")[0]);
    assert_eq!(spans.len(), 4);
    assert!(
        spans
            .iter()
            .all(|span| span.trace_id == 0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793_u128.to_be_bytes())
    );
    assert_eq!(job.parent_span_id, 0x5399_5c3f_42cd_8ad8_u64.to_be_bytes());
    assert_eq!(job.kind(), opentelemetry_proto::tonic::trace::v1::span::SpanKind::Server);
    assert_eq!(stage.parent_span_id, job.span_id);
    assert_eq!(named("process").len(), 2);
    assert!(named("process").iter().all(|call| call.parent_span_id == stage.span_id));
    let rows = stage.attributes.iter().find(|attribute| attribute.key == "etl.rows.in").unwrap();
    assert_eq!(rows.value.clone().unwrap().value, Some(any_value::Value::IntValue(20)));

    let resource = requests[0].body.resource_spans[0].resource.clone().unwrap();
    let service = resource.attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
    assert_eq!(service.value.clone().unwrap().value, Some(any_value::Value::StringValue("airbnb".into())));
    assert!(
        requests.iter().all(|request| {
            request.headers.iter().any(|(name, value)| name == "x-key" && value == "secret")
        })
    );
}
