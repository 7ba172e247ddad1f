//! Rows by their keys, each bucket after the other: what a keyed stage does when its rows are many.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use arrow_select::coalesce::BatchCoalescer;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_plan::metrics::Time;
use datafusion_physical_plan::repartition::BatchPartitioner;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, stream};
use tokio::sync::OnceCell;

use super::node::{Operator, input};
use crate::memory::Memory;
use crate::spool::{Spool, SpoolReader};
use crate::worker::{StageRun, Watch};

/// Rows of a bucket that are put aside at a time. All buckets together hold so many each.
const ROWS: usize = 256;

/// Shares out the rows of its one input partition by the hash of their keys, in the same way as DataFusion's
/// `RepartitionExec`; but all of them are put aside before the first comes out, so that a bucket can be
/// worked on alone.
pub(crate) struct Buckets {
    keys: Vec<Arc<dyn PhysicalExpr>>,
    count: usize,
    stage: Arc<StageRun>,
    shared: Mutex<Option<Arc<Shared>>>,
}

/// What the partitions share: the first of them that is asked for a row fills all buckets.
struct Shared {
    keys: Vec<Arc<dyn PhysicalExpr>>,
    count: usize,
    stage: Arc<StageRun>,
    input: Mutex<Option<SendableRecordBatchStream>>,
    filled: OnceCell<Vec<SpoolReader>>,
}

impl Buckets {
    /// For this stage.
    pub(crate) fn new(keys: Vec<Arc<dyn PhysicalExpr>>, count: usize, stage: &Arc<StageRun>) -> Self {
        Self { keys, count, stage: Arc::clone(stage), shared: Mutex::default() }
    }

    fn shared(&self, plan: &Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Arc<Shared>> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = &*shared {
            return Ok(Arc::clone(shared));
        }
        Ok(Arc::clone(shared.insert(Arc::new(Shared {
            keys: self.keys.clone(),
            count: self.count,
            stage: Arc::clone(&self.stage),
            input: Mutex::new(Some(plan.execute(0, context)?)),
            filled: OnceCell::new(),
        }))))
    }
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Operator for Buckets {
    const NAME: &'static str = "Buckets";

    fn describe(&self) -> String {
        self.count.to_string()
    }

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let plan = input(plan)?;
        let batches = stream::try_unfold(self.shared(plan, context)?, move |shared| async move {
            let next = shared.filled.get_or_try_init(|| shared.fill()).await?[partition].next()?;
            Ok(next.map(|batch| (batch, shared)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(plan.schema(), batches)))
    }
}

impl Shared {
    async fn fill(&self) -> Result<Vec<SpoolReader>> {
        let input = self.input.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Only after a failure, which has been reported: whoever asks next must not see an end.
        let gone = || DataFusionError::Internal("the rows of a keyed stage are gone".to_owned());
        let mut input = input.ok_or_else(gone)?;
        let mut calls = self.stage.span.calls();
        let mut partitioner =
            BatchPartitioner::new_hash_partitioner(self.keys.clone(), self.count, Time::default())?;
        let bucket = |_| Bucket::new(&self.stage.job.memory, &input.schema());
        let mut buckets = (0..self.count).map(bucket).collect::<Vec<_>>();
        while let Some(batch) = input.next().await {
            let (batch, watch) = (batch?, Watch::begin(&calls));
            partitioner.partition(batch, |bucket, rows| buckets[bucket].push(rows))?;
            watch.end(&mut calls, Duration::ZERO);
        }
        let watch = Watch::begin(&calls);
        let filled = buckets.into_iter().map(Bucket::finish).collect();
        watch.end(&mut calls, Duration::ZERO);
        filled
    }
}

/// A bucket that is being filled.
struct Bucket {
    spool: Spool,
    rows: BatchCoalescer,
}

impl Bucket {
    fn new(memory: &Arc<Memory>, schema: &SchemaRef) -> Self {
        Self { spool: Spool::on_disk(memory, schema), rows: BatchCoalescer::new(Arc::clone(schema), ROWS) }
    }

    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows.push_batch(batch)?;
        self.empty()
    }

    fn empty(&mut self) -> Result<()> {
        while let Some(rows) = self.rows.next_completed_batch() {
            self.spool.push(rows)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<SpoolReader> {
        self.rows.finish_buffered_batch()?;
        self.empty()?;
        self.spool.finish()
    }
}
