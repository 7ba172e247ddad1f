//! One row for each key.

use std::collections::VecDeque;

use etl_sdk::prelude::*;

/// Keeps one row of those that agree on some columns; null equals null.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropDuplicates {
    /// Columns on which duplicates agree.
    columns: Vec<String>,
    /// Which of them stays, in input order.
    #[serde(default)]
    keep: Keep,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Keep {
    #[default]
    First,
    Last,
}

impl Operation for DropDuplicates {
    const NAME: &'static str = "drop-duplicates";

    fn bind(self, input: &Input) -> Result<Plan> {
        let columns = input.columns("columns", &self.columns)?.into_iter();
        let flat = columns.map(|column| column.need("flat values", |kind| kind != Kind::Nested));
        let keys = flat.map(|column| Ok(column?.index())).collect::<Result<Vec<_>>>()?;
        if keys.is_empty() {
            return Err(Error::config("columns", "name at least one column"));
        }
        let output = input.schema().clone();
        let plan = match self.keep {
            Keep::First => Plan::keyed(output, &keys, First { keys: keys.clone(), seen: KeySet::default() }),
            Keep::Last => Plan::keyed(output, &keys, Last { keys: keys.clone(), ..Last::default() }),
        };
        Ok(plan.selects_rows(input, &[]))
    }
}

struct First {
    keys: Vec<usize>,
    seen: KeySet,
}

impl Stage for First {
    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        let keys = Keys::of(&batch, &self.keys)?;
        let new = Mask::from_fn(keys.len(), |row| self.seen.insert(keys.get(row)).1);
        telemetry::count("duplicates", new.len() - new.count());
        output.emit(batch.filter(&new)?)
    }
}

/// Holds all batches by handle until the last row of each key is known.
#[derive(Default)]
struct Last {
    keys: Vec<usize>,
    seen: KeySet,
    /// Per key, the batch and row that came last.
    places: Vec<(usize, usize)>,
    batches: VecDeque<(Batch, Mask)>,
}

impl Stage for Last {
    fn process(&mut self, batch: Batch, _: &mut Output) -> Result<()> {
        let keys = Keys::of(&batch, &self.keys)?;
        let here = self.batches.len();
        self.batches.push_back((batch, Mask::new(true, keys.len())));
        for (row, key) in keys.iter().enumerate() {
            match self.seen.insert(key) {
                (_, true) => self.places.push((here, row)),
                (key, false) => {
                    let (before, row_before) = std::mem::replace(&mut self.places[key], (here, row));
                    self.batches[before].1.set(row_before, false);
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        let Some((batch, keep)) = self.batches.pop_front() else {
            return Ok(Flow::Done);
        };
        telemetry::count("duplicates", keep.len() - keep.count());
        output.emit(batch.filter(&keep)?)?;
        Ok(Flow::More)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::DropDuplicates;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        host: text | lat: float | n: int
        ada        | 0.0        | 1
        bob        | 1.5        | 2
        ada        | -0.0       | 3
        null       | 1.5        | 4
        null       | 1.5        | 5
        \"\"       | 1.5        | 6
        bob        | 1.5        | 7";

    #[test]
    fn keeps_the_first() {
        let out = run::<DropDuplicates>(r#"{ "columns": ["host", "lat"] }"#, INPUT).unwrap();
        assert_snapshot!(out, @r#"
            host: text | lat: float | n: int
            ada        | 0          | 1
            bob        | 1.5        | 2
            null       | 1.5        | 4
            ""         | 1.5        | 6
            "#);
        assert_eq!(out.counts["duplicates"], 3);
    }

    #[test]
    fn keeps_the_last() {
        let out = run::<DropDuplicates>(r#"{ "columns": ["host", "lat"], "keep": "last" }"#, INPUT).unwrap();
        assert_snapshot!(out, @r#"
            host: text | lat: float | n: int
            ada        | -0         | 3
            null       | 1.5        | 5
            ""         | 1.5        | 6
            bob        | 1.5        | 7
            "#);
        assert_eq!(out.counts["duplicates"], 3);
    }

    #[test]
    fn errors() {
        let error = |config| error::<DropDuplicates>(config, INPUT);
        assert_snapshot!(error(r#"{ "columns": ["host", "lta"] }"#), @"columns.1: there is no column `lta`; did you mean `lat`?");
        assert_snapshot!(error(r#"{ "columns": [] }"#), @"columns: name at least one column");
        assert_snapshot!(error(r#"{ "columns": ["host"], "keep": "frist" }"#), @"keep: unknown value `frist`, expected `first` or `last`; did you mean `first`?");
        assert_snapshot!(error(r#"{ "columns": ["host"], "kep": "first" }"#), @"kep: unknown key `kep`, expected `columns` or `keep`; did you mean `keep`?");
    }
}
