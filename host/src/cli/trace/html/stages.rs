//! What each stage did and cost.

use super::{class, escape};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::plural;
use crate::cli::trace::cost::PARTS;
use crate::cli::trace::run::{Job, Stage};
use crate::cli::trace::story::Story;
use crate::cli::trace::text::sign;

/// What each column holds; those of the time's parts are its legend too.
const BEFORE: [&str; 4] = ["rows in", "rows out", "calls", "time"];
const AFTER: [&str; 4] = ["slowest", "read", "written", "memory"];
/// The classes of [`PARTS`].
const CLASSES: [&str; 4] = ["guest", "boundary", "host", "io"];

pub(super) fn stages(story: &Story) -> String {
    let stages = story.run.jobs.iter().flat_map(|job| &job.stages);
    let most = stages.map(Stage::time_ms).fold(f64::MIN_POSITIVE, f64::max);
    let began = story.run.jobs.iter().filter(|job| !job.stages.is_empty());
    let tables = began.map(|job| table(story, job, most)).collect::<Vec<_>>();
    if tables.is_empty() {
        return String::new();
    }
    let legend = "<p class=\"legend\">Time is summed over all instances of a stage: in the <b>plugin</b>'s own code, at its \
                  <b>boundary</b> in what it asked of the host, in the <b>host</b> around its calls, and in <b>I/O</b>. \
                  Memory is the largest of an instance, of what it may have.</p>\n";
    tables.concat() + legend
}

fn table(story: &Story, job: &Job, most: f64) -> String {
    let heading = |heading: &str| format!("<th scope=\"col\">{heading}</th>");
    let part = |(part, class)| format!("<th scope=\"col\"><i class=\"{class}\"></i>{part}</th>");
    let headings = [
        BEFORE.map(heading).concat(),
        PARTS.into_iter().zip(CLASSES).map(part).collect::<Vec<_>>().concat(),
        AFTER.map(heading).concat(),
    ];
    let title = format!(
        "<span class=\"sign {}\">{}</span> {}",
        class(job.status),
        sign(job.status),
        escape(&job.name)
    );
    let mut rows = Vec::new();
    rows.extend(
        job.source.io_ms.map(|time| data("read", ["", &count(job.source.rows)], job.source.bytes, time)),
    );
    rows.extend(job.stages.iter().map(|stage| row(story, job, stage, most)));
    let (written, size) =
        job.outputs.iter().fold((0, 0), |(rows, size), output| (rows + output.rows, size + output.bytes));
    rows.extend(job.write_ms.map(|time| data("write", [&count(written), ""], size, time)));
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">{title}</th>{}</tr></thead>\n<tbody>\n{}\
         </tbody>\n</table></div>\n{}",
        headings.concat(),
        rows.concat(),
        memory(job)
    )
}

/// Reading or writing, which is I/O altogether.
fn data(name: &str, [rows_in, rows_out]: [&str; 2], size: u64, time: f64) -> String {
    let (time, size) = (milliseconds(time), bytes(size));
    let [read, written] = if name == "read" { [size.as_str(), ""] } else { ["", size.as_str()] };
    let cells = [rows_in, rows_out, "", &time, "", "", "", &time, "", read, written, ""];
    let cells = cells.map(|cell| format!("<td>{cell}</td>")).concat();
    format!("<tr class=\"data\"><th scope=\"row\">{name}</th>{cells}</tr>\n")
}

/// `most` is the time of the stage that has most of it.
fn row(story: &Story, job: &Job, stage: &Stage, most: f64) -> String {
    if stage.calls == 0 {
        let name = escape(&stage.name);
        return format!(
            "<tr class=\"data\"><th scope=\"row\">{name}<small>did not begin</small></th>{}</tr>\n",
            "<td></td>".repeat(12)
        );
    }
    let parts = stage.parts().map(|parts| parts.map(milliseconds)).unwrap_or_default();
    let before = [count(stage.rows_in), count(stage.rows_out), count(stage.calls), time(stage, most)];
    let after = [
        milliseconds(stage.slowest_ms),
        bytes(stage.bytes_in),
        bytes(stage.bytes_out),
        held(stage.memory_peak, stage.memory_limit),
    ];
    let cells = before.into_iter().chain(parts).chain(after);
    let cells = cells.map(|cell| format!("<td>{cell}</td>")).collect::<Vec<_>>().concat();
    let run = format!("{}/{}@{}", stage.plugin, stage.operation, stage.version());
    let failed = story.stage(&job.name, &stage.name).is_some_and(|place| story.spans.all[place].failed);
    let class = if failed { " class=\"failed\"" } else { "" };
    let bore = stage.bore().join(", ");
    let bore = if bore.is_empty() { bore } else { format!("<small class=\"warn\">{bore}</small>") };
    format!(
        "<tr{class}><th scope=\"row\">{}<small title=\"{}\">{}, {}&nbsp;×{}</small>{bore}{}</th>{cells}</tr>\n",
        escape(&stage.name),
        escape(&stage.digest),
        escape(&run),
        escape(&stage.shape),
        stage.workers,
        more(story, job, stage)
    )
}

/// The time with a bar of its parts, as long as it is of the longest. The columns beside it say the same in numbers.
fn time(stage: &Stage, most: f64) -> String {
    let parts = stage.parts().unwrap_or([stage.guest_ms, 0.0, 0.0, 0.0]);
    let piece = |(time, class): (f64, &str)| {
        format!("<i class=\"{class}\" style=\"width:{:.1}%\"></i>", time / most * 100.0)
    };
    let shown = parts.into_iter().zip(CLASSES).filter(|(time, _)| *time > 0.0);
    let pieces = shown.map(piece).collect::<Vec<_>>().concat();
    let told = PARTS.into_iter().zip(parts).map(|(name, time)| format!("{name} {}", milliseconds(time)));
    let told = told.collect::<Vec<_>>().join(", ");
    format!(
        "{}<span class=\"split\" role=\"img\" aria-label=\"{told}\" title=\"{told}\">{pieces}</span>",
        milliseconds(stage.time_ms())
    )
}

/// Memory against its limit, where that is known.
#[expect(clippy::cast_precision_loss, reason = "it is the width of a bar")]
fn held(peak: u64, limit: u64) -> String {
    if limit == 0 {
        return bytes(peak);
    }
    let share = (peak as f64 / limit as f64 * 100.0).min(100.0);
    format!(
        "<span class=\"meter\" style=\"--share:{share:.1}%\">{} <small>of {}</small></span>",
        bytes(peak),
        bytes(limit)
    )
}

/// What the job had of the run's memory, and what went to disk.
fn memory(job: &Job) -> String {
    if job.memory_limit == 0 {
        return String::new();
    }
    let spilled = match job.spilled_bytes {
        0 => String::new(),
        spilled => format!(", and {} on disk for what did not fit", bytes(spilled)),
    };
    let (peak, limit) = (bytes(job.memory_peak), bytes(job.memory_limit));
    format!("<p class=\"legend\">The job had at most {peak} of its {limit} of memory{spilled}.</p>\n")
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
