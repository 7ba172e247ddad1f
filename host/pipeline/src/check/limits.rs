//! What plugins may use: sizes, times and counts within their bounds.

use std::ops::RangeInclusive;

use super::parsed;
use crate::{Limits, LoadLimits, Located, diagnostic::Problems, file::LimitsEntry, units};

/// What a 32-bit memory can hold at most, and so what can come out of one at a time.
const MOST_MEMORY: (u64, &str) = (4 << 30, "a plugin's memory ends at 4GiB");
/// More than any machine has.
const MOST_RETAINED: (u64, &str) = (1 << 50, "no machine has as much");
/// A trace's back end cuts a text far below this.
const MOST_TELEMETRY: (u64, &str) = (64 << 20, "64MiB at most");
/// An error is read by people.
const MOST_ERROR: (u64, &str) = (1 << 20, "1MiB at most");

/// The limits of an instance, with those of `base` where none are given.
pub(super) fn of_instance(entry: &LimitsEntry, base: Limits, problems: &mut Problems) -> Limits {
    let mut size = |text: &Option<Located<String>>, most, base| size(text.as_ref(), most, base, problems);
    let sizes = Limits {
        memory_bytes: size(&entry.memory, MOST_MEMORY, base.memory_bytes),
        host_call_bytes: size(&entry.host_call_bytes, MOST_MEMORY, base.host_call_bytes),
        retained_memory_bytes: size(&entry.retained_memory, MOST_RETAINED, base.retained_memory_bytes),
        telemetry_bytes: size(&entry.telemetry_bytes, MOST_TELEMETRY, base.telemetry_bytes),
        error_bytes: size(&entry.error_bytes, MOST_ERROR, base.error_bytes),
        ..base
    };
    let mut count =
        |number: &Option<Located<u64>>, within, base| count(number.as_ref(), within, base, problems);
    let counts = Limits {
        handles: count(&entry.handles, 1..=10_000_000, base.handles),
        emitted_batches: count(&entry.emitted_batches, 1..=10_000_000, base.emitted_batches),
        emitted_rows: count(&entry.emitted_rows, 1..=1_000_000_000, base.emitted_rows),
        emitted_rows_floor: count(&entry.emitted_rows_floor, 0..=1_000_000_000_000, base.emitted_rows_floor),
        logs: count(&entry.logs, 0..=100_000, base.logs),
        spans: count(&entry.spans, 0..=100_000, base.spans),
        ..sizes
    };
    Limits { call_timeout_ms: time(entry.call_timeout.as_ref(), base.call_timeout_ms, problems), ..counts }
}

/// The limits of loading a plugin.
pub(super) fn of_loading(entry: &LimitsEntry, problems: &mut Problems) -> LoadLimits {
    let base = LoadLimits::default();
    LoadLimits {
        component_bytes: size(entry.component_size.as_ref(), MOST_MEMORY, base.component_bytes, problems),
        compile_time_ms: time(entry.compile_time.as_ref(), base.compile_time_ms, problems),
    }
}

/// A plugin is loaded once for all stages: what limits that has no place in a stage.
pub(super) fn refuse_loading(entry: &LimitsEntry, plugin: &str, problems: &mut Problems) {
    let given = [("component-size", &entry.component_size), ("compile-time", &entry.compile_time)];
    for (key, value) in given {
        if let Some(value) = value {
            problems.add(value.at, format!("`{key}` is no limit of a stage"), |problem| {
                problem
                    .label("a plugin is loaded once for all stages")
                    .help(format!("move it to `plugins.{plugin}.limits`"))
            });
        }
    }
}

fn size(text: Option<&Located<String>>, most: (u64, &str), base: u64, problems: &mut Problems) -> u64 {
    let within = |text: &str| match units::bytes(text)? {
        bytes if bytes > most.0 => Err(most.1.into()),
        bytes => Ok(bytes),
    };
    let help = "write it like \"64KiB\", \"256MiB\" or \"2GiB\"";
    parsed(text, "size", within, help, problems).unwrap_or(base)
}

fn time(text: Option<&Located<String>>, base: u64, problems: &mut Problems) -> u64 {
    let help = "write it like \"500ms\", \"30s\" or \"5m\"";
    parsed(text, "time", units::milliseconds, help, problems).unwrap_or(base)
}

fn count(
    number: Option<&Located<u64>>,
    within: RangeInclusive<u64>,
    base: u64,
    problems: &mut Problems,
) -> u64 {
    let Some(number) = number else { return base };
    if !within.contains(number) {
        let label = if number.value == 0 { "more than nothing is needed" } else { "too much" };
        problems.add(number.at, format!("bad count `{number}`"), |problem| {
            problem.label(label).help(format!("write a number from {} to {}", within.start(), within.end()))
        });
    }
    number.value
}
