//! Row numbers.

use etl_sdk::prelude::*;

/// Numbers the rows in input order, in a new column or in place of an old one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberRows {
    /// Column for the numbers.
    column: String,
    /// Number of the first row.
    #[serde(default = "one")]
    start: i64,
}

fn one() -> i64 {
    1
}

impl Operation for NumberRows {
    const NAME: &'static str = "number-rows";

    fn bind(self, input: &Input) -> Result<Plan> {
        let replaced = input.position(&self.column).into_iter().collect::<Vec<_>>();
        let output = input.schema().clone().with(&self.column, "l");
        let Self { column, start: mut next } = self;
        let stage = move |batch: Batch| {
            let numbers = (next..).take(batch.rows()).collect::<Vec<_>>();
            next = numbers.last().map_or(next, |last| last.saturating_add(1));
            batch.with(&column, &Column::from_i64(numbers, None)?)
        };
        Ok(Plan::single(output, stage).changes_only(input, &replaced))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::NumberRows;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "id: text | t: text\n x | a\n y | b\n z | c";

    #[test]
    fn in_place_or_at_the_end() {
        assert_snapshot!(run::<NumberRows>(r#"{ "column": "id" }"#, INPUT).unwrap(), @r"
            id: int | t: text
            1       | a
            2       | b
            3       | c
            ");
        assert_snapshot!(run::<NumberRows>(r#"{ "column": "n", "start": 0 }"#, INPUT).unwrap(), @r"
            id: text | t: text | n: int
            x        | a       | 0
            y        | b       | 1
            z        | c       | 2
            ");
    }

    #[test]
    fn errors() {
        assert_snapshot!(error::<NumberRows>("{}", INPUT), @"missing key `column`");
        assert_snapshot!(error::<NumberRows>(r#"{ "column": "n", "from": 0 }"#, INPUT), @"from: unknown key `from`, expected `column` or `start`");
        assert_snapshot!(error::<NumberRows>(r#"{ "column": "n", "start": "0" }"#, INPUT), @r#"start: invalid type: string "0", expected a whole number"#);
    }
}
