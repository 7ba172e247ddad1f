//! Reading the variables.

use super::signal::Signal;
use super::{Destination, Protocol};
use crate::error::TraceError;
use std::time::Duration;

pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    pub(super) fn get(&self, variable: &str) -> Option<String> {
        (self.0)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set, with its name.
    fn first(&self, variables: [&'static str; 2]) -> Option<(&'static str, String)> {
        variables.into_iter().find_map(|variable| Some((variable, self.get(variable)?)))
    }

    pub(super) fn destination(&self, signal: &Signal) -> Result<Option<Destination>, TraceError> {
        const DISABLED: &str = "OTEL_SDK_DISABLED";
        match self.get(DISABLED) {
            Some(value) if value.eq_ignore_ascii_case("true") => return Ok(None),
            Some(value) if !value.eq_ignore_ascii_case("false") => {
                return Err(wrong(DISABLED, "true or false", value));
            }
            _ => (),
        }
        let asked = match self.get(signal.exporter) {
            None => false,
            Some(value) if value == "otlp" => true,
            Some(value) if value == "none" => return Ok(None),
            Some(value) => return Err(wrong(signal.exporter, "otlp or none", value)),
        };
        // Everything is read, endpoint or not: a wrong value should not wait for the day when one is set.
        let (protocol, timeout, headers) =
            (self.protocol(signal)?, self.timeout(signal)?, self.headers(signal)?);
        let endpoint = self.endpoint(signal, protocol)?;
        if !asked && !signal.is_implied && self.get(signal.endpoint).is_none() {
            return Ok(None);
        }
        let endpoint = endpoint.or_else(|| asked.then(|| signal.default_endpoint(protocol)));
        Ok(endpoint.map(|endpoint| Destination { endpoint, protocol, headers, timeout }))
    }

    fn endpoint(&self, signal: &Signal, protocol: Protocol) -> Result<Option<String>, TraceError> {
        let Some((variable, url)) = self.first([signal.endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT"]) else {
            return Ok(None);
        };
        let host = url.split_once("://").filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http"));
        if host.is_none_or(|(_, host)| host.is_empty() || host.starts_with('/')) {
            return Err(wrong(variable, "http://HOST:PORT (TLS is left to a collector nearby)", url));
        }
        Ok(Some(match protocol {
            Protocol::HttpProtobuf if variable != signal.endpoint => {
                format!("{}{}", url.trim_end_matches('/'), signal.path)
            }
            _ => url,
        }))
    }

    fn protocol(&self, signal: &Signal) -> Result<Protocol, TraceError> {
        match self.first([signal.protocol, "OTEL_EXPORTER_OTLP_PROTOCOL"]) {
            None => Ok(Protocol::default()),
            Some((_, value)) if value == "http/protobuf" => Ok(Protocol::HttpProtobuf),
            Some((_, value)) if value == "grpc" => Ok(Protocol::Grpc),
            Some((variable, value)) => Err(wrong(variable, "http/protobuf or grpc", value)),
        }
    }

    fn timeout(&self, signal: &Signal) -> Result<Duration, TraceError> {
        let variables = [signal.timeout, "OTEL_EXPORTER_OTLP_TIMEOUT"];
        let Some((variable, value)) = self.first(variables) else { return Ok(Duration::from_secs(10)) };
        match value.parse() {
            Ok(0) | Err(_) => Err(wrong(variable, "a whole number of milliseconds above 0", value)),
            Ok(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        }
    }

    fn headers(&self, signal: &Signal) -> Result<Vec<(String, String)>, TraceError> {
        let Some((variable, _)) = self.first([signal.headers, "OTEL_EXPORTER_OTLP_HEADERS"]) else {
            return Ok(Vec::new());
        };
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
    pub(super) fn pairs(&self, variable: &'static str) -> Result<Vec<(String, String)>, TraceError> {
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
