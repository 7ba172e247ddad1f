//! An operator as DataFusion knows it.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion_physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, SendableRecordBatchStream,
};
use futures::StreamExt;

/// What an operator does.
pub(crate) trait Operator: fmt::Debug + Send + Sync + 'static {
    /// Its name in a plan.
    const NAME: &'static str;

    /// What else is to be seen of it in a plan.
    fn describe(&self) -> String {
        String::new()
    }

    /// The rows of one partition.
    fn execute(
        &self,
        input: Option<&Arc<dyn ExecutionPlan>>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream>;
}

/// An operator with its place in a plan.
#[derive(Debug)]
pub(crate) struct Node<O> {
    operator: Arc<O>,
    input: Option<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
}

impl<O: Operator> Node<O> {
    /// An operator whose output has this schema and so many partitions.
    pub(crate) fn plan(
        operator: O,
        input: Option<Arc<dyn ExecutionPlan>>,
        schema: &SchemaRef,
        partitions: usize,
    ) -> Arc<dyn ExecutionPlan> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Arc::new(Self { operator: Arc::new(operator), input, properties: Arc::new(properties) })
    }
}

impl<O: Operator> DisplayAs for Node<O> {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let description = self.operator.describe();
        if description.is_empty() { f.write_str(O::NAME) } else { write!(f, "{}: {description}", O::NAME) }
    }
}

impl<O: Operator> ExecutionPlan for Node<O> {
    fn name(&self) -> &str {
        O::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.input.iter().collect()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.len() != usize::from(self.input.is_some()) {
            return Err(DataFusionError::Internal(format!("{} has other inputs", O::NAME)));
        }
        let (operator, properties) = (Arc::clone(&self.operator), Arc::clone(&self.properties));
        Ok(Arc::new(Self { operator, input: children.pop(), properties }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.operator.execute(self.input.as_ref(), partition, context)
    }
}

/// The input of an operator that has one.
pub(super) fn input(input: Option<&Arc<dyn ExecutionPlan>>) -> Result<&Arc<dyn ExecutionPlan>> {
    input.ok_or_else(|| DataFusionError::Internal("an operator without its input".to_owned()))
}

/// One partition of a plan, batch by batch changed.
pub(super) fn changed(
    plan: Option<&Arc<dyn ExecutionPlan>>,
    partition: usize,
    context: Arc<TaskContext>,
    mut change: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send + 'static,
) -> Result<SendableRecordBatchStream> {
    let stream = input(plan)?.execute(partition, context)?;
    let schema = stream.schema();
    let stream = stream.map(move |batch| change(batch?));
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
}

/// How many partitions a plan's output has.
pub(super) fn partitions(plan: &Arc<dyn ExecutionPlan>) -> usize {
    plan.properties().partitioning.partition_count()
}
