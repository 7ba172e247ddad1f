//! What becomes of rows that do not fit: there must be a place for them.

use super::sink;
use crate::{
    Job, Located, MaxRejects, OnBadRows, OnError, OnFault, Rejects, Span, Tolerance,
    diagnostic::Problems,
    file::{JobEntry, StageEntry},
    syntax::{self, Node},
};

pub(super) fn rejects(node: &Node<'_>, form: Option<&JobEntry>, problems: &mut Problems) -> Option<Rejects> {
    let most = form.and_then(|form| form.max_rejects);
    let Some(rejects) = syntax::get(node, "rejects") else {
        if let Some(most) = most {
            problems.add(most.at, "`max-rejects` without `rejects`", |problem| problem.help(ADD));
        }
        return None;
    };
    Some(Rejects { sink: sink::sink("rejects", rejects, problems)?, most })
}

/// A place that says how many rows may be rejected there must reject some.
pub(super) fn check_most(most: Option<Located<MaxRejects>>, rejects: bool, problems: &mut Problems) {
    if let Some(most) = most.filter(|_| !rejects) {
        problems.add(most.at, "`max-rejects` where no row is rejected", |problem| {
            problem.help("`on-bad-rows = \"reject\"` beside it rejects rows that do not fit")
        });
    }
}

pub(super) fn tolerance(entry: &StageEntry) -> Tolerance {
    let at = entry.name.at;
    Tolerance {
        on_bad_rows: or_default(entry.on_bad_rows, at),
        on_trap: or_default(entry.on_trap, at),
        max_rejects: entry.max_rejects,
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
    let source = (job.source.on_bad_rows() == OnBadRows::Reject).then(|| job.source.at());
    let stages = job.stages.iter().filter_map(|stage| stage.tolerance.rejects());
    let contracts = job.stages.iter().map(|stage| &stage.contract).chain([&job.contract]);
    let contracts = contracts.flatten().map(|contract| &contract.on_bad_rows);
    let contracts = contracts.filter(|setting| setting.value == OnFault::Reject);
    let mut settings = stages.chain(contracts).map(|setting: &Located<OnFault>| setting.at);
    if let Some(at) = source.or_else(|| settings.next()) {
        let message = format!("job `{}` rejects rows, and has no `rejects` to put them", job.name);
        problems.add(at, message, |problem| problem.help(ADD));
    }
}

/// Settings that exclude or need each other.
pub(super) fn check_stage(tolerance: &Tolerance, problems: &mut Problems) {
    check_most(tolerance.max_rejects, tolerance.rejects().is_some(), problems);
    if tolerance.on_error.value == OnError::Skip && tolerance.on_trap.value == OnFault::Reject {
        problems.add(tolerance.on_error.at, "`on-error = \"skip\"` with `on-trap = \"reject\"`", |problem| {
            problem
                .related(tolerance.on_trap.at, "the other")
                .help("a stage's rows either go on as they came, or are looked for the bad ones: choose one")
        });
    }
}
