//! What went wrong, where, and how to mend it.

use super::WIDTH;
use crate::cli::text::{BAD, FAINT, STRONG, plain, styled, wrap_at};
use crate::cli::trace::run::Failure;
use crate::cli::trace::story::Story;

/// Frames of the guest that are shown unless all are wanted.
const INNERMOST: usize = 8;

/// The failure of the run; nothing where it has none.
pub(super) fn text(story: &Story, verbose: bool) -> String {
    story.run.failure.as_ref().map(|failure| shown(failure, verbose)).unwrap_or_default()
}

fn shown(failure: &Failure, verbose: bool) -> String {
    let message = wrapped(&failure.message, 2);
    let mut lines = vec![format!("  {}\n", styled(BAD, &message))];
    let mut fact = |name: &str, value: &str| {
        lines.push(format!("    {} {value}\n", styled(FAINT, &format!("{name:6}"))));
    };
    fact("kind", &plain(&failure.kind));
    if !failure.location.is_empty() {
        fact("at", &plain(&failure.location));
    }
    let job = plain(&failure.job);
    fact("in", &failure.stage.as_ref().map_or(job.clone(), |stage| format!("{job} / {}", plain(stage))));
    for hint in &failure.hints {
        fact("help", &styled(STRONG, &wrapped(hint, 11)));
    }
    if !failure.backtrace.is_empty() {
        lines.push("    in the plugin, innermost first:\n".to_owned());
    }
    let most = if verbose { usize::MAX } else { INNERMOST };
    lines.extend(failure.backtrace.iter().take(most).map(|frame| format!("      {}\n", plain(frame))));
    if failure.backtrace.len() > most {
        let more = format!("      … and {} more: --verbose shows them", failure.backtrace.len() - most);
        lines.push(styled(FAINT, &more) + "\n");
    }
    lines.concat()
}

fn wrapped(text: &str, indent: usize) -> String {
    wrap_at(WIDTH, plain(text).split(' '), indent)
}
