//! The trace map: places of data, the jobs between them, and the rows that flow.

use super::run::{Job, Output, Run, Source};

/// A job with what it reads and writes.
#[derive(Debug)]
pub(super) struct Link<'a> {
    /// What it reads; nothing where that is the main output of the job before, or was never looked at.
    pub(super) source: Option<&'a Source>,
    pub(super) job: &'a Job,
    /// What its ports wrote.
    pub(super) ports: Vec<&'a Output>,
    /// What it wrote itself.
    pub(super) output: Option<&'a Output>,
}

/// Chains of jobs, of which each reads what the one before it wrote.
pub(super) fn chains(run: &Run) -> Vec<Vec<Link<'_>>> {
    let mut chains: Vec<Vec<Link<'_>>> = Vec::new();
    for job in &run.jobs {
        let (ports, mut own): (Vec<_>, Vec<_>) = job.outputs.iter().partition(|output| output.port.is_some());
        let before = chains.last().and_then(|chain| chain.last());
        let written = before.and_then(|link| link.output);
        let follows = written.is_some_and(|output| same(&output.url, &job.source.url));
        // A job that did not begin has no source yet; it stands where it would have gone on.
        let follows = follows || (before.is_some() && job.source.url.is_empty());
        let source = (!follows && !job.source.url.is_empty()).then_some(&job.source);
        let link = Link { source, job, ports, output: own.pop() };
        match chains.last_mut() {
            Some(chain) if follows => chain.push(link),
            _ => chains.push(vec![link]),
        }
    }
    chains
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}
