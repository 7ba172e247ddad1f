//! A contract against the columns that it is about.

use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use etl_pipeline::{Contract, Diagnostic, OnFault, Pipeline};

use super::rule::Rule;
use super::{Whose, columns};

/// A contract that makes sense for its columns.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) contract: Contract,
    pub(super) rules: Vec<Rule>,
    /// Columns whose values may occur once.
    pub(super) unique: Vec<usize>,
    /// The column that says how new a row is.
    pub(super) fresh: Option<usize>,
}

impl Prepared {
    /// The contract for rows of `schema`; all that is wrong with it goes to `problems`.
    pub(crate) fn new(
        whose: &Whose,
        contract: &Contract,
        schema: &Schema,
        pipeline: &Pipeline,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Arc<Self>> {
        if let Some(drift) = columns::drift(contract, schema) {
            let message = format!("{whose} does not give the columns of its contract: {drift}");
            let help = "change the contract if this is meant; `schema = \"evolve\"` lets new columns through";
            problems.push(pipeline.diagnostic(&contract.at, message).help(help));
            return None;
        }
        let mut prepared =
            Self { contract: contract.clone(), rules: Vec::new(), unique: Vec::new(), fresh: None };
        for (name, told) in &contract.columns {
            let Some((column, field)) = schema.column_with_name(name) else { continue };
            match Rule::of(column, name, field.data_type(), told) {
                Ok(rules) => prepared.rules.extend(rules),
                Err(senseless) => {
                    problems.push(pipeline.diagnostic(&senseless.at, senseless.message));
                    return None;
                }
            }
            if told.unique {
                prepared.unique.push(column);
            }
        }
        if let Some(fresh) = &contract.fresh {
            let found = schema.column_with_name(&fresh.column);
            let timed = |data_type: &DataType| {
                matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
            };
            let Some((column, _)) = found.filter(|(_, field)| timed(field.data_type())) else {
                let message = format!("`fresh` needs a column with a time, and `{}` is none", fresh.column);
                problems.push(pipeline.diagnostic(&fresh.at, message));
                return None;
            };
            prepared.fresh = Some(column);
        }
        Some(Arc::new(prepared))
    }

    /// The columns that it looks at.
    pub(crate) fn reads(&self) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().map(|rule| rule.column);
        rules.chain(self.unique.iter().copied()).chain(self.fresh)
    }

    /// Whether it looks at all rows in their order.
    pub(crate) fn needs_order(&self) -> bool {
        !self.unique.is_empty()
    }

    /// Whether a row that breaks it is left out.
    pub(crate) fn rejects(&self) -> bool {
        self.contract.on_bad_rows.value == OnFault::Reject
    }
}
