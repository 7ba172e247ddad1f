//! The trace map, from top to bottom.

use super::{name, sign, style};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::{FAINT, STRONG, plain, plural, styled};
use crate::cli::trace::map::{Link, chains};
use crate::cli::trace::run::{Output, Run, State};

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
    if let Some(output) = link.output {
        lines.push(edge("▼", output.rows));
        lines.push(format!("  {}\n", place(output)));
    }
    lines.concat()
}

fn edge(tip: &str, rows: u64) -> String {
    format!("  {tip} {} rows\n", count(rows))
}

fn port(output: &Output) -> String {
    let name = output.port.as_ref().map_or("", |(_, port)| port);
    format!("  ├─ {} rows, port {} ▶ {}\n", count(output.rows), plain(name), place(output))
}

fn place(output: &Output) -> String {
    let facts = format!("{}, {}", plural(output.files, "file"), bytes(output.bytes));
    format!("{}  {}", plain(&output.url), styled(FAINT, &facts))
}
