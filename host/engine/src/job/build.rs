//! The physical plan of a phase.

use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef, SortOptions};
use datafusion_common::{DataFusionError, Result};
use datafusion_physical_expr::expressions::Column;
use datafusion_physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion_physical_plan::repartition::RepartitionExec;
use datafusion_physical_plan::sorts::sort::SortExec;
use datafusion_physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion_physical_plan::union::UnionExec;
use datafusion_physical_plan::{ExecutionPlan, Partitioning};
use etl_data::ROW_COLUMN;
use etl_plugin::{Distribution, SortKey};

use crate::contract::Checking;
use crate::exec::{
    Buckets, Check, Hold, InOrder, Node, Observe, Observing, Pieces, ScanOperator, Sequence, Spread, Stage,
    key,
};
use crate::phase::Observer;
use crate::worker::StageRun;

/// Instances of a keyed stage: enough for one of them to be small where all keys are large. A constant: what an instance emits at its end comes in the order of the
/// instances, and the output must not depend on the number of threads.
pub(super) const KEYED: usize = 32;

/// Reads pieces on so many partitions.
pub(super) fn scan(
    pieces: impl Pieces,
    description: String,
    schema: &SchemaRef,
    partitions: usize,
) -> Arc<dyn ExecutionPlan> {
    let operator = ScanOperator { pieces: Arc::new(pieces), schema: Arc::clone(schema), description };
    Node::plan(operator, None, schema, partitions)
}

/// A plan that grows from its source.
pub(super) struct Builder {
    plan: Arc<dyn ExecutionPlan>,
    threads: usize,
    bytes: u64,
    /// Whether it is one stream in order, and not spread over partitions.
    ordered: bool,
}

impl Builder {
    /// `plan`, of about so many bytes of rows, is spread over `threads` partitions.
    pub(super) fn new(plan: Arc<dyn ExecutionPlan>, threads: usize, bytes: u64) -> Self {
        Self { plan, threads, bytes, ordered: false }
    }

    pub(super) fn stage(&mut self, stage: &Arc<StageRun>) -> Result<()> {
        let binding = &stage.prepared.binding;
        if !binding.order.is_empty() {
            self.sort(&binding.order)?;
        }
        match &binding.distribution {
            Distribution::Any => {
                self.spread();
                self.run(stage, self.threads);
            }
            Distribution::Single => {
                self.order();
                self.run(stage, 1);
                self.sequence();
            }
            Distribution::Keyed(columns) => {
                self.order();
                let schema = self.plan.schema();
                let keys = columns.iter().map(|column| key(&schema, *column)).collect();
                self.keyed(stage, keys)?;
                let position = ordering([by_position(&self.plan.schema())?])?;
                let merged = SortPreservingMergeExec::new(position, Arc::clone(&self.plan));
                self.plan = Arc::new(merged.with_round_robin_repartition(false));
                self.sequence();
            }
        }
        Ok(())
    }

    /// Lets rows in that are one stream in order.
    pub(super) fn enter(&mut self, rows: Arc<dyn ExecutionPlan>) -> Result<()> {
        self.order();
        let both = UnionExec::try_new(vec![Arc::clone(&self.plan), rows])?;
        let schema = self.plan.schema();
        self.plan = Node::plan(InOrder, Some(both), &schema, 1);
        self.sequence();
        Ok(())
    }

    /// Lets only rows through that keep a contract.
    pub(super) fn check(&mut self, checking: &Arc<Checking>) {
        if checking.needs_order() {
            self.order();
        }
        let (schema, partitions) = (self.plan.schema(), if self.ordered { 1 } else { self.threads });
        let check = Check(Arc::clone(checking));
        self.plan = Node::plan(check, Some(Arc::clone(&self.plan)), &schema, partitions);
    }

    /// Shows all rows to the observers among these stages.
    pub(super) fn observe(&mut self, stages: &[Arc<StageRun>], observers: &[Observer]) {
        self.spread();
        let observing = observers.iter().map(|observer| {
            let stage = &stages[observer.stage];
            stage.set_workers(self.threads);
            Arc::new(Observing::new(stage, &observer.reads))
        });
        let schema = self.plan.schema();
        self.plan =
            Node::plan(Observe(observing.collect()), Some(Arc::clone(&self.plan)), &schema, self.threads);
    }

