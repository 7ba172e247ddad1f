//! Positions that rise strictly, given to an ordered stream.

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_execution::TaskContext;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};

use super::node::{Operator, changed};
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
        let mut sequencer = Sequencer::default();
        changed(plan, partition, context, move |batch| Ok(sequencer.sequence(batch)?))
    }
}
