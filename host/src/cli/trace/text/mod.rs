//! A run on a terminal of 80 columns.

mod errors;
mod map;
mod stages;
mod waterfall;

use anstyle::Style;
use chrono::DateTime;

use super::run::State;
use super::story::Story;
use crate::cli::format::{count, milliseconds};
use crate::cli::text::{BAD, CHANGED, FAINT, GOOD, STRONG, plain, plural, styled, width};

/// Columns of the terminal.
const WIDTH: usize = 80;

/// All of it.
pub(super) fn text(story: &Story, verbose: bool) -> String {
    let parts = [
        header(story),
        section("Map", &map::text(&story.run)),
        section("Time", &waterfall::text(story, verbose)),
        section("Critical path", &waterfall::path(story, verbose)),
        section("Stages", &stages::text(story, verbose)),
        section("What went wrong", &errors::text(story, verbose)),
    ];
    parts.concat()
}

fn section(title: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n{}\n{text}", styled(STRONG, title)) }
}

fn header(story: &Story) -> String {
    let (run, trace) = (&story.run, &story.run.trace);
    let time = milliseconds(run.duration_ms);
    let word = if run.status == State::Succeeded { "in" } else { "after" };
    let ended = format!("{} {word} {time}", styled(style(run.status), name(run.status)));
    let mut lines = vec![format!("{} {ended}\n", styled(STRONG, &plain(&run.pipeline)))];
    let mut fact = |name: &str, value: &str| lines.push(format!("  {name:8} {value}\n"));
    fact("run", &format!("{}, {}", plain(&run.id), started(&run.started)));
    if let Some(replay) = replay(story) {
        fact("replay", &plain(&replay));
    }
    fact("trace", &format!("{}  X-Ray", plain(&trace.xray_trace_id)));
    fact("", &format!("{}     W3C", plain(&trace.trace_id)));
    if let Some(console) = &story.console {
        fact("console", console);
    }
    let threads = plural(run.threads, "thread");
    fact(
        "host",
        &format!("{}, {threads}, batches of {} rows", plain(&run.host_version), count(run.batch_rows as u64)),
    );
    fact("spans", &spans(story));
    lines.concat()
}

/// Whose rejected rows the run had.
pub(super) fn replay(story: &Story) -> Option<String> {
    let runs = story.run.jobs.iter().flat_map(|job| job.replay_of.iter().map(String::as_str));
    let runs = runs.collect::<Vec<_>>().join(", ");
    (!runs.is_empty()).then(|| format!("of what {runs} rejected"))
}

/// What became of the spans.
pub(super) fn spans(story: &Story) -> String {
    let trace = &story.run.trace;
    let mut facts = vec![format!("{} recorded", count(story.spans.all.len() as u64))];
    if !trace.sampled {
        let by = trace.sampling_rule.as_deref().map(|rule| format!(", by the rule `{}`", plain(rule)));
        facts.push(format!("the trace is not sampled{}", by.unwrap_or_default()));
    }
    if let Some(endpoint) = &trace.endpoint {
        facts.push(format!("{} sent to {}", count(trace.exported), plain(endpoint)));
    }
    for (lost, what) in [(trace.record_dropped, "not recorded"), (trace.export_dropped, "not sent")] {
        if lost > 0 {
            facts.push(format!("{} {what}", count(lost)));
        }
    }
    facts.join(", ")
}

/// `2022-12-31 20:15:03 UTC`; as it is where it is no time.
pub(super) fn started(text: &str) -> String {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => plain(text),
    }
}

pub(super) fn name(state: State) -> &'static str {
    match state {
        State::Succeeded => "succeeded",
        State::Failed => "failed",
        State::Interrupted => "interrupted",
        State::Skipped => "did not begin",
        State::Unknown => "ended",
    }
}

/// A sign that needs no colour.
pub(super) fn sign(state: State) -> &'static str {
    match state {
        State::Succeeded => "✓",
        State::Failed => "✗",
        State::Interrupted => "!",
        State::Skipped => "○",
        State::Unknown => "?",
    }
}

pub(super) fn style(state: State) -> Style {
    match state {
        State::Succeeded => GOOD,
        State::Failed => BAD,
        State::Interrupted => CHANGED,
        State::Skipped | State::Unknown => FAINT,
    }
}

/// `text` in exactly so many columns.
fn fit(text: &str, columns: usize) -> String {
    format!("{:columns$}", cut(text, columns))
}

/// `text` in so many columns at most.
fn cut(text: &str, columns: usize) -> String {
    let text = plain(text);
    if width(&text) <= columns {
        return text;
    }
    let kept = text.chars().take(columns.saturating_sub(1)).collect::<String>();
    format!("{kept}…")
}
