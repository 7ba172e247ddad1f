//! Rounding.

use etl_sdk::prelude::*;

/// Rounds numbers, half to even.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Round {
    /// Columns of numbers. Integers stay as they are.
    columns: Vec<String>,
    /// Digits after the point, 15 at most.
    #[serde(default)]
    digits: u8,
}

impl Operation for Round {
    const NAME: &'static str = "round";

    fn bind(self, input: &Input) -> Result<Plan> {
        if self.digits > 15 {
            return Err(Error::config(
                "digits",
                format!("{} is more than the 15 digits of a float", self.digits),
            ));
        }
        let mut output = input.schema().clone();
        let mut floats = Vec::new();
        for column in input.columns("columns", &self.columns)? {
            let column = column.hint("`clean/parse-currency` makes numbers of text").numbers()?;
            if column.kind() != Kind::Integers {
                output = output.with(column.name(), "g");
                floats.push((column.index(), column.name().to_owned()));
            }
        }
        let changed = floats.iter().map(|(index, _)| *index).collect::<Vec<_>>();
        let scale = 10_f64.powi(i32::from(self.digits));
        let stage = move |mut batch: Batch| {
            for (index, name) in &floats {
                let rounded =
                    batch.column(*index)?.as_f64()?.map(|value| (value * scale).round_ties_even() / scale)?;
                batch = batch.with(name, &rounded)?;
            }
            Ok(batch)
        };
        Ok(Plan::any(output, stage).reads(&changed).changes_only(input, &changed))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Round;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str =
        "x: float | n: int | t: text\n 0.5 | 1 | a\n 1.5 | 2 | b\n null | 3 | c\n -2.675 | 4 | d";

    #[test]
    fn half_to_even() {
        assert_snapshot!(run::<Round>(r#"{ "columns": ["x", "n"] }"#, INPUT).unwrap(), @r"
            x: float | n: int | t: text
            0        | 1      | a
            2        | 2      | b
            null     | 3      | c
            -3       | 4      | d
            ");
        assert_snapshot!(run::<Round>(r#"{ "columns": ["x"], "digits": 1 }"#, INPUT).unwrap(), @r"
            x: float | n: int | t: text
            0.5      | 1      | a
            1.5      | 2      | b
            null     | 3      | c
            -2.7     | 4      | d
            ");
    }

    #[test]
    fn errors() {
        let error = |config| error::<Round>(config, INPUT);
        assert_snapshot!(error(r#"{ "columns": ["y"] }"#), @r#"
            columns.0: there is no column `y`
            hint: the columns are `x`, `n`, `t`
            "#);
        assert_snapshot!(error(r#"{ "columns": ["x", "t"] }"#), @r"
            columns.1: column `t` holds text; this operation needs numbers
            hint: `clean/parse-currency` makes numbers of text
            ");
        assert_snapshot!(error(r#"{ "columns": ["x"], "digits": 16 }"#), @"digits: 16 is more than the 15 digits of a float");
        assert_snapshot!(error(r#"{ "columns": ["x"], "digit": 1 }"#), @"digit: unknown key `digit`, expected `columns` or `digits`; did you mean `digits`?");
    }
}
