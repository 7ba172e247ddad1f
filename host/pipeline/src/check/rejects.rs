//! What becomes of rows that do not fit: there must be a place for them.

use super::sink;
use crate::{
    Job, Located, OnBadRows, OnError, OnFault, Rejects, Source, Span, Tolerance,
    diagnostic::Problems,
    file::{JobEntry, StageEntry},
    syntax::{self, Node},
};

pub(super) fn rejects(node: &Node<'_>, form: Option<&JobEntry>, problems: &mut Problems) -> Option<Rejects> {
    let most = form.and_then(|form| form.max_rejects);
    let Some(sink) = syntax::get(node, "rejects") else {
        if let Some(most) = most {
            problems.add(most.at, "`max-rejects` without `rejects`", |problem| problem.help(ADD));
        }
        return None;
    };
    Some(Rejects { sink: sink::sink("rejects", sink, problems)?, most })
}

pub(super) fn tolerance(entry: &StageEntry) -> Tolerance {
    let at = entry.name.at;
    Tolerance {
        on_bad_rows: or_default(entry.on_bad_rows, at),
        on_trap: or_default(entry.on_trap, at),
        on_error: or_default(entry.on_error, at),
        retries: entry.retries,
    }
}

fn or_default<T: Default>(setting: Option<Located<T>>, at: Span) -> Located<T> {
    setting.unwrap_or(Located { value: T::default(), at })
}

const ADD: &str = "give the job a place for them, such as `rejects.ndjson = { url = \"out/rejects/\" }`";

/// Rows that may be rejected must have somewhere to go.
pub(super) fn check(job: &Job, problems: &mut Problems) {
    if job.rejects.is_some() {
        return;
    }
    let on_bad_rows = match &job.source {
        Source::Csv(source) => source.on_bad_rows,
        Source::Ndjson(source) | Source::Json(source) => source.on_bad_rows,
        Source::Parquet(_) | Source::Ipc(_) | Source::Job(_) => OnBadRows::Fail,
    };
    let source = (on_bad_rows == OnBadRows::Reject).then(|| job.source.at());
    let stages = job.stages.iter().filter_map(|stage| stage.tolerance.rejects());
    if let Some(at) = source.or_else(|| stages.map(|setting: &Located<OnFault>| setting.at).next()) {
        let message = format!("job `{}` rejects rows, and has no `rejects` to put them", job.name);
        problems.add(at, message, |problem| problem.help(ADD));
    }
}

/// Settings that exclude each other.
pub(super) fn check_stage(tolerance: &Tolerance, problems: &mut Problems) {
    if tolerance.on_error.value == OnError::Skip && tolerance.on_trap.value == OnFault::Reject {
        problems.add(tolerance.on_error.at, "`on-error = \"skip\"` with `on-trap = \"reject\"`", |problem| {
            problem
                .related(tolerance.on_trap.at, "the other")
                .help("a stage's rows either go on as they came, or are looked for the bad ones: choose one")
        });
    }
}
