//! When what was at work, and what was waited for.

use etl_trace::attributes::{BACKTRACE, EXCEPTION, EXCEPTION_MESSAGE, EXCEPTION_TYPE, LOG_LEVEL};
use serde_json::Value;

use super::escape;
use crate::cli::format::milliseconds;
use crate::cli::trace::run::Stage;
use crate::cli::trace::spans::{Event, Role, Span};
use crate::cli::trace::story::Story;

/// Calls and steps of a stage that the page shows one by one: with `--trace-calls all` there may be thousands.
const MOST_CALLS: usize = 100;
/// Lines of the critical path; the rest is one.
const LONGEST: usize = 10;
/// How deep steps are shown in steps.
const DEEPEST: usize = 8;

pub(super) fn waterfall(story: &Story) -> String {
    if story.spans.all.is_empty() {
        return "<p>No spans are recorded.</p>\n".to_owned();
    }
    let roots = story.spans.all.iter().enumerate().filter(|(_, span)| span.parent.is_none());
    let rows = roots.map(|(place, _)| row(story, place, 0)).collect::<Vec<_>>().concat();
    format!(
        "<div class=\"waterfall\">\n<div class=\"axis\"><span>0</span><span>{}</span></div>\n{rows}</div>\n\
         <p class=\"legend\"><i class=\"begun\"></i> begun <i class=\"work\"></i> at work <i class=\"critical\"></i> \
         on the critical path <i class=\"failed\"></i> failed</p>\n\
         <p class=\"legend\">A line opens: a job to its stages, a stage to the calls that were kept.</p>\n",
        milliseconds(story.length())
    )
}

fn row(story: &Story, place: usize, depth: usize) -> String {
    let span = &story.spans.all[place];
    let mark = match (span.failed, story.path.has(place)) {
        (true, _) => "<span class=\"sign bad\">✗</span>",
        (false, true) => "<span class=\"sign warn\">◆</span>",
        _ => "<span class=\"sign\"></span>",
    };
    let summary = format!(
        "<summary style=\"--depth:{depth}\"><span class=\"name\">{mark}{}{}</span><span class=\"track\">{}</span>\
         <span class=\"took\">{}</span></summary>\n",
        escape(&span.name),
        bore(story, place),
        bars(story, place),
        milliseconds(span.took())
    );
    let open = if span.role == Role::Job { " open" } else { "" };
    let class = if depth == 0 { " class=\"top\"" } else { "" };
    format!("<details{class}{open}>{summary}{}{}</details>\n", facts(span), children(story, span, depth))
}

/// What a stage bore with.
fn bore(story: &Story, place: usize) -> String {
    let facts = story.recorded(place).map(Stage::bore).unwrap_or_default();
    if facts.is_empty() {
        String::new()
    } else {
        format!(" <small class=\"warn\">{}</small>", facts.join(", "))
    }
}

fn children(story: &Story, span: &Span, depth: usize) -> String {
    if depth >= DEEPEST {
        return String::new();
    }
    let most = if span.role == Role::Job { usize::MAX } else { MOST_CALLS };
    let shown = span.children.iter().take(most).map(|child| row(story, *child, depth + 1));
    let mut rows = shown.collect::<Vec<_>>();
    if let Some(more) = span.children.len().checked_sub(most).filter(|more| *more > 0) {
        rows.push(format!("<p class=\"more\">… and {more} more, which <code>--json</code> has</p>\n"));
    }
    rows.concat()
}

/// A piece of a bar, in parts of the whole.
struct Piece {
    class: &'static str,
    from: f64,
    to: f64,
}

fn bars(story: &Story, place: usize) -> String {
    let (span, length) = (&story.spans.all[place], story.length());
    let piece = |class, from: f64, to: f64| Piece { class, from: from / length, to: to / length };
    let work = |place: usize| {
        let span = &story.spans.all[place];
        let class = if span.failed { "failed" } else { "work" };
        let critical = story.path.piece(place).filter(|_| !span.failed);
        let critical = critical.map(|(from, to)| piece("critical", from, to));
        std::iter::once(piece(class, span.start, span.end)).chain(critical)
    };
    let begun = if span.failed { "begun failed" } else { "begun" };
    let mut pieces = match span.role {
        Role::Call | Role::Step => Vec::new(),
        _ => vec![piece(begun, span.start, span.end)],
    };
    match span.role {
        Role::Job => {}
        Role::Stage => pieces.extend(merged(span.children.iter().copied().flat_map(work).collect())),
        Role::Data => pieces.extend(work(place).skip(1)),
        Role::Call | Role::Step => pieces.extend(work(place)),
    }
    pieces.iter().map(Piece::html).collect::<Vec<_>>().concat()
}

