//! All rows of a partition, held back until it has ended: so many partitions are at work at a time, and no more.

use std::fmt;
use std::sync::Arc;

use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, stream};
use tokio::sync::Semaphore;

use super::node::{Operator, input};
use crate::memory::Memory;
use crate::spool::{Spool, SpoolReader};

/// Runs each partition of its input to its end before the first row of that partition goes on.
pub(crate) struct Hold {
    memory: Arc<Memory>,
    at_once: Arc<Semaphore>,
}

impl Hold {
    /// At most `at_once` partitions are at work at a time.
    pub(crate) fn new(memory: &Arc<Memory>, at_once: usize) -> Self {
        Self { memory: Arc::clone(memory), at_once: Arc::new(Semaphore::new(at_once)) }
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
        let state =
            State::Waiting(plan.execute(partition, context)?, Box::new(Spool::on_disk(&self.memory, &schema)));
        let at_once = Arc::clone(&self.at_once);
        let batches = stream::try_unfold(state, move |state| {
            let at_once = Arc::clone(&at_once);
            async move {
                let reader = match state {
                    State::Running(reader) => reader,
                    State::Waiting(input, spool) => drain(&at_once, input, *spool).await?,
                };
                Ok(reader.next()?.map(|batch| (batch, State::Running(reader))))
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

async fn drain(
    at_once: &Semaphore,
    mut input: SendableRecordBatchStream,
    mut spool: Spool,
) -> Result<SpoolReader> {
    let closed = |_| DataFusionError::Internal("nobody may work any more".to_owned());
    let _permit = at_once.acquire().await.map_err(closed)?;
    while let Some(batch) = input.next().await {
        spool.push(batch?)?;
    }
    spool.finish()
}
