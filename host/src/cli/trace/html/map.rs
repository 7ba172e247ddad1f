//! The trace map.

use super::{class, escape};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::plural;
use crate::cli::trace::map::{Link, chains};
use crate::cli::trace::run::{Job, Output, Run, State};
use crate::cli::trace::text::{name, sign};

/// Chains of places and jobs: side by side where there is room, below each other where there is none.
pub(super) fn map(run: &Run) -> String {
    let chain = |chain: &Vec<Link<'_>>| {
        let links = chain.iter().map(link).collect::<Vec<_>>().concat();
        format!("<div class=\"chain\">\n{links}</div>\n")
    };
    chains(run).iter().map(chain).collect::<Vec<_>>().concat()
}

fn link(link: &Link<'_>) -> String {
    let job = link.job;
    let began = job.status != State::Skipped;
    let mut parts = Vec::new();
    if let Some(source) = link.source {
        let facts = format!("{}, {}, {}", source.kind, plural(source.files, "file"), bytes(source.bytes));
        parts.push(node(&source.url, &facts));
    }
    parts.push(edge(" down", began.then_some(job.source.rows), ""));
    let facts = if began {
        format!("{}, {}", milliseconds(job.duration_ms), plural(job.stages.len(), "stage"))
    } else {
        name(job.status).to_owned()
    };
    let node = format!(
        "<div class=\"node job {}\"><b><span class=\"sign\">{}</span> {}</b><small>{facts}</small></div>\n",
        class(job.status),
        sign(job.status),
        escape(&job.name)
    );
    let main = link.output.map(|output| branch("branch", " down", output, ""));
    let others = link.ports.iter().map(|output| {
        let port = output.port.as_ref().map_or("", |(_, port)| port);
        branch("branch side", "", output, &format!("port {port}"))
    });
    let outputs = main.into_iter().chain(others).chain(rejects(job)).collect::<Vec<_>>();
    // A job stays beside its outputs, wherever the line breaks.
    parts.push(if outputs.is_empty() {
        node
    } else {
        format!("<div class=\"step\">\n{node}<div class=\"branches\">\n{}</div>\n</div>\n", outputs.concat())
    });
    parts.concat()
}

/// What was put aside, as a branch of its own: with its place, or of a job that failed with none.
fn rejects(job: &Job) -> Option<String> {
    let (rows, reasons) = (job.rejects.rows, job.reasons().join(", "));
    let to = match &job.rejects.output {
        Some(output) => place_of(output),
        None => node("not written", "the job failed"),
    };
    let parts = [edge("", Some(rows), "rejected"), to];
    let html = format!(
        "<div class=\"branch side rejects\" title=\"{}\">\n{}</div>\n",
        escape(&reasons),
        parts.concat()
    );
    (rows > 0).then_some(html)
}

fn branch(class: &str, way: &str, output: &Output, note: &str) -> String {
    let parts = [edge(way, Some(output.rows), note), place_of(output)];
    format!("<div class=\"{class}\">\n{}</div>\n", parts.concat())
}

fn place_of(output: &Output) -> String {
    node(&output.url, &format!("{}, {}", plural(output.files, "file"), bytes(output.bytes)))
}

fn node(url: &str, facts: &str) -> String {
    format!("<div class=\"node\"><b>{}</b><small>{}</small></div>\n", escape(url), escape(facts))
}

/// `way` is where it points on a narrow screen: to the side, or down.
fn edge(way: &str, rows: Option<u64>, note: &str) -> String {
    let rows = rows.map(|rows| format!("{} {}", count(rows), if rows == 1 { "row" } else { "rows" }));
    let rows = rows.unwrap_or_default();
    let note = if note.is_empty() { String::new() } else { format!("<small>{}</small>", escape(note)) };
    let dashes = if rows.is_empty() { " none" } else { "" };
    format!("<div class=\"edge{way}{dashes}\"><span>{rows}{note}</span></div>\n")
}