/// Pieces of one kind that would touch on any screen are one: a stage may have thousands.
fn merged(mut pieces: Vec<Piece>) -> Vec<Piece> {
    const NEAR: f64 = 0.000_5;
    pieces.sort_by(|one, other| one.class.cmp(other.class).then(one.from.total_cmp(&other.from)));
    let mut merged: Vec<Piece> = Vec::new();
    for piece in pieces {
        match merged.last_mut() {
            Some(last) if last.class == piece.class && piece.from <= last.to + NEAR => {
                last.to = last.to.max(piece.to);
            }
            _ => merged.push(piece),
        }
    }
    // The critical path lies above the rest, and a failure above all.
    let rank = |piece: &Piece| ["work", "critical", "failed"].iter().position(|class| *class == piece.class);
    merged.sort_by_key(rank);
    merged
}

impl Piece {
    fn html(&self) -> String {
        let (left, width) = (self.from * 100.0, (self.to - self.from) * 100.0);
        format!("<i class=\"{}\" style=\"left:{left:.2}%;width:{width:.2}%\"></i>", self.class)
    }
}

/// What is known of a call or a step; of a stage the table has it.
fn facts(span: &Span) -> String {
    let mut facts = Vec::new();
    if matches!(span.role, Role::Call | Role::Step | Role::Data) {
        let shown = span.attributes.iter().filter(|(key, _)| key != BACKTRACE);
        facts.extend(shown.map(|(key, value)| fact(key, &text(value))));
        facts.extend(span.events.iter().map(|event| fact(&milliseconds(event.at), &told(event))));
    }
    if facts.is_empty() { String::new() } else { format!("<dl class=\"facts\">{}</dl>\n", facts.concat()) }
}

fn fact(name: &str, value: &str) -> String {
    format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))
}

/// An event in a line: an error, or what the plugin logged. A backtrace has a place of its own.
fn told(event: &Event) -> String {
    let value =
        |key: &str| event.attributes.iter().find(|(known, _)| known == key).map(|(_, value)| text(value));
    if event.name == EXCEPTION {
        let parts = [value(EXCEPTION_TYPE), value(EXCEPTION_MESSAGE)];
        return parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    }
    let details = event.attributes.iter().filter(|(key, _)| key != LOG_LEVEL);
    let details = details.map(|(key, value)| format!("{key} {}", text(value)));
    let line = std::iter::once(event.name.clone()).chain(details).collect::<Vec<_>>().join(", ");
    value(LOG_LEVEL).into_iter().chain([line]).collect::<Vec<_>>().join(": ")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// What the run waited for, as one bar and as a list.
pub(super) fn path(story: &Story) -> String {
    let (path, spans) = (&story.path, &story.spans.all);
    if path.waited.is_empty() {
        return String::new();
    }
    let total = path.waited.iter().map(|(_, time)| time).sum::<f64>() + path.host;
    let mut lines = Vec::new();
    for (place, time) in path.waited.iter().take(LONGEST) {
        let job = spans[*place].parent.map(|job| spans[job].name.as_str()).unwrap_or_default();
        lines.push((*time, "critical", format!("{job} / {}", spans[*place].name)));
    }
    if path.waited.len() > LONGEST {
        let others = path.waited.iter().skip(LONGEST).map(|(_, time)| time).sum();
        lines.push((others, "critical", format!("{} more", path.waited.len() - LONGEST)));
    }
    lines.push((path.host, "begun", "the host, and calls without a span of their own".to_owned()));
    let longest = lines.iter().map(|(time, ..)| *time).fold(f64::MIN_POSITIVE, f64::max);
    let line = |(time, class, what): &(f64, &str, String)| {
        format!(
            "<li><span class=\"took\">{}</span><span class=\"share\">{:.0} %</span><span class=\"track\">\
             <i class=\"{class}\" style=\"left:0;width:{:.2}%\"></i></span><span>{}</span></li>\n",
            milliseconds(*time),
            time / total * 100.0,
            time / longest * 100.0,
            escape(what)
        )
    };
    let lines = lines.iter().map(line).collect::<Vec<_>>().concat();
    format!("<p>What the run waited for, one after the other.</p>\n<ul class=\"path\">\n{lines}</ul>\n")
}
