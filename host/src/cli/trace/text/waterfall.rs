//! When what was at work.

use anstyle::Style;

use super::{WIDTH, cut, fit};
use crate::cli::format::milliseconds;
use crate::cli::text::{BAD, CHANGED, FAINT, GOOD, STRONG, plain, styled};
use crate::cli::trace::spans::Role;
use crate::cli::trace::story::Story;

/// Columns of the names, and of the times at the end.
const NAMES: usize = 30;
const TIMES: usize = 9;
/// Columns of the bars.
const BARS: usize = WIDTH - NAMES - TIMES - 4;
/// Stages of the critical path that are listed unless all are wanted.
const LONGEST: usize = 5;

/// A line for each job, and for each of its stages; with `verbose` for calls and their steps too.
pub(super) fn text(story: &Story, verbose: bool) -> String {
    if story.spans.all.is_empty() {
        return "  no spans are recorded\n".to_owned();
    }
    let mut lines = vec![axis(story.length())];
    let mut open = roots(story);
    open.reverse();
    while let Some((place, depth)) = open.pop() {
        let span = &story.spans.all[place];
        lines.push(line(story, place, depth));
        lines.extend(bore(story, place, depth));
        if verbose || span.role == Role::Job {
            open.extend(span.children.iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    lines.push(legend());
    lines.concat()
}

fn roots(story: &Story) -> Vec<(usize, usize)> {
    let spans = story.spans.all.iter().enumerate();
    spans.filter(|(_, span)| span.parent.is_none()).map(|(place, _)| (place, 0)).collect()
}

fn axis(length: f64) -> String {
    let end = milliseconds(length);
    let bars = BARS.saturating_sub(end.chars().count() + 1);
    format!("{:NAMES$}  {}\n", "", styled(FAINT, &format!("0{:bars$}{end}", "")))
}

fn legend() -> String {
    let signs = [(FAINT, "░ begun", ""), (GOOD, "▒ at work", ""), (CHANGED, "█", " on the critical path")];
    let signs = signs.map(|(style, sign, rest)| format!("{}{rest}", styled(style, sign)));
    format!("  {}   {} failed\n", signs.join("   "), styled(BAD, "✗"))
}

fn line(story: &Story, place: usize, depth: usize) -> String {
    let span = &story.spans.all[place];
    let columns = NAMES - 2 * depth.min(NAMES / 4);
    let mark = match (span.failed, story.path.has(place)) {
        (true, _) => styled(BAD, "✗"),
        (false, true) => styled(CHANGED, "◆"),
        _ => " ".to_owned(),
    };
    let name = fit(&span.name, columns - 2);
    let name = if depth == 0 { styled(STRONG, &name) } else { name };
    let indent = NAMES - columns;
    let time = milliseconds(span.took());
    format!("{:indent$}{mark} {name}  {}  {time:>TIMES$}\n", "", bar(story, place))
}

/// What a stage bore with, below its bar.
fn bore(story: &Story, place: usize, depth: usize) -> Option<String> {
    let facts = story.recorded(place)?.bore();
    let indent = 2 * depth + 2;
    let text = cut(&facts.join(", "), WIDTH - indent);
    (!facts.is_empty()).then(|| format!("{:indent$}{}\n", "", styled(CHANGED, &text)))
}

/// The signs of a bar; what counts more wins where two fall together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Nothing,
    Begun,
    Work,
    Critical,
    Failed,
}

impl Cell {
    fn shown(self) -> (Style, &'static str) {
        match self {
            Self::Nothing => (Style::new(), " "),
            Self::Begun => (FAINT, "░"),
            Self::Work => (GOOD, "▒"),
            Self::Critical => (CHANGED, "█"),
            Self::Failed => (BAD, "✗"),
        }
    }
}

fn bar(story: &Story, place: usize) -> String {
    let (span, length) = (&story.spans.all[place], story.length());
    let mut cells = [Cell::Nothing; BARS];
    let mut draw = |from: f64, to: f64, cell: Cell| {
        for drawn in &mut cells[column(from, length)..=column(to, length)] {
            *drawn = cell.max(*drawn);
        }
    };
    let own = matches!(span.role, Role::Call | Role::Step);
    draw(span.start, span.end, if own { Cell::Work } else { Cell::Begun });
    let inside = span.children.iter().copied().filter(|_| span.role == Role::Stage);
    for work in std::iter::once(place).chain(inside) {
        let work_span = &story.spans.all[work];
        if work != place {
            draw(work_span.start, work_span.end, Cell::Work);
            if work_span.failed {
                draw(work_span.end, work_span.end, Cell::Failed);
            }
        }
        if let Some((from, to)) = story.path.piece(work) {
            draw(from, to, Cell::Critical);
        }
    }
    if span.failed {
        cells[column(span.end, length)] = Cell::Failed;
    }
    let runs = cells.chunk_by(PartialEq::eq).map(|run| {
        let (style, sign) = run[0].shown();
        styled(style, &sign.repeat(run.len()))
    });
    runs.collect::<Vec<_>>().concat()
}

/// The column of a time.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is a part of some dozens of columns"
)]
fn column(time: f64, length: f64) -> usize {
    ((time / length * BARS as f64).max(0.0) as usize).min(BARS - 1)
}

/// What the run waited for longest.
pub(super) fn path(story: &Story, verbose: bool) -> String {
    let (path, spans) = (&story.path, &story.spans.all);
    if path.waited.is_empty() {
        return String::new();
    }
    let total = path.waited.iter().map(|(_, time)| time).sum::<f64>() + path.host;
    let shown = |time: f64, what: &str| {
        format!("  {:>TIMES$} {:>3.0} %  {what}\n", milliseconds(time), time / total * 100.0)
    };
    let most = if verbose { usize::MAX } else { LONGEST };
    let mut lines = Vec::new();
    for (place, time) in path.waited.iter().take(most) {
        let job = spans[*place].parent.map(|job| plain(&spans[job].name)).unwrap_or_default();
        lines.push(shown(*time, &format!("{job} / {}", plain(&spans[*place].name))));
    }
    let others = path.waited.iter().skip(most).map(|(_, time)| time);
    if path.waited.len() > most {
        lines.push(shown(others.sum(), &format!("{} more", path.waited.len() - most)));
    }
    lines.push(shown(path.host, "the host, and calls without a span of their own"));
    lines.concat()
}
