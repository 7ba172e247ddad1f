//! Skewed numbers, drawn together.

use etl_sdk::prelude::*;

/// Replaces nulls by the column's median, and then every value by its root or logarithm.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixSkewness {
    /// Column of numbers; it becomes a column of floats.
    column: String,
    /// What to make of each value.
    transform: Transform,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Transform {
    /// Square root.
    Sqrt,
    /// Natural logarithm of one more than the value.
    Log1p,
    /// Cube root.
    Cbrt,
}

impl Transform {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Sqrt => value.sqrt(),
            Self::Log1p => value.ln_1p(),
            Self::Cbrt => value.cbrt(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sqrt => "square root",
            Self::Log1p => "logarithm",
            Self::Cbrt => "cube root",
        }
    }
}

impl Operation for FixSkewness {
    const NAME: &'static str = "fix-skewness";

    fn bind(self, input: &Input) -> Result<Plan> {
        const HINT: &str = "`clean/parse-currency` makes numbers of text";
        let index = input.column("column", &self.column)?.hint(HINT).numbers()?.index();
        let output = input.schema().clone().with(&self.column, "g");
        let stage = Skewed { index, name: self.column, transform: self.transform, filler: None };
        Ok(Plan::two_pass(output, stage).reads(&[index]).changes_only(input, &[index]))
    }
}

struct Skewed {
    index: usize,
    name: String,
    transform: Transform,
    filler: Option<f64>,
}

impl TwoPass for Skewed {
    type Summary = Multiset<f64>;

    fn observe(&mut self, batch: &Batch, values: &mut Multiset<f64>) -> Result<()> {
        // NaN counts as null: it has no place in an order.
        let column = batch.column(self.index)?.as_f64()?;
        column.iter().flatten().filter(|value| !value.is_nan()).for_each(|value| values.insert(value));
        Ok(())
    }

    fn settle(&mut self, values: Multiset<f64>, _: usize) -> Result<()> {
        self.filler = values.median();
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        let column = batch.column(self.index)?.as_f64()?;
        let mut out = F64Builder::with_capacity(column.len());
        for (row, value) in column.iter().enumerate() {
            let Some(value) = value.filter(|value| !value.is_nan()).or(self.filler) else {
                out.push(None);
                continue;
            };
            let result = self.transform.of(value);
            if !result.is_finite() {
                let what = format!("there is no {} of {value}", self.transform.name());
                let error = Error::data(what).column(&self.name).row(row);
                return Err(error.hint("drop such rows before with `clean/filter-range`"));
            }
            out.push(result);
        }
        if let Some(median) = self.filler {
            telemetry::set("median", median);
        }
        output.emit(batch.with(&self.name, &out.finish()?)?)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::FixSkewness;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "n: int | t: text\n 9 | a\n null | b\n 1 | c\n 4 | d\n 16 | e";

    #[test]
    fn median_then_root_or_logarithm() {
        let run = |config| run::<FixSkewness>(config, INPUT).unwrap();
        let out = run(r#"{ "column": "n", "transform": "sqrt" }"#);
        assert_snapshot!(out, @r"
            n: float           | t: text
            3                  | a
            2.5495097567963922 | b
            1                  | c
            2                  | d
            4                  | e
            ");
        assert_eq!(out.attributes["median"], 6.5.into());
        assert_snapshot!(run(r#"{ "column": "n", "transform": "log1p" }"#), @r"
            n: float           | t: text
            2.302585092994046  | a
            2.0149030205422647 | b
            0.6931471805599453 | c
            1.6094379124341003 | d
            2.833213344056216  | e
            ");
        assert_snapshot!(run(r#"{ "column": "n", "transform": "cbrt" }"#), @r"
            n: float           | t: text
            2.080083823051904  | a
            1.866255578408624  | b
            1                  | c
            1.5874010519681996 | d
            2.5198420997897464 | e
            ");
    }

    #[test]
    fn a_column_without_values_stays_null() {
        let out = run::<FixSkewness>(r#"{ "column": "n", "transform": "sqrt" }"#, "n: float\n null").unwrap();
        assert_snapshot!(out, @r"
            n: float
            null
            ");
    }

    #[test]
    fn errors() {
        let error = |config| error::<FixSkewness>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "m", "transform": "sqrt" }"#), @r#"
            column: there is no column `m`
            hint: the columns are `n`, `t`
            "#);
        assert_snapshot!(error(r#"{ "column": "t", "transform": "sqrt" }"#), @r"
            column: column `t` holds text; this operation needs numbers
            hint: `clean/parse-currency` makes numbers of text
            ");
        assert_snapshot!(error(r#"{ "column": "n", "transform": "sqr" }"#), @"transform: unknown value `sqr`, expected one of `sqrt`, `log1p`, `cbrt`; did you mean `sqrt`?");
        assert_snapshot!(error(r#"{ "column": "n" }"#), @"missing key `transform`");
        assert_snapshot!(error(r#"{ "colum": "n", "transform": "sqrt" }"#), @"colum: unknown key `colum`, expected `column` or `transform`; did you mean `column`?");
        let negative = "n: int\n 4\n -4";
        assert_snapshot!(etl_sdk::testing::error::<FixSkewness>(r#"{ "column": "n", "transform": "sqrt" }"#, negative), @r"
            column `n`, row 1 of the batch: there is no square root of -4
            hint: drop such rows before with `clean/filter-range`
            ");
    }
}
