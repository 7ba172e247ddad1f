//! Metrics and log lines on their way.

use super::http::raw_collector;
use etl_trace::{
    Call, Destination, Failure, Kind, Level, LogLine, Protocol, Telemetry, Trace, TraceOptions, TraceSummary,
    attributes,
};
use insta::assert_snapshot;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use prost::Message;
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

fn destination(endpoint: &str, path: &str, protocol: Protocol) -> Destination {
    let endpoint = format!("{endpoint}{path}");
    Destination {
        endpoint,
        protocol,
        headers: vec![("X-Key".into(), "secret".into())],
        timeout: Duration::from_secs(5),
    }
}

/// A stage of a hundred calls, each with a line; one fails. Only the sums of it are traced.
fn run(metrics: Option<Destination>, logs: Option<Destination>, timeout: Duration) -> (TraceSummary, String) {
    let telemetry = Telemetry { metrics, logs, ..Telemetry::default() };
    let trace =
        Trace::start(TraceOptions { pipeline: "airbnb".into(), telemetry, ..TraceOptions::default() })
            .unwrap();
    let job = trace.span("clean", Kind::Server);
    job.set(attributes::JOB, "clean");
    job.set(attributes::ROWS_IN, 1000);
    job.set(attributes::SPOOL_BYTES, 4096);
    let stage = job.child("prices");
    for (key, value) in
        [(attributes::JOB, "clean"), (attributes::STAGE, "prices"), (attributes::PLUGIN, "clean")]
    {
        stage.set(key, value);
    }
    stage.set(attributes::GUEST_MEMORY, 1 << 20);
    stage.set(attributes::RETRIES, 2);
    let mut calls = stage.calls();
    for number in 0..100 {
        let start = calls.start();
        let (message, details) = ("odd price".to_owned(), vec![("row".into(), number.into())]);
        let logs = vec![LogLine { level: Level::Warn, at: Instant::now(), message, details }];
        let error = (number == 0).then(Failure::default);
        calls
            .end(start, Call { rows_in: 10, rows_out: 9, bytes_in: 80, logs, error, ..Call::new("process") });
    }
    let place = stage.context().traceparent();
    drop(calls);
    drop((stage, job));
    (trace.finish(timeout), place)
}

