//! The first pass of two-pass stages: rows are shown to them on their way to the spool.

use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, stream};

use super::View;
use super::node::{Operator, input, partitions};
use crate::worker::{StageRun, Worker};

/// Shows all rows to stages, and passes them on.
#[derive(Debug)]
pub(crate) struct Observe(pub(crate) Vec<Arc<Observing>>);

/// A stage that observes, and what it sees: the columns that it reads, each in its place.
#[derive(Debug)]
pub(crate) struct Observing {
    stage: Arc<StageRun>,
    view: View,
}

impl Observing {
    /// `reads` are, per column that the stage reads, its index in the stage's input and in the rows that pass.
    pub(crate) fn new(stage: &Arc<StageRun>, reads: &[(usize, usize)]) -> Self {
        let input = &stage.prepared.input;
        let mut places = vec![None; input.fields().len()];
        for (column, place) in reads {
            places[*column] = Some(*place);
        }
        Self { stage: Arc::clone(stage), view: View::new(input, places) }
    }
}

impl Operator for Observe {
    const NAME: &'static str = "Observe";

    fn describe(&self) -> String {
        self.0
            .iter()
            .map(|observer| observer.stage.prepared.stage.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let plan = input(plan)?;
        let watching = Watching {
            observers: self.0.clone(),
            workers: Vec::new(),
            partition,
            partitions: partitions(plan),
            input: plan.execute(partition, context)?,
        };
        let stream = stream::try_unfold(watching, |mut watching| async move {
            Ok(watching.next().await?.map(|batch| (batch, watching)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(plan.schema(), stream)))
    }
}

struct Watching {
    observers: Vec<Arc<Observing>>,
    /// One for each observer, once the first rows are asked for.
    workers: Vec<Worker>,
    partition: usize,
    partitions: usize,
    input: SendableRecordBatchStream,
}

impl Watching {
    async fn next(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        if self.workers.is_empty() {
            let start = |observer: &Arc<Observing>| observer.stage.worker(self.partition, self.partitions);
            self.workers = self.observers.iter().map(start).collect::<Result<_, _>>()?;
        }
        let Some(batch) = self.input.next().await.transpose()? else {
            for (observer, worker) in self.observers.iter().zip(self.workers.drain(..)) {
                observer.stage.rest(worker);
            }
            return Ok(None);
        };
        if batch.num_rows() > 0 {
            for (observer, worker) in self.observers.iter().zip(&mut self.workers) {
                worker.observe(&observer.view.of(&batch)?)?;
            }
        }
        Ok(Some(batch))
    }
}
