//! Rows by their keys, each bucket after the other: what a keyed stage does when its rows are many.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Rows of a bucket that are put aside at a time. All buckets together hold so many each.
const ROWS: usize = 256;

/// Shares out the rows of its one input partition by the hash of their keys, in the same way as DataFusion's
/// `RepartitionExec`; but all of them are put aside before the first comes out, so that a bucket can be
/// worked on alone.
pub(crate) struct Buckets {
    keys: Vec<Arc<dyn PhysicalExpr>>,
    count: usize,
    memory: Arc<Memory>,
    shared: Mutex<Option<Arc<Shared>>>,
}

struct Shared {
    input: Mutex<Option<SendableRecordBatchStream>>,
    filled: OnceCell<Vec<SpoolReader>>,
}

impl Buckets {
    pub(crate) fn new(keys: Vec<Arc<dyn PhysicalExpr>>, count: usize, memory: &Arc<Memory>) -> Self {
        Self { keys, count, memory: Arc::clone(memory), shared: Mutex::default() }
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
        let shared = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(shared) = &*shared {
                Arc::clone(shared)
            } else {
                let input = Mutex::new(Some(plan.execute(0, context)?));
                Arc::clone(shared.insert(Arc::new(Shared { input, filled: OnceCell::new() })))
            }
        };
        let time = Time::default();
        let filling = Filling {
            partitioner: BatchPartitioner::new_hash_partitioner(self.keys.clone(), self.count, time)?,
            buckets: (0..self.count).map(|_| Bucket::new(&self.memory, &plan.schema())).collect(),
        };
        let state = (shared, Some(filling));
        let batches = stream::try_unfold(state, move |(shared, mut filling)| async move {
            let fill = || fill(&shared, filling.take());
            let next = shared.filled.get_or_try_init(fill).await?[partition].next()?;
            Ok(next.map(|batch| (batch, (shared, None))))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(plan.schema(), batches)))
    }
}

struct Filling {
    partitioner: BatchPartitioner,
    buckets: Vec<Bucket>,
}

/// A bucket that is being filled.
struct Bucket {
    spool: Spool,
    rows: BatchCoalescer,
}

impl Bucket {
    fn new(memory: &Arc<Memory>, schema: &SchemaRef) -> Self {
        Self { spool: Spool::new(memory, schema), rows: BatchCoalescer::new(Arc::clone(schema), ROWS) }
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

async fn fill(shared: &Shared, filling: Option<Filling>) -> Result<Vec<SpoolReader>> {
    let input = shared.input.lock().unwrap_or_else(PoisonError::into_inner).take();
    // Only after a failure, which has been reported: whoever asks next must not see an end.
    let gone = || DataFusionError::Internal("the rows of a keyed stage are gone".to_owned());
    let (Some(mut input), Some(Filling { mut partitioner, mut buckets })) = (input, filling) else {
        return Err(gone());
    };
    while let Some(batch) = input.next().await {
        partitioner.partition(batch?, |bucket, rows| buckets[bucket].push(rows))?;
    }
    buckets.into_iter().map(Bucket::finish).collect()
}
