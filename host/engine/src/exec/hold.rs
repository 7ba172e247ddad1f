//! All rows of a partition, held back until it has ended: so many partitions are at work at a time, and no more.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, stream};
use tokio::sync::Semaphore;

use super::node::{Operator, input};
use crate::spool::{Spool, SpoolReader};
use crate::worker::{StageRun, Watch};

/// Runs each partition of its input to its end before the first row of that partition goes on.
pub(crate) struct Hold {
    stage: Arc<StageRun>,
    at_once: Arc<Semaphore>,
}

impl Hold {
    /// What comes out of this stage; at most `at_once` of its partitions are at work at a time.
    pub(crate) fn new(stage: &Arc<StageRun>, at_once: usize) -> Self {
        Self { stage: Arc::clone(stage), at_once: Arc::new(Semaphore::new(at_once)) }
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hold")
    }
}

enum State {
    Waiting(SendableRecordBatchStream, Box<Spool>),
    Running(SpoolReader),
}

impl Operator for Hold {
    const NAME: &'static str = "Hold";

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let plan = input(plan)?;
        let schema = plan.schema();
        let waiting = State::Waiting(
            plan.execute(partition, context)?,
            Box::new(Spool::on_disk(&self.stage.job.memory, &schema)),
        );
        let (at_once, stage) = (Arc::clone(&self.at_once), Arc::clone(&self.stage));
        let batches = stream::try_unfold(waiting, move |held| {
            let (at_once, stage) = (Arc::clone(&at_once), Arc::clone(&stage));
            async move {
                let reader = match held {
                    State::Running(reader) => reader,
                    State::Waiting(input, spool) => drain(&at_once, &stage, input, *spool).await?,
                };
                Ok(reader.next()?.map(|batch| (batch, State::Running(reader))))
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

async fn drain(
    at_once: &Semaphore,
    stage: &StageRun,
    mut input: SendableRecordBatchStream,
    mut spool: Spool,
) -> Result<SpoolReader> {
    let closed = |_| DataFusionError::Internal("nobody may work any more".to_owned());
    let _permit = at_once.acquire().await.map_err(closed)?;
    let mut calls = stage.span.calls();
    while let Some(batch) = input.next().await {
        let (batch, watch) = (batch?, Watch::begin(&calls));
        spool.push(batch)?;
        watch.end(&mut calls, Duration::ZERO);
    }
    let watch = Watch::begin(&calls);
    let held = spool.finish();
    watch.end(&mut calls, Duration::ZERO);
    held
}
