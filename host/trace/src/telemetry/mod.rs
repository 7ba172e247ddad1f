//! What the standard `OTEL_*` environment variables say.

mod environment;
mod signal;

use crate::error::TraceError;
use crate::value::Value;
use environment::Environment;
use std::fmt;
use std::time::Duration;

/// What the environment says about the service and about where its spans go.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// `OTEL_SERVICE_NAME`.
    pub service_name: Option<String>,
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub resource: Vec<(String, Value)>,
    /// Where spans are sent; `None` = nowhere.
    pub destination: Option<Destination>,
    /// Where metrics are sent.
    pub metrics: Option<Destination>,
    /// Where the log lines of plugins are sent.
    pub logs: Option<Destination>,
}

/// A collector.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    /// The URL that all is sent to: whole for HTTP, without a path for gRPC.
    pub endpoint: String,
    /// The protocol spoken there.
    pub protocol: Protocol,
    /// What is sent along with every request, often a key.
    pub headers: Vec<(String, String)>,
    /// How long one request may take, its repetitions included.
    pub timeout: Duration,
}

/// An OTLP transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf over HTTP.
    #[default]
    HttpProtobuf,
    /// gRPC.
    Grpc,
}

impl Telemetry {
    /// Reads the standard variables: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`,
    /// `OTEL_TRACES_EXPORTER` (`otlp` or `none`) and, each also as `OTEL_EXPORTER_OTLP_TRACES_…`, which wins,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `…_PROTOCOL` (`http/protobuf` or `grpc`), `…_HEADERS`, `…_TIMEOUT` (in
    /// milliseconds). Empty variables count as unset.
    ///
    /// Without an endpoint nothing is sent, although the specification has a default: a command that somebody runs
    /// on a laptop has no business with port 4318 unasked. `OTEL_TRACES_EXPORTER=otlp` is asking.
    ///
    /// The same for `METRICS` and `LOGS` in the place of `TRACES`, but that for them an endpoint alone is not asking: a
    /// collector that takes traces to X-Ray takes nothing else. Their exporter or an endpoint of their own is.
    ///
    /// # Errors
    /// The first variable whose value means nothing.
    pub fn from_environment(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, TraceError> {
        let env = Environment(env);
        Ok(Self {
            service_name: env.get("OTEL_SERVICE_NAME"),
            resource: env
                .pairs("OTEL_RESOURCE_ATTRIBUTES")?
                .into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect(),
            destination: env.destination(&signal::TRACES)?,
            metrics: env.destination(&signal::METRICS)?,
            logs: env.destination(&signal::LOGS)?,
        })
    }
}

impl fmt::Debug for Destination {
    /// Without the values of headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Destination")
            .field("endpoint", &self.endpoint)
            .field("protocol", &self.protocol)
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .finish()
    }
}
