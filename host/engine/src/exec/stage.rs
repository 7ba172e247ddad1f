//! A stage: an instance for each partition, batches in, batches out.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use etl_plugin::Flow;
use futures::{StreamExt, stream};

use super::node::{Operator, input, partitions};
use crate::worker::{StageRun, Worker};

/// Runs a stage on each partition of its input.
#[derive(Debug)]
pub(crate) struct Stage(pub(crate) Arc<StageRun>);

impl Operator for Stage {
    const NAME: &'static str = "Stage";

    fn describe(&self) -> String {
        let prepared = &self.0.prepared;
        format!("{} ({}, {})", prepared.stage.name, *prepared.stage.run, prepared.shape.as_str())
    }

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let plan = input(plan)?;
        let running = Running {
            stage: Arc::clone(&self.0),
            partition,
            partitions: partitions(plan),
            input: Some(plan.execute(partition, context)?),
            worker: None,
            ready: VecDeque::new(),
        };
        let stream = stream::try_unfold(running, |mut running| async move {
            Ok(running.next().await?.map(|batch| (batch, running)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.0.output), stream)))
    }
}

struct Running {
    stage: Arc<StageRun>,
    partition: usize,
    partitions: usize,
    /// `None` once the stage has seen all that it wants.
    input: Option<SendableRecordBatchStream>,
    worker: Option<Worker>,
    ready: VecDeque<RecordBatch>,
}

impl Running {
    async fn next(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            let mut worker = match self.worker.take() {
                Some(worker) => worker,
                // Here and not in `execute`: many instances then start side by side.
                None if self.input.is_some() => self.stage.worker(self.partition, self.partitions)?,
                None => return Ok(None),
            };
            let next = match &mut self.input {
                Some(input) => input.next().await.transpose()?,
                None => None,
            };
            match next {
                Some(batch) if batch.num_rows() == 0 => self.worker = Some(worker),
                Some(batch) => {
                    let (batches, flow) = worker.process(&batch)?;
                    self.ready.extend(batches);
                    if flow == Flow::Done {
                        self.input = None;
                    }
                    self.worker = Some(worker);
                }
                None => {
                    self.input = None;
                    let (batches, flow) = worker.finish()?;
                    self.ready.extend(batches);
                    if flow == Flow::More {
                        self.worker = Some(worker);
                    }
                }
            }
        }
    }
}
