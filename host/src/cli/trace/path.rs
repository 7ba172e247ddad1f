//! The critical path: what the run waited for.
//!
//! The stages of a phase run at the same time, so their spans say little: all are as long as the phase. Work is in the
//! calls, and in writing. From a job's end backwards, the piece of work that ended last was waited for, and before it
//! began the one that had ended last by then. What lies between them is the host's: reading, encoding, moving rows, and
//! calls that have no span of their own.

use std::collections::HashMap;

use super::spans::{Role, Spans};

/// The critical path of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    /// Pieces of work on it, by their place among the spans, in order of time.
    pub(super) work: Vec<usize>,
    /// For each stage and each span of writing on it, how long it was waited for; the longest first.
    pub(super) waited: Vec<(usize, f64)>,
    /// The rest of the time of all jobs.
    pub(super) host: f64,
}

impl Path {
    /// Of these spans.
    pub(super) fn of(spans: &Spans) -> Self {
        let mut path = Self::default();
        let mut waited = HashMap::<usize, f64>::new();
        for (place, job) in spans.all.iter().enumerate().filter(|(_, span)| span.role == Role::Job) {
            let mut work = work(spans, place);
            work.sort_by(|(one, _), (other, _)| spans.all[*other].end.total_cmp(&spans.all[*one].end));
            let (mut until, mut on_path) = (job.end, 0.0);
            for (piece, owner) in work {
                let span = &spans.all[piece];
                if span.end <= until {
                    until = span.start;
                    on_path += span.took();
                    *waited.entry(owner).or_default() += span.took();
                    path.work.push(piece);
                }
            }
            path.host += (job.took() - on_path).max(0.0);
        }
        path.work.sort_unstable();
        path.waited = waited.into_iter().collect();
        path.waited.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        path
    }

    /// Whether this piece of work is on it.
    pub(super) fn has(&self, place: usize) -> bool {
        self.work.binary_search(&place).is_ok()
    }

    /// How long this stage was waited for.
    pub(super) fn waited_for(&self, place: usize) -> Option<f64> {
        self.waited.iter().find(|(owner, _)| *owner == place).map(|(_, time)| *time)
    }
}

/// The pieces of work of a job, each with the stage that it is of, or itself.
fn work(spans: &Spans, job: usize) -> Vec<(usize, usize)> {
    let mut work = Vec::new();
    for (place, child) in spans.children(job) {
        match child.role {
            Role::Stage => work.extend(spans.children(place).map(|(call, _)| (call, place))),
            // Reading lasts as long as its phase, since it goes on between the calls.
            Role::Data if child.name != "read" => work.push((place, place)),
            _ => {}
        }
    }
    work
}
