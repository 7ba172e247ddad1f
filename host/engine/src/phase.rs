//! How a job falls into phases: each reads all rows from the source or from a spool, and ends in the next
//! spool or in the sink.

use crate::lineage::observers;
use crate::plan::Shape;
use crate::prepare::PreparedStage;
use std::ops::Range;
use std::sync::Arc;

/// A run over all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phase {
    /// The stages that the rows go through. A two-pass stage among them was observed in an earlier phase.
    pub(crate) stages: Range<usize>,
    /// The two-pass stages that observe the rows that come out of `stages`; none: the sink gets them.
    pub(crate) observers: Vec<Observer>,
}

/// A two-pass stage in its first pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observer {
    /// The stage.
    pub(crate) stage: usize,
    /// Per column that it reads, its index in the stage's input and its index in the rows that are observed.
    pub(crate) reads: Vec<(usize, usize)>,
}

/// The phases of a job with these stages, from stage number `start` on.
pub(crate) fn phases(stages: &[Arc<PreparedStage>], mut start: usize) -> Vec<Phase> {
    let lineages =
        stages.iter().map(|stage| (&stage.lineage, stage.shape == Shape::TwoPass)).collect::<Vec<_>>();
    let mut phases = Vec::new();
    let mut observed = vec![false; stages.len()];
    while let Some(next) = (start..stages.len()).find(|stage| lineages[*stage].1 && !observed[*stage]) {
        let found = observers(&lineages, next).into_iter().filter(|(stage, _)| !observed[*stage]);
        let observers = found.map(|(stage, reads)| Observer { stage, reads }).collect::<Vec<_>>();
        for observer in &observers {
            observed[observer.stage] = true;
        }
        phases.push(Phase { stages: start..next, observers });
        start = next;
    }
    phases.push(Phase { stages: start..stages.len(), observers: Vec::new() });
    phases
}
