//! Positions that rise strictly, given to an ordered stream.

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::StreamExt;

use super::node::{Operator, input};
use crate::position::Sequencer;

/// See [`Sequencer`].
#[derive(Debug)]
pub(crate) struct Sequence;

impl Operator for Sequence {
    const NAME: &'static str = "Sequence";

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let stream = input(plan)?.execute(partition, context)?;
        let schema = stream.schema();
        let mut sequencer = Sequencer::default();
        let stream = stream.map(move |batch| Ok(sequencer.sequence(batch?)?));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}
