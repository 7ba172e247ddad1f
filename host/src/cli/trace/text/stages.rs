//! What each stage did and cost.

use std::collections::BTreeSet;

use anstyle::Style;

use super::{WIDTH, fit, sign, style};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::{CHANGED, FAINT, STRONG, plain, styled, wrap_at};
use crate::cli::trace::cost::PARTS;
use crate::cli::trace::run::{Job, Stage, State};
use crate::cli::trace::story::Story;

const NAMES: usize = 32;

/// A table for each job that began. Below the numbers of a stage stand what its time went to, what it moved and held, and
/// what it bore with.
pub(super) fn text(story: &Story, verbose: bool) -> String {
    let all = story.run.time_ms();
    let began = story.run.jobs.iter().filter(|job| !job.stages.is_empty());
    began.map(|job| table(story, job, all, verbose)).collect::<Vec<_>>().join("\n")
}

fn table(story: &Story, job: &Job, all: f64, verbose: bool) -> String {
    let title = format!("{} {}", sign(job.status), job.name);
    let style = if job.status == State::Succeeded { STRONG } else { style(job.status).bold() };
    let mut lines = vec![row(style, &title, ["rows in", "rows out", "calls", "time", "share"])];
    if job.stages.iter().any(|stage| stage.parts().is_some()) {
        let [plugin, boundary, host, io] = PARTS;
        lines.push(row(FAINT, "", [plugin, boundary, host, io, ""]));
    }
    lines.extend(job.source.io_ms.map(|time| data("read", ["", &count(job.source.rows)], time)));
    for stage in &job.stages {
        if stage.calls == 0 {
            lines.push(row(FAINT, &format!("  {}", stage.name), ["", "", "0", "", ""]));
            continue;
        }
        let share = if all > 0.0 { stage.time_ms() / all * 100.0 } else { 0.0 };
        let cells = [
            count(stage.rows_in),
            count(stage.rows_out),
            count(stage.calls),
            milliseconds(stage.time_ms()),
            format!("{share:.0} %"),
        ];
        lines.push(row(Style::new(), &format!("  {}", stage.name), cells.each_ref().map(String::as_str)));
        lines.extend(split(stage));
        lines.push(details(stage));
        lines.extend(bore(stage));
        if verbose {
            lines.push(more(story, job, stage));
        }
    }
    let written = job.outputs.iter().map(|output| output.rows).sum::<u64>();
    lines.extend(job.write_ms.map(|time| data("write", [&count(written), ""], time)));
    lines.extend(memory(job));
    lines.push(versions(job));
    lines.concat()
}

fn row(style: Style, name: &str, cells: [&str; 5]) -> String {
    let [one, two, three, four, five] = cells;
    let line = format!("{}{one:>11}{two:>11}{three:>9}{four:>10}{five:>7}", fit(name, NAMES));
    styled(style, line.trim_end()) + "\n"
}

/// Reading or writing, which is I/O altogether.
fn data(name: &str, [rows_in, rows_out]: [&str; 2], time: f64) -> String {
    row(Style::new(), &format!("  {name}"), [rows_in, rows_out, "", &milliseconds(time), "I/O"])
}

/// The operation, and what the time went to, each in its column.
fn split(stage: &Stage) -> Option<String> {
    let [plugin, boundary, host, io] = stage.parts()?.map(milliseconds);
    let name = format!("    {}", operation(stage));
    Some(row(FAINT, &name, [&plugin, &boundary, &host, &io, ""]))
}

fn details(stage: &Stage) -> String {
    let operation = stage.parts().is_none().then(|| operation(stage));
    let facts = [
        format!("{} ×{}", stage.shape, stage.workers),
        format!("read {}", bytes(stage.bytes_in)),
        format!("wrote {}", bytes(stage.bytes_out)),
        held("memory", stage.memory_peak, stage.memory_limit),
    ];
    aside(FAINT, operation.into_iter().chain(facts))
}

fn operation(stage: &Stage) -> String {
    format!("{}/{}", stage.plugin, stage.operation)
}

fn held(what: &str, peak: u64, limit: u64) -> String {
    let limit = if limit > 0 { format!(" of {}", bytes(limit)) } else { String::new() };
    format!("{what} {}{limit}", bytes(peak))
}

fn bore(stage: &Stage) -> Option<String> {
    let facts = stage.bore();
    (!facts.is_empty()).then(|| aside(CHANGED, facts))
}

/// What the job had of the run's memory, where that is known.
fn memory(job: &Job) -> Option<String> {
    let spilled = (job.spilled_bytes > 0).then(|| format!("{} on disk", bytes(job.spilled_bytes)));
    let held = (job.memory_limit > 0).then(|| held("memory of the job", job.memory_peak, job.memory_limit));
    let facts = held.into_iter().chain(spilled).collect::<Vec<_>>();
    (!facts.is_empty()).then(|| aside(FAINT, facts))
}

/// The versions of the plugins, each once: all stages of a plugin run the same.
fn versions(job: &Job) -> String {
    let version = |stage: &Stage| (stage.plugin.clone(), stage.version().to_owned());
    let versions = job.stages.iter().map(version).collect::<BTreeSet<_>>();
    let versions = versions.iter().map(|(plugin, version)| format!("plugin {plugin}@{version}"));
    aside(FAINT, versions)
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
    aside(FAINT, facts)
}

fn aside(style: Style, facts: impl IntoIterator<Item = String>) -> String {
    let facts =
        facts.into_iter().map(|fact| plain(&fact).replace(' ', "\u{a0}")).collect::<Vec<_>>().join(", ");
    // Facts are kept whole by spaces that do not break, which then become plain ones.
    let wrapped = wrap_at(WIDTH, facts.split(' '), 4).replace('\u{a0}', " ");
    format!("    {}\n", styled(style, &wrapped))
}
