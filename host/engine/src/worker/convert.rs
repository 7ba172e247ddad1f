//! What a guest reported in a call, as the trace takes it.

use std::time::Instant;

use etl_data::Scalar;
use etl_plugin::Telemetry;
use etl_trace::{Call, Level, LogLine, Step, Value, attributes};

/// Adds what the guest reported to `call`, which began at `start` and ended at `end`.
pub(super) fn report(call: &mut Call, telemetry: Telemetry, start: Instant, end: Instant) {
    let Telemetry { attributes: set, counters, steps, logs, dropped } = telemetry;
    call.attributes = values(set);
    if dropped > 0 {
        call.attributes.push((attributes::GUEST_DROPPED.to_owned(), dropped.into()));
    }
    call.counts = counters;
    let step = |step: etl_plugin::Step| Step {
        name: step.name,
        parent: step.parent,
        start: start + step.start,
        end: step.end.map_or(end, |end| start + end),
        attributes: values(step.attributes),
    };
    call.steps = steps.into_iter().map(step).collect();
    let line = |log: etl_plugin::Log| LogLine {
        level: level(log.level),
        at: end,
        message: log.message,
        details: log.details.into_iter().map(|(key, value)| (key, value.into())).collect(),
    };
    call.logs = logs.into_iter().map(line).collect();
}

fn values(given: Vec<(String, Scalar)>) -> Vec<(String, Value)> {
    given.into_iter().filter_map(|(key, value)| Some((key, value_of(value)?))).collect()
}

fn value_of(scalar: Scalar) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => return None,
        Scalar::Boolean(value) => value.into(),
        Scalar::Integer(value) => value.into(),
        Scalar::Float(value) => value.into(),
        Scalar::Text(value) => value.into(),
        Scalar::Bytes(value) => format!("{} bytes", value.len()).into(),
    })
}

fn level(level: etl_plugin::Level) -> Level {
    match level {
        etl_plugin::Level::Trace => Level::Trace,
        etl_plugin::Level::Debug => Level::Debug,
        etl_plugin::Level::Info => Level::Info,
        etl_plugin::Level::Warn => Level::Warn,
        etl_plugin::Level::Error => Level::Error,
    }
}
