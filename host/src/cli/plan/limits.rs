//! What an instance of a stage may use, as pipeline.toml writes it.

use etl_pipeline::Limits;

/// All limits, to be copied.
pub(super) fn limits(limits: &Limits) -> String {
    let Limits {
        memory_bytes,
        call_timeout_ms,
        handles,
        host_call_bytes,
        retained_memory_bytes,
        emitted_batches,
        emitted_rows,
        emitted_rows_floor,
        logs,
        spans,
        telemetry_bytes,
        error_bytes,
    } = *limits;
    let all = [
        ("memory", size(memory_bytes)),
        ("call-timeout", time(call_timeout_ms)),
        ("handles", handles.to_string()),
        ("host-call-bytes", size(host_call_bytes)),
        ("retained-memory", size(retained_memory_bytes)),
        ("emitted-batches", emitted_batches.to_string()),
        ("emitted-rows", emitted_rows.to_string()),
        ("emitted-rows-floor", emitted_rows_floor.to_string()),
        ("logs", logs.to_string()),
        ("spans", spans.to_string()),
        ("telemetry-bytes", size(telemetry_bytes)),
        ("error-bytes", size(error_bytes)),
    ];
    let all = all.map(|(key, value)| format!("{key} = {value}"));
    format!("limits = {{ {} }}", all.join(", "))
}

fn size(bytes: u64) -> String {
    quantity(bytes, &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)])
}

fn time(milliseconds: u64) -> String {
    quantity(milliseconds, &[("m", 60_000), ("s", 1_000), ("ms", 1)])
}

/// In the largest unit that leaves no fraction.
fn quantity(amount: u64, units: &[(&str, u64)]) -> String {
    let unit = units.iter().find(|(_, size)| amount.is_multiple_of(*size));
    unit.map_or_else(|| amount.to_string(), |(unit, size)| format!("\"{}{unit}\"", amount / size))
}
