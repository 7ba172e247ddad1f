//! Rows against a contract, on their way.

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_execution::TaskContext;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};

use super::node::{Operator, changed};
use crate::contract::Checking;

/// Lets rows through that keep a contract.
#[derive(Debug)]
pub(crate) struct Check(pub(crate) Arc<Checking>);

impl Operator for Check {
    const NAME: &'static str = "Check";

    fn execute(
        &self,
        plan: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let checking = Arc::clone(&self.0);
        changed(plan, partition, context, move |batch| checking.check(batch))
    }
}
