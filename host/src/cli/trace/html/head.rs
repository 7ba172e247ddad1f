//! What run this is, and how it ended.

use super::{class, escape};
use crate::cli::format::{count, milliseconds};
use crate::cli::text::plural;
use crate::cli::trace::run::State;
use crate::cli::trace::story::Story;
use crate::cli::trace::text::{name, replay, sign, spans, started};

pub(super) fn header(story: &Story) -> String {
    let (run, trace) = (&story.run, &story.run.trace);
    let word = if run.status == State::Succeeded { "in" } else { "after" };
    let mut facts = vec![
        fact("Run", &format!("<code>{}</code>, {}", escape(&run.id), escape(&started(&run.started)))),
        fact("Trace in X-Ray", &trace_id(story)),
        fact("Trace in W3C form", &format!("<code>{}</code>", escape(&trace.trace_id))),
    ];
    if let Some(replay) = replay(story) {
        facts.insert(1, fact("Replay", &escape(&replay)));
    }
    let threads = plural(run.threads, "thread");
    let host = format!("{}, {threads}, batches of {} rows", run.host_version, count(run.batch_rows as u64));
    facts.push(fact("Host", &escape(&host)));
    facts.push(fact("Spans", &escape(&spans(story))));
    format!(
        "<header>\n<h1>{} <span class=\"pill {}\">{} {} {word} {}</span></h1>\n<dl>\n{}</dl>\n</header>\n",
        escape(&run.pipeline),
        class(run.status),
        sign(run.status),
        name(run.status),
        milliseconds(run.duration_ms),
        facts.concat()
    )
}

fn trace_id(story: &Story) -> String {
    let id = format!("<code>{}</code>", escape(&story.run.trace.xray_trace_id));
    match &story.console {
        Some(console) => format!("<a href=\"{}\" rel=\"noreferrer\">{id}</a>", escape(console)),
        None => id,
    }
}

fn fact(name: &str, value: &str) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n")
}
