//! Log lines of plugins as OTLP has them.

use crate::attributes;
use crate::call::{Level, LogLine};
use crate::context::TraceContext;
use crate::recorder::{cut, key_values, nanoseconds, owned};
use crate::value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};
use opentelemetry_proto::transform::common::tonic::Attributes;
use std::time::SystemTime;

/// Attributes of one line.
const MOST: usize = 128;

/// A line that was logged in a call of `stage`. It names the stage's span: a call may have none.
pub(crate) fn record(stage: &TraceContext, name: &str, line: &LogLine, at: SystemTime) -> LogRecord {
    let severity = match line.level {
        Level::Trace => SeverityNumber::Trace,
        Level::Debug => SeverityNumber::Debug,
        Level::Info => SeverityNumber::Info,
        Level::Warn => SeverityNumber::Warn,
        Level::Error => SeverityNumber::Error,
    };
    let mut attributes = vec![(attributes::STAGE.into(), Value::from(name))];
    attributes.extend(owned(line.details.clone()));
    attributes.truncate(MOST);
    let body = any_value::Value::StringValue(cut(line.message.clone()));
    LogRecord {
        time_unix_nano: nanoseconds(at),
        observed_time_unix_nano: nanoseconds(at),
        severity_number: severity.into(),
        severity_text: line.level.as_str().to_owned(),
        body: Some(AnyValue { value: Some(body) }),
        attributes: Attributes::from(key_values(attributes)).0,
        flags: u32::from(stage.sampled()),
        trace_id: stage.trace_id().to_vec(),
        span_id: stage.span_id().to_vec(),
        ..LogRecord::default()
    }
}
