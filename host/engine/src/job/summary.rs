//! What a job's span says of the whole job: what a trace is found by.

use std::collections::HashSet;

use etl_trace::{Span, attributes};

use crate::Failure;
use crate::report::{OutputReport, RejectsReport, SourceReport, StageReport};

/// Digits of a digest that tell one version of a plugin from another.
const DIGITS: usize = 12;
/// X-Ray indexes no longer text.
const MOST_TEXT: usize = 1000;

/// Sums a job up on its span.
pub(super) fn sum_up(
    span: &Span,
    source: &SourceReport,
    stages: &[StageReport],
    outputs: &[OutputReport],
    failure: Option<&Failure>,
) {
    span.set(attributes::JOB_ROWS_IN, source.rows);
    span.set(attributes::JOB_ROWS_OUT, outputs.last().map_or(0, |output| output.rows));
    if !stages.is_empty() {
        span.set(attributes::JOB_STAGES, joined(", ", stages.iter().map(|stage| stage.name.clone())));
        span.set(attributes::JOB_PLUGINS, plugins(stages));
    }
    let slowest = stages.iter().max_by(|one, other| one.in_calls_ms().total_cmp(&other.in_calls_ms()));
    if let Some(slowest) = slowest.filter(|stage| stage.calls > 0) {
        span.set(attributes::JOB_SLOWEST_STAGE, slowest.name.as_str());
        span.set(attributes::JOB_SLOWEST_PLUGIN, slowest.plugin.as_str());
        span.set(attributes::JOB_SLOWEST_MS, slowest.in_calls_ms());
    }
    let Some(failure) = failure else { return };
    span.set(attributes::JOB_FAILED_KIND, failure.kind.as_str());
    if let Some(stage) = stages.iter().find(|stage| failure.stage.as_ref() == Some(&stage.name)) {
        span.set(attributes::JOB_FAILED_STAGE, stage.name.as_str());
        span.set(attributes::JOB_FAILED_PLUGIN, stage.plugin.as_str());
        span.set(attributes::JOB_FAILED_OPERATION, stage.operation.as_str());
    }
}

/// Tells what a job bore with, where it did.
pub(super) fn sum_up_faults(span: &Span, rejects: &RejectsReport, stages: &[StageReport]) {
    let retries = stages.iter().map(|stage| stage.retries).sum::<u64>();
    for (name, count) in [(attributes::JOB_REJECTED, rejects.rows), (attributes::JOB_RETRIES, retries)] {
        if count > 0 {
            span.set(name, count);
        }
    }
}

/// `clean@0123456789ab process@…`, each plugin once.
fn plugins(stages: &[StageReport]) -> String {
    let plugin = |stage: &StageReport| {
        let digits = stage.digest.trim_start_matches("sha256:");
        format!("{}@{}", stage.plugin, digits.get(..DIGITS).unwrap_or(digits))
    };
    joined(" ", stages.iter().map(plugin))
}

/// What is found by a part of it: each name once, and as many as X-Ray indexes.
fn joined(between: &str, names: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    let mut seen = HashSet::new();
    let mut left = MOST_TEXT;
    for name in names {
        let longer = name.chars().count() + between.len();
        if longer <= left && seen.insert(name.clone()) {
            left -= longer;
            text.extend([if text.is_empty() { "" } else { between }, &name]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{StageReport, joined, plugins};

    #[test]
    fn every_plugin_is_told_once_with_its_version() {
        let stage = |plugin: &str, digest: &str| StageReport {
            plugin: plugin.into(),
            digest: digest.into(),
            ..StageReport::default()
        };
        let stages = [
            stage("clean", "sha256:0123456789abcdef"),
            stage("process", "sha256:ff"),
            stage("clean", "sha256:0123456789abcdef"),
        ];
        assert_eq!(plugins(&stages), "clean@0123456789ab process@ff");
        let many = (0..200).map(|number| stage(&format!("plugin-{number}"), "sha256:0123456789abcdef"));
        assert!(plugins(&many.collect::<Vec<_>>()).len() <= 1000);
    }

    #[test]
    fn names_are_told_whole_or_not_at_all() {
        let stages = ["Preise".to_owned(), "ß".repeat(995), "Ränge".to_owned(), "No".to_owned()];
        assert_eq!(joined(", ", stages.into_iter()), "Preise, Ränge, No");
        let most = ["ß".repeat(990), "Ränge!".to_owned(), "Ränge".to_owned()];
        assert_eq!(joined(", ", most.into_iter()).chars().count(), 990 + 2 + 6);
    }
}
