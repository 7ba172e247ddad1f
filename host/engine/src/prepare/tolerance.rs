//! What a pipeline says of faults, against what a stage can bear.

use std::sync::Arc;

use arrow_schema::Schema;
use etl_pipeline::{OnError, OnFault, Span, Stage};
use etl_plugin::Binding;

use super::Preparing;
use crate::contract::{Prepared, Whose};
use crate::lineage::Lineage;
use crate::plan::Shape;

impl Preparing<'_> {
    /// What follows from the stage's promises, as far as faults leave them true.
    pub(super) fn lineage(
        &mut self,
        stage: &Stage,
        input: &Schema,
        binding: &Binding,
        shape: Shape,
    ) -> Option<Lineage> {
        let (tolerance, mut lineage) = (&stage.tolerance, Lineage::of(binding));
        if tolerance.on_trap.value == OnFault::Reject && matches!(shape, Shape::Keyed | Shape::Single) {
            let message = format!("`on-trap = \"reject\"` on a stage that is {}", shape.as_str());
            let help = "what such a stage keeps of the rows before is lost when it traps: leave it out";
            return self.refuse(stage, tolerance.on_trap.at, &message, help);
        }
        if tolerance.on_error.value == OnError::Skip {
            if !same_columns(input, &binding.outputs[0]) {
                let message = "`on-error = \"skip\"` on a stage that changes columns";
                let help = "rows can go past a stage only if it leaves the columns as they are";
                return self.refuse(stage, tolerance.on_error.at, message, help);
            }
            // Rows that go past it have all their own values.
            lineage.origins = None;
        }
        // Where a row may be missing, a stage behind must not observe what this one sees.
        lineage.one_to_one &= tolerance.rejects().is_none();
        Some(lineage)
    }

    pub(super) fn contract(
        &mut self,
        whose: &Whose,
        contract: &etl_pipeline::Contract,
        schema: &Schema,
    ) -> Option<Arc<Prepared>> {
        Prepared::new(whose, contract, schema, self.pipeline, &mut self.problems)
    }

    fn refuse<T>(&mut self, stage: &Stage, at: Span, message: &str, help: &str) -> Option<T> {
        let message = format!("stage `{}`: {message}", stage.name);
        self.problems.push(self.pipeline.diagnostic(&at, message).help(help));
        None
    }
}

fn same_columns(one: &Schema, other: &Schema) -> bool {
    let (one, other) = (one.fields(), other.fields());
    let same = |(one, other): (&arrow_schema::FieldRef, &arrow_schema::FieldRef)| {
        one.name() == other.name() && one.data_type() == other.data_type()
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}
