//! Spellings put right.

use std::collections::BTreeMap;

use etl_sdk::prelude::*;

/// Replaces certain values of a text column.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceValues {
    /// Column of text.
    column: String,
    /// New values by old ones. A value must be equal as a whole.
    values: BTreeMap<String, String>,
}

impl Operation for ReplaceValues {
    const NAME: &'static str = "replace-values";

    fn bind(self, input: &Input) -> Result<Plan> {
        let column = input.column("column", &self.column)?.text()?.index();
        let Self { column: name, values } = self;
        let (old, new): (Vec<String>, Vec<String>) = values.into_iter().unzip();
        let stage = move |batch: Batch| {
            let before = batch.column(column)?;
            let text = before.text()?;
            let found = |row| text.get(row).and_then(|value| old.iter().position(|old| old == value));
            let replaced = (0..text.len()).map(found).collect::<Vec<_>>();
            let count = replaced.iter().flatten().count();
            if count == 0 {
                return Ok(batch);
            }
            telemetry::count("replaced", count);
            let mut values = TextBuilder::with_capacity(new.len());
            for value in &new {
                values.push(value.as_str());
            }
            let choose = |row: usize| replaced[row].map_or((0, row), |value| (1, value));
            batch.with(&name, &Column::select(&[&before, &values.finish()?], replaced.len(), choose)?)
        };
        Ok(Plan::any(input.schema().clone(), stage).reads(&[column]).changes_only(input, &[column]))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::ReplaceValues;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "n: int | where: text\n 1 | londn\n 2 | London\n 3 | null\n 4 | pris\n 5 | londns";

    #[test]
    fn replaces_whole_values() {
        let config = r#"{ "column": "where", "values": { "londn": "London", "pris": "Paris" } }"#;
        let out = run::<ReplaceValues>(config, INPUT).unwrap();
        assert_snapshot!(out, @r"
            n: int | where: text
            1      | London
            2      | London
            3      | null
            4      | Paris
            5      | londns
            ");
        assert_eq!(out.counts["replaced"], 2);
    }

    #[test]
    fn errors() {
        let error = |config| error::<ReplaceValues>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "wher", "values": {} }"#), @"column: there is no column `wher`; did you mean `where`?");
        assert_snapshot!(error(r#"{ "column": "n", "values": {} }"#), @"column: column `n` holds integers; this operation needs text");
        assert_snapshot!(error(r#"{ "column": "where", "values": { "a": 1 } }"#), @"values.a: invalid type: integer `1`, expected a string");
        assert_snapshot!(error(r#"{ "column": "where", "value": {} }"#), @"value: unknown key `value`, expected `column` or `values`; did you mean `values`?");
    }
}
