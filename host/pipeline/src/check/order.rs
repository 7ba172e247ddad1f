//! The order in which jobs run.

use crate::{Job, Source, Span, diagnostic::Problems};

/// Every job after the one that it reads; otherwise as in the file. Reports cycles.
pub(super) fn in_running_order(jobs: Vec<Job>, problems: &mut Problems) -> Vec<Job> {
    let mut waiting: Vec<Option<Job>> = jobs.into_iter().map(Some).collect();
    let mut ordered: Vec<Job> = Vec::with_capacity(waiting.len());
    while let Some(next) =
        waiting.iter().position(|job| job.as_ref().is_some_and(|job| is_ready(job, &waiting)))
    {
        ordered.extend(waiting[next].take());
    }
    let stuck: Vec<Job> = waiting.into_iter().flatten().collect();
    for (index, job) in stuck.iter().enumerate() {
        if let Some((path, at)) = cycle_from(job, &stuck)
            // The first of a cycle speaks for it.
            && !stuck[..index].iter().any(|earlier| path.contains(&earlier.name.as_str()))
        {
            let path = path.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" reads ");
            let message = format!("jobs wait for each other: {path} reads `{}`", job.name);
            problems.add(at, message, |problem| problem);
        }
    }
    ordered.extend(stuck);
    ordered
}

fn reads(job: &Job) -> Option<(&str, Span)> {
    match &job.source {
        Source::Job(name) => Some((name, name.at)),
        _ => None,
    }
}

fn is_ready(job: &Job, waiting: &[Option<Job>]) -> bool {
    reads(job).is_none_or(|(name, _)| !waiting.iter().flatten().any(|other| other.name == name))
}

/// The names from `job` back to itself, and where it says what it reads; `None` if it only waits for a cycle.
fn cycle_from<'a>(job: &'a Job, stuck: &'a [Job]) -> Option<(Vec<&'a str>, Span)> {
    let (mut next, at) = reads(job)?;
    let mut path = vec![job.name.as_str()];
    while next != job.name {
        if path.contains(&next) {
            return None;
        }
        path.push(next);
        next = reads(stuck.iter().find(|other| other.name == next)?)?.0;
    }
    Some((path, at))
}
