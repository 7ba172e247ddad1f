//! From partitions to one ordered stream.

use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt, stream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::merge::Heads;
use super::node::{Operator, input, partitions};

/// How many batches of a partition wait to be merged.
const QUEUE: usize = 2;

/// Runs all partitions of its input side by side, and puts their rows into order.
#[derive(Debug)]
pub(crate) struct InOrder;

enum Message {
    Batch(Result<RecordBatch>),
    /// A partition that ends without it has panicked.
    End,
}

impl Operator for InOrder {
    const NAME: &'static str = "InOrder";

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        _: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let plan = input(plan)?;
        let count = partitions(plan);
        if count == 1 {
            return plan.execute(0, context);
        }
        let mut tasks = JoinSet::new();
        let mut receivers = Vec::with_capacity(count);
        for partition in 0..count {
            let (sender, receiver) = channel(QUEUE);
            tasks.spawn(pump(plan.execute(partition, Arc::clone(&context))?, sender));
            receivers.push(Some(receiver));
        }
        // Dropping the stream drops the tasks, which ends them.
        let merging = Merging { receivers, heads: Heads::new(count), _tasks: tasks };
        let stream = stream::try_unfold(merging, |mut merging| async move {
            Ok(merging.next().await?.map(|batch| (batch, merging)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(plan.schema(), stream)))
    }
}

async fn pump(mut stream: SendableRecordBatchStream, sender: Sender<Message>) {
    while let Some(batch) = stream.next().await {
        if sender.send(Message::Batch(batch)).await.is_err() {
            return;
        }
    }
    // Nobody is left to be told where this fails.
    let _ = sender.send(Message::End).await;
}

struct Merging {
    receivers: Vec<Option<Receiver<Message>>>,
    heads: Heads,
    _tasks: JoinSet<()>,
}

impl Merging {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        for (partition, receiver) in self.receivers.iter_mut().enumerate() {
            while self.heads.wants(partition)
                && let Some(messages) = receiver
            {
                match messages.recv().await {
                    Some(Message::Batch(batch)) => self.heads.put(partition, batch?),
                    Some(Message::End) => *receiver = None,
                    None => return Err(DataFusionError::Internal("a worker panicked".to_owned())),
                }
            }
        }
        Ok(self.heads.pop())
    }
}
