//! From one ordered stream to partitions: a batch goes to whichever is free.

use std::fmt;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};

use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, stream};
use tokio::sync::Mutex;

use super::node::{Operator, input};

type Shared = Arc<Mutex<SendableRecordBatchStream>>;

/// Shares out the batches of its one input partition. Each output partition's positions rise, since it takes
/// one batch after the other.
#[derive(Default)]
pub(crate) struct Spread {
    shared: SyncMutex<Option<Shared>>,
}

impl fmt::Debug for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spread")
    }
}

impl Operator for Spread {
    const NAME: &'static str = "Spread";

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        _: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let plan = input(plan)?;
        let shared = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(shared) = &*shared {
                Arc::clone(shared)
            } else {
                // Fused: one partition sees the end, or the error, and the others must not ask again.
                let (schema, fused) = (plan.schema(), plan.execute(0, context)?.fuse());
                let fused = Box::pin(RecordBatchStreamAdapter::new(schema, fused));
                Arc::clone(shared.insert(Arc::new(Mutex::new(fused))))
            }
        };
        let batches = stream::try_unfold(shared, |shared| async move {
            let next = shared.lock().await.next().await;
            Ok::<_, DataFusionError>(next.transpose()?.map(|batch| (batch, shared)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(plan.schema(), batches)))
    }
}
