//! Batches that are not what `bind` said.

use serde::Deserialize;

use crate::bindings::etl::plugin::data::{Batch, Column};
use crate::bindings::etl::plugin::types::{Error, Scalar};

/// How a batch differs from the schema in the response to `bind`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Breach {
    /// The last column is missing.
    Fewer,
    /// There is one more.
    More,
    /// The first has another name.
    Name,
    /// The first has another type.
    Type,
    /// The columns are in reverse order.
    Order,
    /// Nulls in the first column, whether it may have them or not.
    Nulls,
}

/// How a batch differs from what `origins` and `one-to-one` said.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Lie {
    /// The first row is missing.
    DropsRow,
    /// Every row comes twice.
    RepeatsRows,
    /// The rows are in reverse order.
    ReversesRows,
    /// The first column has other values.
    ChangesValues,
    /// Nothing comes out.
    KeepsBatch,
}

type Emitted = Result<Vec<(u32, Batch)>, Error>;

impl Breach {
    pub(crate) fn output(self, input: &Batch) -> Emitted {
        let columns: Vec<u32> = (0..input.columns()).collect();
        let output = match self {
            Breach::Fewer => input.project(&columns[..columns.len().saturating_sub(1)])?,
            Breach::More => input.with_columns(&["one more".to_owned()], &[&input.get(0)?])?,
            Breach::Name => {
                let mut names = names(input);
                "another name".clone_into(&mut names[0]);
                input.rename(&names)?
            }
            Breach::Type => replaced(input, &Scalar::Bytes(vec![1]), "z")?,
            Breach::Order => input.project(&columns.iter().rev().copied().collect::<Vec<_>>())?,
            Breach::Nulls => {
                let format =
                    input.get(0)?.type_().first().map(|field| field.format.clone()).unwrap_or_default();
                replaced(input, &Scalar::Null, &format)?
            }
        };
        Ok(vec![(0, output)])
    }
}

impl Lie {
    pub(crate) fn output(self, input: Batch) -> Emitted {
        let rows = input.rows();
        let output = match self {
            Lie::DropsRow => input.slice(1, rows.saturating_sub(1))?,
            Lie::RepeatsRows => return Ok(vec![(0, input.slice(0, rows)?), (0, input)]),
            Lie::ReversesRows => input.take(&(0..rows).rev().collect::<Vec<_>>())?,
            Lie::ChangesValues => {
                let format =
                    input.get(0)?.type_().first().map(|field| field.format.clone()).unwrap_or_default();
                replaced(&input, &Scalar::Null, &format)?
            }
            Lie::KeepsBatch => return Ok(Vec::new()),
        };
        Ok(vec![(0, output)])
    }
}

/// The batch with a constant in its first column.
fn replaced(batch: &Batch, value: &Scalar, format: &str) -> Result<Batch, Error> {
    let column = Column::constant(value, format, batch.rows())?;
    let first = names(batch).swap_remove(0);
    batch.with_columns(&[first], &[&column])
}

fn names(batch: &Batch) -> Vec<String> {
    let mut names = Vec::new();
    let fields = batch.schema().fields;
    let mut next = 0;
    while let Some(field) = fields.get(next) {
        names.push(field.name.clone());
        next = after(&fields, next);
    }
    names
}

/// Where the field after this one begins: its children come in between.
fn after(fields: &[crate::bindings::etl::plugin::types::Field], index: usize) -> usize {
    let mut open = 1;
    let mut next = index;
    while open > 0 {
        open = open - 1 + fields.get(next).map_or(0, |field| field.children);
        next += 1;
    }
    next
}
