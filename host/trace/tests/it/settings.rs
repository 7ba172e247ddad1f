//! The standard variables.

use etl_trace::{Destination, Telemetry};
use insta::assert_snapshot;

fn read(variables: &[(&str, &str)]) -> Result<Telemetry, String> {
    let env = |name: &str| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    };
    Telemetry::from_environment(&env).map_err(|error| error.to_string())
}

fn destination(variables: &[(&str, &str)]) -> String {
    match read(variables) {
        Ok(Telemetry { destination: None, .. }) => "nowhere".to_owned(),
        Ok(Telemetry { destination: Some(Destination { endpoint, protocol, headers, timeout }), .. }) => {
            format!("{endpoint} {protocol:?} {headers:?} {timeout:?}")
        }
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn where_spans_go() {
    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");
    const TRACES: (&str, &str) = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:9/put");
    let cases: [&[(&str, &str)]; 13] = [
        &[],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")],
        &[("OTEL_TRACES_EXPORTER", "otlp")],
        &[("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
        &[BASE],
        &[BASE, TRACES],
        &[BASE, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
        &[
            BASE,
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
        ],
        &[BASE, ("OTEL_SDK_DISABLED", "TRUE")],
        &[BASE, ("OTEL_SDK_DISABLED", "false")],
        &[BASE, ("OTEL_TRACES_EXPORTER", "none")],
        &[BASE, ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500")],
        &[BASE, ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b, other = c=d ,")],
    ];
    let table = cases.map(destination).join("\n");
    assert_snapshot!(table, @r#"
    nowhere
    nowhere
    http://localhost:4318/v1/traces HttpProtobuf [] 10s
    http://localhost:4317 Grpc [] 10s
    http://collector:4318/v1/traces HttpProtobuf [] 10s
    http://traces:9/put HttpProtobuf [] 10s
    http://collector:4318/ Grpc [] 10s
    http://collector:4318/v1/traces HttpProtobuf [] 10s
    nowhere
    http://collector:4318/v1/traces HttpProtobuf [] 10s
    nowhere
    http://collector:4318/v1/traces HttpProtobuf [] 2.5s
    http://collector:4318/v1/traces HttpProtobuf [("x-key", "a b"), ("other", "c=d")] 10s
    "#);
}

#[test]
fn a_wrong_value_says_what_would_be_right() {
    let cases = [
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=%zz"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x key=secret"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=x"),
    ];
    let table = cases.map(|case| destination(&[case])).join("\n");
    assert!(!table.contains("secret"), "{table}");
    assert_snapshot!(table, @r#"
    error: environment variable OTEL_SDK_DISABLED: expected true or false, found "yes"
    error: environment variable OTEL_TRACES_EXPORTER: expected otlp or none, found "zipkin"
    error: environment variable OTEL_EXPORTER_OTLP_ENDPOINT: expected http://HOST:PORT (TLS is left to a collector nearby), found "collector:4318"
    error: environment variable OTEL_EXPORTER_OTLP_ENDPOINT: expected http://HOST:PORT (TLS is left to a collector nearby), found "https://collector:4318"
    error: environment variable OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expected http://HOST:PORT (TLS is left to a collector nearby), found "http://"
    error: environment variable OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or grpc, found "http/json"
    error: environment variable OTEL_EXPORTER_OTLP_TIMEOUT: expected a whole number of milliseconds above 0, found "10s"
    error: environment variable OTEL_EXPORTER_OTLP_TIMEOUT: expected a whole number of milliseconds above 0, found "0"
    error: environment variable OTEL_EXPORTER_OTLP_HEADERS: expected key=value between commas, values percent-encoded, found "a part without ="
    error: environment variable OTEL_EXPORTER_OTLP_HEADERS: expected key=value between commas, values percent-encoded, found "x-key=…"
    error: environment variable OTEL_EXPORTER_OTLP_HEADERS: expected names and values that a header may have, found "x key=…"
    error: environment variable OTEL_RESOURCE_ATTRIBUTES: expected key=value between commas, values percent-encoded, found "=…"
    "#);
}

#[test]
fn the_environment_names_the_service() {
    let telemetry = read(&[
        ("OTEL_SERVICE_NAME", "etl"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment.environment.name=test%2Feu"),
    ])
    .unwrap();
    assert_eq!(telemetry.service_name.as_deref(), Some("etl"));
    assert_eq!(telemetry.resource[1], ("deployment.environment.name".to_owned(), "test/eu".into()));
}

#[test]
fn a_destination_does_not_print_its_keys() {
    let telemetry = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret"),
    ]);
    let printed = format!("{:?}", telemetry.unwrap());
    assert!(printed.contains("x-key") && !printed.contains("secret"), "{printed}");
}

#[test]
fn metrics_and_logs_go_where_they_are_asked_for() {
    const BASE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
    let cases: [&[(&str, &str)]; 6] = [
        // A collector of traces is no collector of all.
        &[BASE],
        &[BASE, ("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "otlp")],
        &[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://metrics:9/put")],
        &[BASE, ("OTEL_LOGS_EXPORTER", "otlp"), ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc")],
        &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_SDK_DISABLED", "true")],
        &[BASE, ("OTEL_METRICS_EXPORTER", "prometheus")],
    ];
    let told = |variables: &[(&str, &str)]| match read(variables) {
        Ok(telemetry) => {
            let places = [telemetry.metrics, telemetry.logs];
            places.map(|place| place.map_or("nowhere".to_owned(), |place| place.endpoint)).join(" ")
        }
        Err(error) => format!("error: {error}"),
    };
    assert_snapshot!(cases.map(told).join("\n"), @r#"
    nowhere nowhere
    http://collector:4318/v1/metrics http://collector:4318/v1/logs
    http://metrics:9/put nowhere
    nowhere http://collector:4318
    nowhere nowhere
    error: environment variable OTEL_METRICS_EXPORTER: expected otlp or none, found "prometheus"
    "#);
}