fn text(attributes: &[KeyValue]) -> String {
    let value = |value: &Option<AnyValue>| match value.clone().unwrap().value.unwrap() {
        any_value::Value::StringValue(text) => text,
        any_value::Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes
        .iter()
        .flat_map(|pair| [" ".to_owned(), pair.key.clone(), "=".to_owned(), value(&pair.value)])
        .collect()
}

/// Every number on a line.
fn told(request: &ExportMetricsServiceRequest) -> String {
    let mut lines = Vec::new();
    for metric in &request.resource_metrics[0].scope_metrics[0].metrics {
        let points = match metric.data.as_ref().unwrap() {
            metric::Data::Sum(sum) => &sum.data_points,
            metric::Data::Gauge(gauge) => &gauge.data_points,
            metric::Data::Histogram(histogram) => {
                let point = &histogram.data_points[0];
                assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
                assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
                assert!(point.sum > Some(0.0) && point.max > Some(0.0));
                lines.push(format!("{} {} of{}", metric.name, point.count, text(&point.attributes)));
                continue;
            }
            other => panic!("{other:?}"),
        };
        for point in points {
            assert!(0 < point.start_time_unix_nano && point.start_time_unix_nano <= point.time_unix_nano);
            let Some(number_data_point::Value::AsInt(number)) = point.value else { panic!("{point:?}") };
            lines.push(format!("{} {number} {}{}", metric.name, metric.unit, text(&point.attributes)));
        }
    }
    lines.join("\n")
}

fn check_logs(requests: &[ExportLogsServiceRequest], place: &str) {
    let lines: Vec<_> =
        requests.iter().flat_map(|request| &request.resource_logs[0].scope_logs[0].log_records).collect();
    assert_eq!(lines.len(), 100);
    let last = lines[99];
    assert_eq!(
        (last.severity_text.as_str(), text(&last.attributes).as_str()),
        ("warn", " etl.stage=prices row=99")
    );
    let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    assert_eq!(format!("00-{}-{}-01", hex(&last.trace_id), hex(&last.span_id)), place);
}

#[test]
fn numbers_and_lines_arrive_over_http() {
    let (endpoint, requests) = raw_collector("200 OK", Duration::ZERO);
    let metrics = destination(&endpoint, "/v1/metrics", Protocol::HttpProtobuf);
    let logs = destination(&endpoint, "/v1/logs", Protocol::HttpProtobuf);
    let (summary, place) = run(Some(metrics), Some(logs), Duration::from_secs(10));
    assert_eq!((summary.losses, summary.endpoint), (vec![], None));
    let requests: Vec<_> = requests.try_iter().collect();
    assert!(requests.iter().all(|(_, headers, _)| headers.contains(&("x-key".into(), "secret".into()))));
    let bodies = |path: &str| {
        requests.iter().filter(|(there, ..)| there == path).map(|(.., body)| &**body).collect::<Vec<_>>()
    };
    let metrics = bodies("/v1/metrics");
    assert_eq!(metrics.len(), 1);
    assert_snapshot!(told(&ExportMetricsServiceRequest::decode(metrics[0]).unwrap()), @r"
    etl.rows.in 1000 {row} etl.job=clean etl.stage=prices etl.plugin=clean
    etl.rows.out 900 {row} etl.job=clean etl.stage=prices etl.plugin=clean
    etl.bytes.in 8000 By etl.job=clean etl.stage=prices etl.plugin=clean
    etl.bytes.out 0 By etl.job=clean etl.stage=prices etl.plugin=clean
    etl.calls 100 {call} etl.job=clean etl.stage=prices etl.plugin=clean
    etl.calls.failed 1 {call} etl.job=clean etl.stage=prices etl.plugin=clean
    etl.retries 2 {call} etl.job=clean etl.stage=prices etl.plugin=clean
    etl.spool.bytes 4096 By etl.job=clean
    etl.guest.memory 1048576 By etl.job=clean etl.stage=prices etl.plugin=clean
    etl.call.duration 100 of etl.job=clean etl.stage=prices etl.plugin=clean
    etl.spans.dropped 0 {span}
    ");
    let logs = bodies("/v1/logs").into_iter().map(|body| ExportLogsServiceRequest::decode(body).unwrap());
    check_logs(&logs.collect::<Vec<_>>(), &place);
}

struct Collector(Sender<ExportMetricsServiceRequest>, Sender<ExportLogsServiceRequest>);

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, tonic::Status> {
        assert_eq!(request.metadata().get("x-key").unwrap(), "secret");
        self.0.send(request.into_inner()).map_err(|_| tonic::Status::unavailable("the test is over"))?;
        Ok(tonic::Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportLogsServiceRequest>,
    ) -> Result<tonic::Response<ExportLogsServiceResponse>, tonic::Status> {
        self.1.send(request.into_inner()).map_err(|_| tonic::Status::unavailable("the test is over"))?;
        Ok(tonic::Response::new(ExportLogsServiceResponse::default()))
    }
}

#[test]
fn numbers_and_lines_arrive_over_grpc() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let ((metrics, numbers), (logs, lines)) = (channel(), channel());
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener).unwrap());
            let collector = || Collector(metrics.clone(), logs.clone());
            let server = Server::builder().add_service(MetricsServiceServer::new(collector()));
            let server = server.add_service(LogsServiceServer::new(collector()));
            server.serve_with_incoming(incoming).await.unwrap();
        });
    });
    let there = || Some(destination(&endpoint, "", Protocol::Grpc));
    let (summary, place) = run(there(), there(), Duration::from_secs(10));
    assert_eq!(summary.losses, vec![]);
    assert!(told(&numbers.try_recv().unwrap()).contains("etl.rows.out 900 {row}"));
    check_logs(&lines.try_iter().collect::<Vec<_>>(), &place);
}

#[test]
fn what_does_not_get_there_is_told_and_not_waited_for() {
    let limit = Duration::from_millis(500);
    let told = |status, delay| {
        let (endpoint, _requests) = raw_collector(status, delay);
        let there = |path| Some(destination(&endpoint, path, Protocol::HttpProtobuf));
        let started = Instant::now();
        let (summary, _) = run(there("/v1/metrics"), there("/v1/logs"), limit);
        assert!(started.elapsed() < limit + Duration::from_secs(2), "{:?}", started.elapsed());
        summary
            .losses
            .into_iter()
            .map(|loss| format!("{}: {}", loss.what, loss.why))
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert_snapshot!(
        [told("404 Not Found", Duration::ZERO), told("200 OK", Duration::from_secs(30))].join("\n"),
        @r"
    100 log lines: status 404 Not Found; the metrics: status 404 Not Found
    100 log lines: the collector is too slow; the metrics: the collector is too slow
    "
    );
}
