//! What each stage did and cost.

use std::collections::BTreeSet;

use anstyle::Style;

use super::{WIDTH, fit, sign, style};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::{FAINT, STRONG, plain, styled, wrap_at};
use crate::cli::trace::run::{Job, Stage, State};
use crate::cli::trace::story::Story;

const NAMES: usize = 32;

/// A table for each job that began. Of a stage the second line says what ran it, and what it moved and held.
pub(super) fn text(story: &Story, verbose: bool) -> String {
    let all = story.run.guest_ms();
    let began = story.run.jobs.iter().filter(|job| !job.stages.is_empty());
    began.map(|job| table(story, job, all, verbose)).collect::<Vec<_>>().concat()
}

fn table(story: &Story, job: &Job, all: f64, verbose: bool) -> String {
    let title = format!("{} {}", sign(job.status), job.name);
    let style = if job.status == State::Succeeded { STRONG } else { style(job.status).bold() };
    let mut lines = vec![row(style, &title, ["rows in", "rows out", "calls", "in plugin", "share"])];
    for stage in &job.stages {
        let share = if all > 0.0 { stage.guest_ms / all * 100.0 } else { 0.0 };
        let cells = [
            count(stage.rows_in),
            count(stage.rows_out),
            count(stage.calls),
            milliseconds(stage.guest_ms),
            format!("{share:.0} %"),
        ];
        lines.push(row(Style::new(), &format!("  {}", stage.name), cells.each_ref().map(String::as_str)));
        lines.push(details(stage));
        if verbose {
            lines.push(more(story, job, stage));
        }
    }
    lines.push(versions(job));
    lines.concat()
}

fn row(style: Style, name: &str, cells: [&str; 5]) -> String {
    let [one, two, three, four, five] = cells;
    let line = format!("{}{one:>11}{two:>11}{three:>8}{four:>11}{five:>7}", fit(name, NAMES));
    styled(style, line.trim_end()) + "\n"
}

fn details(stage: &Stage) -> String {
    aside([
        format!("{}/{}", stage.plugin, stage.operation),
        format!("{} ×{}", stage.shape, stage.workers),
        format!("read {}", bytes(stage.bytes_in)),
        format!("wrote {}", bytes(stage.bytes_out)),
        format!("held {}", bytes(stage.memory_peak)),
    ])
}

/// The versions of the plugins, each once: all stages of a plugin run the same.
fn versions(job: &Job) -> String {
    let version = |stage: &Stage| (stage.plugin.clone(), stage.version().to_owned());
    let versions = job.stages.iter().map(version).collect::<BTreeSet<_>>();
    let versions = versions.iter().map(|(plugin, version)| format!("plugin {plugin}@{version}"));
    aside(versions)
}

/// The slowest call, the plugin's own counters, and what became of the columns.
fn more(story: &Story, job: &Job, stage: &Stage) -> String {
    let mut facts = vec![format!("slowest {}", milliseconds(stage.slowest_ms))];
    facts.extend(stage.counts.iter().map(|(name, value)| format!("{name} {}", count(*value))));
    let changes =
        story.plan.as_ref().and_then(|plan| plan.changes(&job.name, &stage.name)).unwrap_or_default();
    for (sign, columns) in [("+", changes.new), ("~", changes.other), ("-", changes.gone)] {
        facts.extend(columns.iter().map(|column| format!("{sign} {column}")));
    }
    aside(facts)
}

fn aside(facts: impl IntoIterator<Item = String>) -> String {
    let facts =
        facts.into_iter().map(|fact| plain(&fact).replace(' ', "\u{a0}")).collect::<Vec<_>>().join(", ");
    // Facts are kept whole by spaces that do not break, which then become plain ones.
    let wrapped = wrap_at(WIDTH, facts.split(' '), 4).replace('\u{a0}', " ");
    format!("    {}\n", styled(FAINT, &wrapped))
}
