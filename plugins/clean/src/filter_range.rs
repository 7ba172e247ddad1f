//! Rows whose number lies between bounds.

use etl_sdk::prelude::*;

/// Keeps the rows whose value lies between bounds. A null does not.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FilterRange {
    /// Column of numbers.
    column: String,
    /// The value must be greater.
    above: Option<f64>,
    /// The value must be less.
    below: Option<f64>,
    /// The value must be greater or equal.
    at_least: Option<f64>,
    /// The value must be less or equal.
    at_most: Option<f64>,
}

impl Operation for FilterRange {
    const NAME: &'static str = "filter-range";

    fn bind(self, input: &Input) -> Result<Plan> {
        const HINT: &str = "`clean/parse-currency` makes numbers of text";
        let column = input.column("column", &self.column)?.hint(HINT).numbers()?.index();
        let Self { above, below, at_least, at_most, .. } = self;
        if above.or(below).or(at_least).or(at_most).is_none() {
            return Err(Error::config(
                "",
                "no bound is given: set `above`, `below`, `at-least` or `at-most`",
            ));
        }
        // A bound that is not given is one that every number meets; NaN meets none.
        let (above, below) = (above.unwrap_or(f64::NEG_INFINITY), below.unwrap_or(f64::INFINITY));
        let (open_low, open_high) = (self.above.is_some(), self.below.is_some());
        let (least, most) = (at_least.unwrap_or(f64::NEG_INFINITY), at_most.unwrap_or(f64::INFINITY));
        let inside = move |value: f64| {
            (!open_low || value > above) && (!open_high || value < below) && value >= least && value <= most
        };
        let stage = move |batch: Batch| {
            let numbers = batch.column(column)?.as_f64()?;
            let values = numbers.values();
            let mut keep = Mask::from_fn(values.len(), |row| inside(values[row]));
            if let Some(validity) = numbers.validity() {
                keep = keep.and(validity);
            }
            telemetry::count("out_of_range", keep.len() - keep.count());
            batch.filter(&keep)
        };
        Ok(Plan::any(input.schema().clone(), stage).reads(&[column]).selects_rows(input, &[]))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::FilterRange;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "n: int | price: text\n -1 | a\n 0 | b\n 1 | c\n null | d\n 364 | e\n 365 | f";

    #[test]
    fn open_and_closed_bounds() {
        let out = run::<FilterRange>(r#"{ "column": "n", "above": 0, "below": 365 }"#, INPUT).unwrap();
        assert_snapshot!(out, @r"
            n: int | price: text
            1      | c
            364    | e
            ");
        assert_eq!(out.counts["out_of_range"], 4);
        let out = run::<FilterRange>(r#"{ "column": "n", "at-least": 0, "at-most": 364 }"#, INPUT).unwrap();
        assert_snapshot!(out, @r"
            n: int | price: text
            0      | b
            1      | c
            364    | e
            ");
    }

    #[test]
    fn errors() {
        let error = |config| error::<FilterRange>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "m", "above": 0 }"#), @r#"
            column: there is no column `m`
            hint: the columns are `n`, `price`
            "#);
        assert_snapshot!(error(r#"{ "column": "price", "above": 0 }"#), @r"
            column: column `price` holds text; this operation needs numbers
            hint: `clean/parse-currency` makes numbers of text
            ");
        assert_snapshot!(error(r#"{ "column": "n" }"#), @"no bound is given: set `above`, `below`, `at-least` or `at-most`");
        assert_snapshot!(error(r#"{ "column": "n", "abov": 0 }"#), @"abov: unknown key `abov`, expected one of `column`, `above`, `below`, `at-least`, `at-most`; did you mean `above`?");
        assert_snapshot!(error(r#"{ "column": "n", "above": "zero" }"#), @r#"above: invalid type: string "zero", expected a number"#);
    }
}
