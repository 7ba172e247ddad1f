//! Between the two passes: the summaries of all instances go to each of them.

use std::sync::Arc;

use datafusion_common::{DataFusionError, Result};
use etl_pipeline::OnFault;

use crate::spool::RowIndex;
use crate::worker::{StageRun, Worker};

/// One instance of each stage, with the summaries of all instances of that stage.
type Lane<'a> = Vec<(&'a Arc<StageRun>, Worker, &'a [Vec<u8>])>;

/// Gathers and hands out the summaries of these stages, whose input is indexed by `rows`. The work of
/// one instance of all stages is done on one thread.
pub(super) fn settle(stages: &[&Arc<StageRun>], rows: &Arc<RowIndex>) -> Result<()> {
    let mut workers = Vec::new();
    let mut partials = Vec::new();
    for stage in stages {
        // Set once: a stage has one second pass.
        let _ = stage.rows.set(Arc::clone(rows));
        let mut resting = stage.take_resting();
        let summaries = resting.iter_mut().map(Worker::partial).collect::<Result<Vec<_>>>()?;
        if stage.prepared.stage.tolerance.on_trap.value == OnFault::Reject {
            let _ = stage.partials.set(summaries.clone());
        }
        partials.push(summaries);
        workers.push(resting);
    }
    let instances = workers.iter().map(Vec::len).max().unwrap_or_default();
    let mut lanes = (0..instances).map(|_| Lane::new()).collect::<Vec<_>>();
    for ((stage, workers), partials) in stages.iter().zip(workers).zip(&partials) {
        for (lane, worker) in lanes.iter_mut().zip(workers) {
            lane.push((*stage, worker, &partials[..]));
        }
    }
    std::thread::scope(|scope| {
        let settle = |lane: Lane<'_>| -> Result<()> {
            for (stage, mut worker, partials) in lane {
                worker.settle(partials)?;
                stage.rest(worker);
            }
            Ok(())
        };
        let threads = lanes.into_iter().map(|lane| scope.spawn(move || settle(lane))).collect::<Vec<_>>();
        let panicked = |_| DataFusionError::Internal("a worker panicked".to_owned());
        threads.into_iter().try_for_each(|thread| thread.join().map_err(panicked)?)
    })
}
