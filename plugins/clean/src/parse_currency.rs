//! Amounts of money written as text.

use etl_sdk::prelude::*;

/// Makes numbers of text such as `$1,060 `. A row whose text is empty or null is dropped.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParseCurrency {
    /// Column of text; it becomes a column of floats.
    column: String,
    /// Characters to leave out.
    #[serde(default = "currency_signs")]
    strip: String,
}

fn currency_signs() -> String {
    "$,".to_owned()
}

impl Operation for ParseCurrency {
    const NAME: &'static str = "parse-currency";

    fn bind(self, input: &Input) -> Result<Plan> {
        let column = input.column("column", &self.column)?.text()?.index();
        let output = input.schema().clone().with(&self.column, "g");
        let Self { column: name, strip } = self;
        let stage = move |batch: Batch| {
            let text = batch.column(column)?.text()?;
            let mut values = vec![0.0; text.len()];
            let mut keep = Mask::new(true, text.len());
            let mut digits = String::new();
            for (row, amount) in text.iter().enumerate() {
                digits.clear();
                digits.extend(amount.unwrap_or_default().chars().filter(|c| !strip.contains(*c)));
                match digits.trim() {
                    "" => keep.set(row, false),
                    digits => match digits.parse::<f64>() {
                        Ok(value) if value.is_finite() => values[row] = value,
                        _ => {
                            let amount = amount.unwrap_or_default();
                            return Err(Error::data(format!("`{amount}` is not a number"))
                                .column(&name)
                                .row(row));
                        }
                    },
                }
            }
            telemetry::count("empty", keep.len() - keep.count());
            batch.with(&name, &Column::from_f64(values, None)?)?.filter(&keep)
        };
        Ok(Plan::any(output, stage).reads(&[column]).selects_rows(input, &[column]))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::ParseCurrency;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    #[test]
    fn parses_and_drops_what_is_empty() {
        let input = "n: int | price: text\n 1 | \"$1,060 \"\n 2 | null\n 3 | \"$ \"\n 4 | -2.50";
        let out = run::<ParseCurrency>(r#"{ "column": "price" }"#, input).unwrap();
        assert_snapshot!(out, @r"
            n: int | price: float
            1      | 1060
            4      | -2.5
            ");
        assert_eq!(out.counts["empty"], 2);
        let out =
            run::<ParseCurrency>(r#"{ "column": "p", "strip": " €" }"#, "p: text\n \"1 060 €\"").unwrap();
        assert_snapshot!(out, @r"
            p: float
            1060
            ");
    }

    #[test]
    fn errors() {
        let error =
            |config| error::<ParseCurrency>(config, "n: int | price: text\n 1 | $5\n 2 | \"$5 or so\"");
        assert_snapshot!(error(r#"{ "column": "price" }"#), @"column `price`, row 1 of the batch: `$5 or so` is not a number");
        assert_snapshot!(error(r#"{ "column": "prise" }"#), @"column: there is no column `prise`; did you mean `price`?");
        assert_snapshot!(error(r#"{ "column": "n" }"#), @"column: column `n` holds integers; this operation needs text");
        assert_snapshot!(error(r#"{ "column": "price", "stripe": "$" }"#), @"stripe: unknown key `stripe`, expected `column` or `strip`; did you mean `strip`?");
    }
}
