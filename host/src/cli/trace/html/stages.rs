//! What each stage did and cost.

use super::{class, escape};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::plural;
use crate::cli::trace::run::{Job, Stage};
use crate::cli::trace::story::Story;
use crate::cli::trace::text::sign;

const HEADINGS: [&str; 9] =
    ["rows in", "rows out", "calls", "in plugin", "share", "slowest", "read", "written", "memory"];

pub(super) fn stages(story: &Story) -> String {
    let stages = story.run.jobs.iter().flat_map(|job| &job.stages);
    let most = stages.map(|stage| stage.guest_ms).fold(0.0, f64::max);
    let all = [story.run.guest_ms(), most];
    let began = story.run.jobs.iter().filter(|job| !job.stages.is_empty());
    began.map(|job| table(story, job, all)).collect::<Vec<_>>().concat()
}

fn table(story: &Story, job: &Job, all: [f64; 2]) -> String {
    let headings = HEADINGS.map(|heading| format!("<th scope=\"col\">{heading}</th>")).concat();
    let title = format!(
        "<span class=\"sign {}\">{}</span> {}",
        class(job.status),
        sign(job.status),
        escape(&job.name)
    );
    let rows = job.stages.iter().map(|stage| row(story, job, stage, all)).collect::<Vec<_>>();
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">{title}</th>{headings}</tr></thead>\n<tbody>\n{}\
         </tbody>\n</table></div>\n",
        rows.concat()
    )
}

/// `all` is the time inside plugins of all stages, and of the stage that has most of it.
fn row(story: &Story, job: &Job, stage: &Stage, all: [f64; 2]) -> String {
    let [share, of_most] = all.map(|all| if all > 0.0 { stage.guest_ms / all * 100.0 } else { 0.0 });
    let cells = [
        count(stage.rows_in),
        count(stage.rows_out),
        count(stage.calls),
        milliseconds(stage.guest_ms),
        format!("<span class=\"meter\" style=\"--share:{of_most:.1}%\">{share:.0} %</span>"),
        milliseconds(stage.slowest_ms),
        bytes(stage.bytes_in),
        bytes(stage.bytes_out),
        bytes(stage.memory_peak),
    ];
    let cells = cells.map(|cell| format!("<td>{cell}</td>")).concat();
    let run = format!("{}/{}@{}", stage.plugin, stage.operation, stage.version());
    let failed = story.stage(&job.name, &stage.name).is_some_and(|place| story.spans.all[place].failed);
    let class = if failed { " class=\"failed\"" } else { "" };
    format!(
        "<tr{class}><th scope=\"row\">{}<small title=\"{}\">{}, {} ×{}</small>{}</th>{cells}</tr>\n",
        escape(&stage.name),
        escape(&stage.digest),
        escape(&run),
        escape(&stage.shape),
        stage.workers,
        more(story, job, stage)
    )
}

/// What became of the columns, and the plugin's own counters.
fn more(story: &Story, job: &Job, stage: &Stage) -> String {
    let changes =
        story.plan.as_ref().and_then(|plan| plan.changes(&job.name, &stage.name)).unwrap_or_default();
    let kinds = [("good", "+", changes.new), ("warn", "~", changes.other), ("bad", "-", changes.gone)];
    let mut lines = Vec::new();
    let mut columns = 0;
    for (class, sign, changed) in kinds {
        columns += changed.len();
        let line = |column: &String| format!("<li class=\"{class}\">{sign} {}</li>", escape(column));
        lines.extend(changed.iter().map(line));
    }
    let counts =
        stage.counts.iter().map(|(name, value)| format!("<li>{} {}</li>", escape(name), count(*value)));
    lines.extend(counts);
    if lines.is_empty() {
        return String::new();
    }
    let none = columns == 0;
    let counted = format!("{} counted", stage.counts.len());
    let title = match (plural(columns, "column") + " changed", stage.counts.is_empty()) {
        (columns, true) => columns,
        (_, false) if none => counted,
        (columns, false) => format!("{columns}, {counted}"),
    };
    format!("<details><summary>{title}</summary><ul>{}</ul></details>", lines.concat())
}
