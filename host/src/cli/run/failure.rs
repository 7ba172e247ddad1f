//! Why a run failed.

use std::path::Path;

use etl_engine::{FailureKind, Report};

use crate::cli::printer::Printer;
use crate::cli::text::{FAINT, plain, styled};

/// Frames of the guest that are shown unless all are wanted.
const INNERMOST: usize = 5;

/// Tells why the run failed, and where to read on; nothing where it did not.
pub(super) fn tell(report: &Report, record: Option<&Path>, printer: Printer) {
    let Some(failure) = &report.failure else { return };
    match failure.kind {
        FailureKind::Interrupted => {
            printer.interrupted(&format!("nothing of job `{}` is written", failure.job));
        }
        FailureKind::Internal => {
            printer.problem(&failure.diagnostic);
            printer.bug(&failure.message, None);
        }
        _ => printer.problem(&failure.diagnostic),
    }
    printer.more(&frames(&failure.backtrace, if printer.verbose() { usize::MAX } else { INNERMOST }));
    if let Some(record) = record {
        printer.more(&format!("record  {}\n", record.display()));
    }
}

fn frames(backtrace: &[String], most: usize) -> String {
    if backtrace.is_empty() {
        return String::new();
    }
    let mut text = String::from("in the plugin, innermost first:\n");
    text.extend(backtrace.iter().take(most).map(|frame| format!("  {}\n", plain(frame))));
    if let Some(more) = backtrace.len().checked_sub(most).filter(|more| *more > 0) {
        text.push_str(&styled(FAINT, &format!("  … and {more} more: --verbose shows them")));
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::frames;

    #[test]
    fn the_innermost_frames_are_shown() {
        let backtrace =
            ["core::panicking::panic", "hostile::trap", "etl_sdk::process"].map(ToOwned::to_owned);
        insta::assert_snapshot!(anstream::adapter::strip_str(&frames(&backtrace, 2)), @r"
        in the plugin, innermost first:
          core::panicking::panic
          hostile::trap
          … and 1 more: --verbose shows them
        ");
        assert!(!frames(&backtrace, 3).contains("more"));
        assert_eq!(frames(&[], 3), "");
    }
}
