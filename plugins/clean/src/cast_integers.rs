//! Numbers made whole.

use etl_sdk::prelude::*;

/// Rounds numbers half to even, and makes them 64-bit integers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CastIntegers {
    /// Columns of numbers.
    columns: Vec<String>,
}

impl Operation for CastIntegers {
    const NAME: &'static str = "cast-integers";

    fn bind(self, input: &Input) -> Result<Plan> {
        let mut output = input.schema().clone();
        let mut columns = Vec::new();
        for column in input.columns("columns", &self.columns)? {
            let column = column.hint("`clean/parse-currency` makes numbers of text").numbers()?;
            if column.field().format != "l" {
                output = output.with(column.name(), "l");
                columns.push((column.index(), column.name().to_owned(), column.kind()));
            }
        }
        let changed = columns.iter().map(|(index, _, _)| *index).collect::<Vec<_>>();
        let stage = move |batch: Batch| {
            let cast = |(index, name, kind): &(usize, String, Kind)| {
                let column = batch.column(*index)?;
                if *kind == Kind::Integers { column.cast("l") } else { whole(&column.as_f64()?, name) }
            };
            let cast = columns.iter().map(cast).collect::<Result<Vec<_>>>()?;
            let named = columns.iter().zip(&cast).map(|((_, name, _), column)| (name.as_str(), column));
            batch.with_columns(&named.collect::<Vec<_>>())
        };
        Ok(Plan::any(output, stage).reads(&changed).changes_only(input, &changed))
    }
}

fn whole(column: &etl_sdk::F64, name: &str) -> Result<Column> {
    // The first float beyond 64-bit integers.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let mut out = Vec::with_capacity(column.len());
    for (row, value) in column.values().iter().enumerate() {
        let rounded = value.round_ties_even();
        if !(-LIMIT..LIMIT).contains(&rounded) && column.is_valid(row) {
            let what = format!("`{value}` does not fit a 64-bit integer");
            return Err(Error::data(what).column(name).row(row));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked above; what a null holds is never seen"
        )]
        out.push(rounded as i64);
    }
    Column::from_i64(out, column.validity())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::CastIntegers;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str =
        "x: float | n: int | s: s | t: text\n 0.5 | 1 | 7 | a\n 1.5 | 2 | 8 | b\n null | 3 | 9 | c";

    #[test]
    fn half_to_even() {
        assert_snapshot!(run::<CastIntegers>(r#"{ "columns": ["x", "n", "s"] }"#, INPUT).unwrap(), @r"
            x: int | n: int | s: int | t: text
            0      | 1      | 7      | a
            2      | 2      | 8      | b
            null   | 3      | 9      | c
            ");
    }

    #[test]
    fn errors() {
        assert_snapshot!(error::<CastIntegers>(r#"{ "columns": ["x", "m"] }"#, INPUT), @r#"
            columns.1: there is no column `m`
            hint: the columns are `x`, `n`, `s`, `t`
            "#);
        assert_snapshot!(error::<CastIntegers>(r#"{ "columns": ["t"] }"#, INPUT), @r"
            columns.0: column `t` holds text; this operation needs numbers
            hint: `clean/parse-currency` makes numbers of text
            ");
        assert_snapshot!(error::<CastIntegers>(r#"{ "column": ["x"] }"#, INPUT), @"column: unknown key `column`, expected `columns`; did you mean `columns`?");
        assert_snapshot!(error::<CastIntegers>(r#"{ "columns": ["x"] }"#, "x: float\n 1\n 1e19"), @"column `x`, row 1 of the batch: `10000000000000000000` does not fit a 64-bit integer");
        assert_snapshot!(error::<CastIntegers>(r#"{ "columns": ["x"] }"#, "x: float\n NaN"), @"column `x`, row 0 of the batch: `NaN` does not fit a 64-bit integer");
    }
}
