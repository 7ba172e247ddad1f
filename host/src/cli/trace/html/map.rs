//! The trace map.

use super::{class, escape};
use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::text::plural;
use crate::cli::trace::map::{Link, chains};
use crate::cli::trace::run::{Output, Run, State};
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
        parts.push(place(&source.url, &facts));
    }
    parts.push(edge(began.then_some(job.source.rows), ""));
    let facts = if began {
        format!("{}, {}", milliseconds(job.duration_ms), plural(job.stages.len(), "stage"))
    } else {
        name(job.status).to_owned()
    };
    parts.push(format!(
        "<div class=\"node job {}\"><b><span class=\"sign\">{}</span> {}</b><small>{facts}</small></div>\n",
        class(job.status),
        sign(job.status),
        escape(&job.name)
    ));
    let main = link.output.map(|output| branch(output, ""));
    let others = link.ports.iter().map(|output| {
        let port = output.port.as_ref().map_or("", |(_, port)| port);
        branch(output, &format!("port {port}"))
    });
    let outputs = main.into_iter().chain(others).collect::<Vec<_>>();
    if !outputs.is_empty() {
        parts.push(format!("<div class=\"branches\">\n{}</div>\n", outputs.concat()));
    }
    parts.concat()
}

fn branch(output: &Output, note: &str) -> String {
    let facts = format!("{}, {}", plural(output.files, "file"), bytes(output.bytes));
    let parts = [edge(Some(output.rows), note), place(&output.url, &facts)];
    format!("<div class=\"branch\">\n{}</div>\n", parts.concat())
}

fn place(url: &str, facts: &str) -> String {
    format!("<div class=\"node\"><b>{}</b><small>{}</small></div>\n", escape(url), escape(facts))
}

fn edge(rows: Option<u64>, note: &str) -> String {
    let rows = rows.map(|rows| format!("{} rows", count(rows))).unwrap_or_default();
    let note = if note.is_empty() { String::new() } else { format!("<small>{}</small>", escape(note)) };
    let class = if rows.is_empty() { "edge none" } else { "edge" };
    format!("<div class=\"{class}\"><span>{rows}{note}</span></div>\n")
}
