//! What of the telemetry was lost: told once, at the end.

use etl_trace::{Loss, TraceSummary};

use crate::cli::printer::Printer;
use crate::cli::text::plural;

/// Tells what was lost.
pub(super) fn tell(traced: &TraceSummary, printer: Printer) {
    for loss in losses(traced) {
        printer.warn(loss);
    }
}

fn losses(traced: &TraceSummary) -> Vec<String> {
    let spans = |count: u64| plural(usize::try_from(count).unwrap_or(usize::MAX), "span");
    let mut losses = Vec::new();
    if let Some(error) = &traced.record_error {
        losses.push(format!("the trace is not recorded: {error}"));
    }
    if traced.record_dropped > 0 {
        losses.push(format!("{} not recorded: the record is full", spans(traced.record_dropped)));
    }
    if traced.unfinished > 0 {
        losses.push(format!("{} not recorded: the run was over before they ended", spans(traced.unfinished)));
    }
    if let Some(adoption) = traced.adoption.as_ref().filter(|adoption| adoption.parent.is_none()) {
        let why = adoption.reason.as_deref().unwrap_or("it is not known why");
        losses.push(format!("the run is under the trace header's parent, not under its step: {why}"));
    }
    if traced.export_dropped > 0 {
        let endpoint = traced.endpoint.as_deref().unwrap_or("the collector");
        let why = traced.export_error.as_deref().unwrap_or("there was no time, or no room to wait");
        losses.push(format!("{} did not get to {endpoint}: {why}", spans(traced.export_dropped)));
    } else if let Some(error) = &traced.export_error {
        losses.push(format!("the trace got to the collector with difficulty: {error}"));
    }
    losses.extend(
        traced
            .losses
            .iter()
            .map(|Loss { what, endpoint, why }| format!("{what} did not get to {endpoint}: {why}")),
    );
    losses
}

#[cfg(test)]
mod tests {
    use super::{TraceSummary, losses};

    #[test]
    fn every_loss_is_told_once() {
        assert_eq!(losses(&TraceSummary::default()), Vec::<String>::new());
        let traced = TraceSummary {
            unfinished: 1,
            record_dropped: 1200,
            endpoint: Some("http://localhost:4318/v1/traces".into()),
            export_dropped: 42,
            export_error: Some("connection refused".into()),
            ..TraceSummary::default()
        };
        insta::assert_snapshot!(losses(&traced).join("\n"), @r"
        1,200 spans not recorded: the record is full
        1 span not recorded: the run was over before they ended
        42 spans did not get to http://localhost:4318/v1/traces: connection refused
        ");
    }
}
