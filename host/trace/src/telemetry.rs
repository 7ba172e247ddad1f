//! What the standard `OTEL_*` environment variables say.

use crate::error::TraceError;
use crate::value::Value;
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
}

/// A collector.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    /// The URL that spans are sent to: whole for HTTP, without a path for gRPC.
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
            destination: env.destination()?,
        })
    }
}

struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn get(&self, variable: &str) -> Option<String> {
        (self.0)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set, with its name.
    fn first(&self, variables: [&'static str; 2]) -> Option<(&'static str, String)> {
        variables.into_iter().find_map(|variable| Some((variable, self.get(variable)?)))
    }

    fn destination(&self) -> Result<Option<Destination>, TraceError> {
        const DISABLED: &str = "OTEL_SDK_DISABLED";
        const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
        match self.get(DISABLED) {
            Some(value) if value.eq_ignore_ascii_case("true") => return Ok(None),
            Some(value) if !value.eq_ignore_ascii_case("false") => {
                return Err(wrong(DISABLED, "true or false", value));
            }
            _ => (),
        }
        let asked = match self.get(EXPORTER) {
            None => false,
            Some(value) if value == "otlp" => true,
            Some(value) if value == "none" => return Ok(None),
            Some(value) => return Err(wrong(EXPORTER, "otlp or none", value)),
        };
        // Everything is read, endpoint or not: a wrong value should not wait for the day when one is set.
        let (protocol, timeout, headers) = (self.protocol()?, self.timeout()?, self.headers()?);
        let endpoint = self.endpoint(protocol)?.or_else(|| asked.then(|| default_endpoint(protocol)));
        Ok(endpoint.map(|endpoint| Destination { endpoint, protocol, headers, timeout }))
    }

    fn endpoint(&self, protocol: Protocol) -> Result<Option<String>, TraceError> {
        const OF_TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        let Some((variable, url)) = self.first([OF_TRACES, "OTEL_EXPORTER_OTLP_ENDPOINT"]) else {
            return Ok(None);
        };
        let host = url.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http"));
        if host.is_none_or(|(_, host)| host.is_empty() || host.starts_with('/')) {
            return Err(wrong(variable, "http://HOST:PORT (TLS is left to a collector nearby)", url));
        }
        Ok(Some(match protocol {
            Protocol::HttpProtobuf if variable != OF_TRACES => {
                format!("{}/v1/traces", url.trim_end_matches('/'))
            }
            _ => url,
        }))
    }

    fn protocol(&self) -> Result<Protocol, TraceError> {
        let variables = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
        match self.first(variables) {
            None => Ok(Protocol::default()),
            Some((_, value)) if value == "http/protobuf" => Ok(Protocol::HttpProtobuf),
            Some((_, value)) if value == "grpc" => Ok(Protocol::Grpc),
            Some((variable, value)) => Err(wrong(variable, "http/protobuf or grpc", value)),
        }
    }

    fn timeout(&self) -> Result<Duration, TraceError> {
        let variables = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
        let Some((variable, value)) = self.first(variables) else { return Ok(Duration::from_secs(10)) };
        match value.parse() {
            Ok(0) | Err(_) => Err(wrong(variable, "a whole number of milliseconds above 0", value)),
            Ok(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        }
    }

    fn headers(&self) -> Result<Vec<(String, String)>, TraceError> {
        let variables = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
        let Some((variable, _)) = self.first(variables) else { return Ok(Vec::new()) };
        let headers = self.pairs(variable)?;
        for (name, value) in &headers {
            let name_is_right =
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if !name_is_right || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
                return Err(wrong(variable, "names and values that a header may have", format!("{name}=…")));
            }
        }
        Ok(headers)
    }

    /// `key=value,key=value`, values percent-encoded.
    fn pairs(&self, variable: &'static str) -> Result<Vec<(String, String)>, TraceError> {
        let text = self.get(variable).unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let pair = |part: &str| {
            let (key, value) = part.split_once('=')?;
            let key = key.trim().to_owned();
            if key.is_empty() { None } else { Some((key, decode(value.trim())?)) }
        };
        let expected = "key=value between commas, values percent-encoded";
        parts.map(|part| pair(part).ok_or_else(|| wrong(variable, expected, hidden(part)))).collect()
    }
}

fn default_endpoint(protocol: Protocol) -> String {
    match protocol {
        Protocol::HttpProtobuf => "http://localhost:4318/v1/traces".to_owned(),
        Protocol::Grpc => "http://localhost:4317".to_owned(),
    }
}

fn wrong(variable: &'static str, expected: &'static str, found: String) -> TraceError {
    TraceError::Variable { variable, expected, found }
}

/// Headers hold keys: an error shows where, not what.
fn hidden(part: &str) -> String {
    let name = part.split('=').next().unwrap_or_default();
    if part.contains('=') { format!("{name}=…") } else { "a part without =".to_owned() }
}

/// Resolves `%20` and its like.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit =
                || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit()? << 4 | digit()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
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
