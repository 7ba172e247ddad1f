//! Rows with gaps.

use etl_sdk::prelude::*;

/// Drops the rows that have a null.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropNulls {
    /// Columns to look at; without it, all.
    columns: Option<Vec<String>>,
}

impl Operation for DropNulls {
    const NAME: &'static str = "drop-nulls";

    fn bind(self, input: &Input) -> Result<Plan> {
        let columns = match &self.columns {
            None => (0..input.len()).collect::<Vec<_>>(),
            Some(names) => input.columns("columns", names)?.iter().map(etl_sdk::Selected::index).collect(),
        };
        let reads = columns.clone();
        let stage = move |batch: Batch| {
            let mut keep: Option<Mask> = None;
            for index in &columns {
                if let Some(valid) = batch.column(*index)?.validity() {
                    keep = Some(keep.map_or_else(|| valid.clone(), |keep| keep.and(&valid)));
                }
            }
            let Some(keep) = keep else {
                return Ok(batch);
            };
            telemetry::count("with_nulls", keep.len() - keep.count());
            batch.filter(&keep)
        };
        Ok(Plan::any(input.schema().clone(), stage).reads(&reads).selects_rows(input, &[]))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::DropNulls;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "a: int | b: text\n 1 | x\n null | y\n 3 | null\n 4 | \"\"";

    #[test]
    fn drops() {
        let out = run::<DropNulls>("{}", INPUT).unwrap();
        assert_snapshot!(out, @r#"
            a: int | b: text
            1      | x
            4      | ""
            "#);
        assert_eq!(out.counts["with_nulls"], 2);
        assert_snapshot!(run::<DropNulls>(r#"{ "columns": ["b"] }"#, INPUT).unwrap(), @r#"
            a: int | b: text
            1      | x
            null   | y
            4      | ""
            "#);
    }

    #[test]
    fn errors() {
        assert_snapshot!(error::<DropNulls>(r#"{ "columns": ["a", "bb"] }"#, INPUT), @"columns.1: there is no column `bb`; did you mean `b`?");
        assert_snapshot!(error::<DropNulls>(r#"{ "column": ["a"] }"#, INPUT), @"column: unknown key `column`, expected `columns`; did you mean `columns`?");
    }
}
