//! The limits of pipeline.toml as the runtime knows them.

use std::time::Duration;

use etl_pipeline::{Pipeline, Stage};
use etl_plugin::{CallError, LimitKind, Limits, LoadLimits};

/// The limits of a stage: its own, else its plugin's.
pub(super) fn told(pipeline: &Pipeline, stage: &Stage) -> etl_pipeline::Limits {
    let plugin = pipeline.plugins.get(&stage.run.plugin).map(|plugin| plugin.limits);
    stage.limits.or(plugin).unwrap_or_default()
}

pub(super) fn of_instance(limits: &etl_pipeline::Limits) -> Limits {
    Limits {
        memory_bytes: limits.memory_bytes,
        call_timeout: Duration::from_millis(limits.call_timeout_ms),
        handles: size(limits.handles),
        host_call_bytes: size(limits.host_call_bytes),
        retained_bytes: limits.retained_memory_bytes,
        emitted_batches: size(limits.emitted_batches),
        emitted_rows: limits.emitted_rows,
        emitted_rows_floor: limits.emitted_rows_floor,
        logs: size(limits.logs),
        spans: size(limits.spans),
        telemetry_bytes: size(limits.telemetry_bytes),
        error_bytes: size(limits.error_bytes),
    }
}

pub(super) fn of_loading(limits: etl_pipeline::LoadLimits) -> LoadLimits {
    LoadLimits {
        component_bytes: limits.component_bytes,
        compile_time: Duration::from_millis(limits.compile_time_ms),
    }
}

/// How to mend a call that a limit ended.
pub(super) fn hint(error: &CallError) -> Option<String> {
    let limit = error.limit()?;
    let more = if limit == LimitKind::EmittedRows { " or `limits.emitted-rows-floor`" } else { "" };
    Some(format!("raise `limits.{}`{more} of the plugin or the stage", limit.key()))
}

/// More than a pointer can count is more than there can be.
fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_crates_have_the_same_defaults() {
        assert_eq!(of_instance(&etl_pipeline::Limits::default()), Limits::default());
        assert_eq!(of_loading(etl_pipeline::LoadLimits::default()), LoadLimits::default());
    }
}