    /// The plan as one ordered stream whose positions rise strictly.
    pub(super) fn in_order(mut self) -> Arc<dyn ExecutionPlan> {
        self.order();
        self.plan
    }

    fn run(&mut self, stage: &Arc<StageRun>, partitions: usize) {
        stage.set_workers(partitions);
        let input = Arc::clone(&self.plan);
        self.plan = Node::plan(Stage(Arc::clone(stage)), Some(input), &stage.output, partitions);
    }

    /// All instances side by side; or, where there is no room for that, one after the other.
    fn keyed(&mut self, stage: &Arc<StageRun>, keys: Vec<Arc<dyn PhysicalExpr>>) -> Result<()> {
        let input = Arc::clone(&self.plan);
        if stage.job.memory.is_small_for(self.bytes) {
            let schema = input.schema();
            self.plan = Node::plan(Buckets::new(keys, KEYED, stage), Some(input), &schema, KEYED);
            self.run(stage, KEYED);
            let (input, schema) = (Arc::clone(&self.plan), self.plan.schema());
            let at_once = stage.job.memory.buckets_at_once(self.bytes / KEYED as u64, self.threads);
            self.plan = Node::plan(Hold::new(stage, at_once), Some(input), &schema, KEYED);
        } else {
            self.plan = Arc::new(RepartitionExec::try_new(input, Partitioning::Hash(keys, KEYED))?);
            self.run(stage, KEYED);
        }
        Ok(())
    }

    fn order(&mut self) {
        if !self.ordered {
            let schema = self.plan.schema();
            self.plan = Node::plan(InOrder, Some(Arc::clone(&self.plan)), &schema, 1);
            self.sequence();
        }
    }

    fn sequence(&mut self) {
        let schema = self.plan.schema();
        self.plan = Node::plan(Sequence, Some(Arc::clone(&self.plan)), &schema, 1);
        self.ordered = true;
    }

    fn spread(&mut self) {
        if self.ordered {
            let schema = self.plan.schema();
            self.plan = Node::plan(Spread::default(), Some(Arc::clone(&self.plan)), &schema, self.threads);
            self.ordered = false;
        }
    }

    fn sort(&mut self, keys: &[SortKey]) -> Result<()> {
        self.order();
        let schema = self.plan.schema();
        let keys = keys.iter().map(|key| {
            let options = SortOptions { descending: key.descending, nulls_first: key.nulls_first };
            PhysicalSortExpr::new(Arc::new(Column::new(schema.field(key.column).name(), key.column)), options)
        });
        // Equal rows stay in input order.
        let keys = keys.chain([by_position(&schema)?]).collect::<Vec<_>>();
        self.plan = Arc::new(SortExec::new(ordering(keys)?, Arc::clone(&self.plan)));
        self.sequence();
        Ok(())
    }
}

/// Rejected rows by their positions; those of one position by all that is told of them.
pub(super) fn sort_rejects(rejects: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = rejects.schema();
    let columns = ["stage", "code", "message", "values"].into_iter().map(|name| {
        Ok(PhysicalSortExpr::new(Arc::new(Column::new(name, schema.index_of(name)?)), SortOptions::default()))
    });
    let keys = std::iter::once(by_position(&schema)).chain(columns).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(SortExec::new(ordering(keys)?, rejects)))
}

fn by_position(schema: &Schema) -> Result<PhysicalSortExpr> {
    let column = Column::new(ROW_COLUMN, schema.index_of(ROW_COLUMN)?);
    Ok(PhysicalSortExpr::new(Arc::new(column), SortOptions { descending: false, nulls_first: false }))
}

fn ordering(keys: impl IntoIterator<Item = PhysicalSortExpr>) -> Result<LexOrdering> {
    LexOrdering::new(keys).ok_or_else(|| DataFusionError::Internal("an order without keys".to_owned()))
}
