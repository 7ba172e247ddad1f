//! What is asked in `bind`, and what the answer must be.

use std::collections::HashSet;

use arrow_schema::{Schema, SchemaRef};
use etl_data::{ROW_COLUMN, Scalar, canonical_schema, flatten_schema, unflatten};

use crate::bindings::etl::plugin::types;
use crate::bindings::exports::etl::plugin::stage;
use crate::convert::{fields_of, wit_fields, wit_metadata};
use crate::failure::clipped;
use crate::telemetry::clip;

/// What a stage asks of an operation.
#[derive(Clone, Debug, Default)]
pub struct BindRequest {
    /// The operation.
    pub operation: String,
    /// Its configuration as JSON text.
    pub config_json: String,
    /// The same as leaf values with dotted paths ("columns.0").
    pub config_leaves: Vec<(String, Scalar)>,
    /// Columns of each input port.
    pub inputs: Vec<SchemaRef>,
    /// "run-timestamp", "timezone", "batch-rows", "partition", "partitions", …
    pub options: Vec<(String, String)>,
}

/// Which rows must meet in one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Any.
    Any,
    /// All that agree on these columns, in their input order.
    Keyed(Vec<usize>),
    /// All, in their input order.
    Single,
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Column of input port 0.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
    /// Nulls before values.
    pub nulls_first: bool,
}

/// What an operation, bound to its configuration and input, needs and makes.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Columns of each output port, in the host's layout.
    pub outputs: Vec<SchemaRef>,
    /// Per input port, the columns that it reads.
    pub reads: Vec<Vec<usize>>,
    /// Which rows must meet in one instance.
    pub distribution: Distribution,
    /// Per output port and column, the column of input port 0 that it is, unchanged; `None` for one that is made
    /// of what is read. Nothing of a port for which nothing is promised.
    pub origins: Vec<Option<Vec<Option<usize>>>>,
    /// One row comes out of port 0 for each that goes in, in its place.
    pub one_to_one: bool,
    /// The order that it needs within an instance; empty: input order.
    pub order: Vec<SortKey>,
    /// Whether it wants a first pass over all rows.
    pub two_pass: bool,
    /// Whether the same input gives the same output.
    pub deterministic: bool,
    /// What else it says.
    pub properties: Vec<(String, String)>,
}

pub(crate) fn wit_schema(schema: &Schema) -> Result<types::Schema, etl_data::DataError> {
    Ok(types::Schema { fields: wit_fields(flatten_schema(schema)?), metadata: wit_metadata(schema) })
}

/// Checks what `bind` answered: a wrong index or type found here is a message, found later a fault.
pub(crate) fn binding_of(
    response: stage::BindResponse,
    inputs: &[SchemaRef],
    has_summary: bool,
) -> Result<Binding, String> {
    let columns = inputs.first().map_or(0, |schema| schema.fields().len());
    let of_input = |list: Vec<u32>, what: &str, columns: usize| {
        let list: Vec<usize> = list.into_iter().map(|index| index as usize).collect();
        match list.iter().find(|index| **index >= columns) {
            Some(index) => Err(format!("`{what}` names column {index} of {columns}")),
            None => Ok(list),
        }
    };
    let mut origins = Vec::with_capacity(response.outputs.len());
    let outputs = response.outputs.into_iter().map(|stage::Output { schema, origins: promised }| {
        let fields =
            unflatten(&fields_of(schema.fields)).map_err(|error| format!("an output schema: {error}"))?;
        let mut names = HashSet::with_capacity(fields.len());
        if let Some(field) = fields.iter().find(|field| !names.insert(field.name().as_str())) {
            return Err(format!("an output schema has two columns `{}`", clip(field.name().clone())));
        }
        if names.contains(ROW_COLUMN) {
            return Err(format!(
                "an output schema has a column `{ROW_COLUMN}`, which is the host's own name"
            ));
        }
        origins.push(origins_of(promised, fields.len(), columns)?);
        Ok(canonical_schema(&Schema::new_with_metadata(fields, schema.metadata.into_iter().collect())))
    });
    let outputs = outputs.collect::<Result<_, String>>()?;
    let distribution = match response.distribution {
        stage::Distribution::Any => Distribution::Any,
        stage::Distribution::Keyed(keys) => Distribution::Keyed(of_input(keys, "distribution", columns)?),
        stage::Distribution::Single => Distribution::Single,
    };
    if response.two_pass && !has_summary {
        return Err("it wants two passes, but the plugin does not export etl:plugin/summary@0.1.0".to_owned());
    }
    if response.reads.len() != inputs.len() {
        return Err(format!("`reads` is for {} input ports of {}", response.reads.len(), inputs.len()));
    }
    let reads = response.reads.into_iter().zip(inputs);
    let order = response.order.into_iter().map(|key| {
        let column = of_input(vec![key.column], "order", columns)?[0];
        Ok(SortKey { column, descending: key.descending, nulls_first: key.nulls_first })
    });
    Ok(Binding {
        outputs,
        reads: reads
            .map(|(list, schema)| of_input(list, "reads", schema.fields().len()))
            .collect::<Result<_, _>>()?,
        distribution,
        origins,
        one_to_one: response.one_to_one,
        order: order.collect::<Result<_, String>>()?,
        two_pass: response.two_pass,
        deterministic: response.deterministic,
        properties: clipped(response.properties),
    })
}

/// What an output port promises of its `width` columns, against an input of `columns`.
fn origins_of(
    promised: Vec<Option<u32>>,
    width: usize,
    columns: usize,
) -> Result<Option<Vec<Option<usize>>>, String> {
    if promised.is_empty() && width > 0 {
        return Ok(None);
    }
    if promised.len() != width {
        return Err(format!("`origins` has {} columns, and the output has {width}", promised.len()));
    }
    if let Some(index) = promised.iter().flatten().find(|index| **index as usize >= columns) {
        return Err(format!("`origins` names column {index} of {columns}"));
    }
    Ok(Some(promised.into_iter().map(|origin| origin.map(|index| index as usize)).collect()))
}
