//! The critical path: what the run waited for.
//!
//! The stages of a phase run at the same time, so their spans say little: all are as long as the phase. Work is in the
//! calls, and in writing what came out of them. From a job's end backwards, the piece of work that ended last was waited for, and before it
//! began the one that had ended last by then. What lies between them is the host's: reading, encoding, moving rows, and
//! calls that have no span of their own.

use std::collections::HashMap;

use super::spans::{READ, Role, Spans};

/// The critical path of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    /// Pieces of work on it, in the order of their spans.
    pieces: Vec<Piece>,
    /// For each stage and each span of writing on it, how long it was waited for; the longest first.
    pub(super) waited: Vec<(usize, f64)>,
    /// The rest of the time of all jobs.
    pub(super) host: f64,
}

/// A piece of work: a call, or what of writing is left when all calls have ended.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The place of its span.
    span: usize,
    /// The place of the stage that it is of, or of itself.
    owner: usize,
    from: f64,
    to: f64,
}

impl Path {
    /// Of these spans.
    pub(super) fn of(spans: &Spans) -> Self {
        let mut path = Self::default();
        let mut waited = HashMap::<usize, f64>::new();
        for (place, job) in spans.all.iter().enumerate().filter(|(_, span)| span.role == Role::Job) {
            let mut work = work(spans, place);
            work.sort_by(|one, other| other.to.total_cmp(&one.to));
            let (mut until, mut on_path) = (job.end, 0.0);
            for piece in work {
                if piece.to <= until {
                    until = piece.from;
                    on_path += piece.took();
                    *waited.entry(piece.owner).or_default() += piece.took();
                    path.pieces.push(piece);
                }
            }
            path.host += (job.took() - on_path).max(0.0);
        }
        path.pieces.sort_by_key(|piece| piece.span);
        path.waited = waited.into_iter().collect();
        path.waited.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        path
    }

    /// The piece of this span that is on it.
    pub(super) fn piece(&self, span: usize) -> Option<(f64, f64)> {
        let found = self.pieces.binary_search_by_key(&span, |piece| piece.span).ok()?;
        Some((self.pieces[found].from, self.pieces[found].to))
    }

    /// Whether this span, or a call of this stage, is on it.
    pub(super) fn has(&self, place: usize) -> bool {
        self.piece(place).is_some() || self.waited.iter().any(|(owner, _)| *owner == place)
    }
}

impl Piece {
    fn took(&self) -> f64 {
        self.to - self.from
    }
}

/// The pieces of work of a job.
fn work(spans: &Spans, job: usize) -> Vec<Piece> {
    let mut work = Vec::new();
    for (owner, _) in spans.children(job).filter(|(_, child)| child.role == Role::Stage) {
        let calls = spans.children(owner);
        work.extend(calls.map(|(span, call)| Piece { span, owner, from: call.start, to: call.end }));
    }
    // Rows are written as they come, so until then it was the calls that were waited for. Reading goes on between
    // the calls, from the beginning of its phase to the end.
    let calls_end = work.iter().map(|piece| piece.to).fold(0.0, f64::max);
    let writing = spans.children(job).filter(|(_, child)| child.role == Role::Data && child.name != READ);
    for (place, span) in writing.filter(|(_, span)| span.end > calls_end) {
        work.push(Piece { span: place, owner: place, from: span.start.max(calls_end), to: span.end });
    }
    work
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{Path, Spans};
    use serde_json::{Value, json};

    /// A span of milliseconds, of one digit each.
    fn span(id: u64, parent: u64, name: &str, from: u64, to: u64) -> Value {
        let stage = json!([{ "key": "etl.stage", "value": { "stringValue": name } }]);
        json!({
            "spanId": id.to_string(),
            "parentSpanId": parent.to_string(),
            "name": name,
            "kind": if parent == 0 { 2 } else { 1 },
            "startTimeUnixNano": (from * 1_000_000).to_string(),
            "endTimeUnixNano": (to * 1_000_000).to_string(),
            "attributes": if parent == 1 && name != "write" { stage } else { json!([]) },
        })
    }

    #[test]
    fn what_ended_last_was_waited_for() {
        let spans = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [
            span(1, 0, "job", 0, 100),
            span(2, 1, "A", 0, 70),
            span(3, 1, "B", 0, 70),
            span(4, 1, "write", 30, 95),
            span(5, 2, "process", 5, 20),
            span(6, 3, "process", 20, 40),
            // At the same time as what follows, and sooner over.
            span(7, 2, "process", 45, 50),
            span(8, 3, "process", 45, 70),
        ] }] }] });
        let spans = Spans::parse(spans.to_string().as_bytes()).unwrap();
        let path = Path::of(&spans);
        let waited = path.waited.iter().map(|(place, time)| (spans.all[*place].name.as_str(), *time));
        assert_eq!(waited.collect::<Vec<_>>(), [("B", 45.0), ("write", 25.0), ("A", 15.0)]);
        assert!((path.host - 15.0).abs() < 1e-9);
        let at =
            |from: f64| spans.all.iter().position(|span| span.start.to_bits() == from.to_bits()).unwrap();
        assert_eq!(path.piece(at(30.0)), Some((70.0, 95.0)));
    }
}
