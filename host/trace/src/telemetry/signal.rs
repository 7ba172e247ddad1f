//! The three signals, and the variables that each has of its own.

use super::Protocol;

/// The names that are a signal's own.
pub(super) struct Signal {
    pub(super) exporter: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) protocol: &'static str,
    pub(super) timeout: &'static str,
    pub(super) headers: &'static str,
    /// What is added to an endpoint of all signals.
    pub(super) path: &'static str,
    /// An endpoint of all signals asks for it.
    pub(super) is_implied: bool,
}

pub(super) const TRACES: Signal = Signal {
    exporter: "OTEL_TRACES_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    headers: "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    path: "/v1/traces",
    is_implied: true,
};

pub(super) const METRICS: Signal = Signal {
    exporter: "OTEL_METRICS_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    headers: "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    path: "/v1/metrics",
    is_implied: false,
};

pub(super) const LOGS: Signal = Signal {
    exporter: "OTEL_LOGS_EXPORTER",
    endpoint: "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    protocol: "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    timeout: "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
    headers: "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    path: "/v1/logs",
    is_implied: false,
};

impl Signal {
    pub(super) fn default_endpoint(&self, protocol: Protocol) -> String {
        match protocol {
            Protocol::HttpProtobuf => format!("http://localhost:4318{}", self.path),
            Protocol::Grpc => "http://localhost:4317".to_owned(),
        }
    }
}
