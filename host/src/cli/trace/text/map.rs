//! The trace map, from top to bottom.

use super::{WIDTH, cut, name, sign, style};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::{CHANGED, FAINT, STRONG, plain, plural, styled};
use crate::cli::trace::map::{Link, chains};
use crate::cli::trace::run::{Job, Output, Run, State};

/// Reasons of rejects that are told.
const REASONS: usize = 3;

/// The map of a run.
pub(super) fn text(run: &Run) -> String {
    let chain = |chain: &Vec<Link<'_>>| chain.iter().map(link).collect::<Vec<_>>().concat();
    chains(run).iter().map(chain).collect::<Vec<_>>().join("\n")
}

fn link(link: &Link<'_>) -> String {
    let job = link.job;
    let mut lines = Vec::new();
    if let Some(source) = link.source {
        let facts = format!("{}, {}, {}", source.kind, plural(source.files, "file"), bytes(source.bytes));
        lines.push(format!("  {}  {}\n", plain(&source.url), styled(FAINT, &facts)));
    }
    let began = job.status != State::Skipped;
    lines.push(if began { edge("▼", job.source.rows) } else { format!("  {}\n", styled(FAINT, "╎")) });
    let mut facts = vec![name(job.status).to_owned()];
    if began {
        facts.extend([milliseconds(job.duration_ms), plural(job.stages.len(), "stage")]);
    }
    let sign = styled(style(job.status), sign(job.status));
    lines.push(format!("  {sign} {}  {}\n", styled(STRONG, &plain(&job.name)), facts.join(", ")));
    lines.extend(link.ports.iter().map(|output| port(output)));
    lines.extend(rejects(job));
    if let Some(output) = link.output {
        lines.push(edge("▼", output.rows));
        lines.push(format!("  {}\n", place(output)));
    }
    lines.concat()
}

fn edge(tip: &str, rows: u64) -> String {
    format!("  {tip} {}\n", plural_rows(rows))
}

fn port(output: &Output) -> String {
    let name = output.port.as_ref().map_or("", |(_, port)| port);
    format!("  ├─ {}, port {} ▶ {}\n", plural_rows(output.rows), plain(name), place(output))
}

/// What was put aside, and where it is: of a job that failed, nowhere.
fn rejects(job: &Job) -> Vec<String> {
    if job.rejects.rows == 0 {
        return Vec::new();
    }
    let rows = styled(CHANGED, &format!("{} rejected", plural_rows(job.rejects.rows)));
    let to = job.rejects.output.as_ref().map(|output| format!(" ▶ {}", place(output)));
    let mut lines = vec![format!("  ├─ {rows}{}\n", to.unwrap_or_default())];
    let more = job.reasons().len().saturating_sub(REASONS);
    lines.extend(job.reasons().iter().take(REASONS).map(|reason| reason_line(&plain(reason))));
    lines.extend((more > 0).then(|| reason_line(&format!("and for {} more", plural(more, "reason")))));
    lines
}

fn reason_line(text: &str) -> String {
    format!("  │    {}\n", styled(FAINT, &cut(text, WIDTH - 7)))
}

fn plural_rows(rows: u64) -> String {
    format!("{} {}", count(rows), if rows == 1 { "row" } else { "rows" })
}

fn place(output: &Output) -> String {
    let facts = format!("{}, {}", plural(output.files, "file"), bytes(output.bytes));
    format!("{}  {}", plain(&output.url), styled(FAINT, &facts))
}
