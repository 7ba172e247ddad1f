//! Columns that nobody needs.

use etl_sdk::prelude::*;

/// Drops columns.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropColumns {
    /// Columns to drop.
    columns: Vec<String>,
}

impl Operation for DropColumns {
    const NAME: &'static str = "drop-columns";

    fn bind(self, input: &Input) -> Result<Plan> {
        let dropped =
            input.columns("columns", &self.columns)?.iter().map(etl_sdk::Selected::index).collect::<Vec<_>>();
        let kept = (0..input.len()).filter(|index| !dropped.contains(index)).collect::<Vec<_>>();
        if kept.is_empty() {
            return Err(Error::config("columns", "no column would be left"));
        }
        let output = input.schema().clone().without(&dropped);
        Ok(Plan::any(output, move |batch: Batch| batch.project(&kept)).changes_only(input, &dropped))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::DropColumns;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "host_id: int | name: text | price: float\n 1 | a | 2.5";

    #[test]
    fn drops() {
        assert_snapshot!(run::<DropColumns>(r#"{ "columns": ["price", "host_id"] }"#, INPUT).unwrap(), @r"
            name: text
            a
            ");
    }

    #[test]
    fn errors() {
        let error = |config| error::<DropColumns>(config, INPUT);
        assert_snapshot!(error(r#"{ "columns": ["name", "hst_id"] }"#), @"columns.1: there is no column `hst_id`; did you mean `host_id`?");
        assert_snapshot!(error(r#"{ "columns": ["license"] }"#), @r"
            columns.0: there is no column `license`
            hint: the columns are `host_id`, `name`, `price`
            ");
        assert_snapshot!(error(r#"{ "columns": ["name", "price", "host_id"] }"#), @"columns: no column would be left");
        assert_snapshot!(error(r#"{ "columns": ["name", 3] }"#), @"columns.1: invalid type: integer `3`, expected a string");
        assert_snapshot!(error(r#"{ "colums": ["name"] }"#), @"colums: unknown key `colums`, expected `columns`; did you mean `columns`?");
        assert_snapshot!(error("{}"), @"missing key `columns`");
    }
}
