//! Dates that can't be right.

use etl_sdk::prelude::*;

use crate::date_format::{DateFormat, Instant};

/// Makes instants of dates written as text. What is null, not a date, or outside the years that are
/// possible becomes the median of the others, in whole seconds.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CorrectDates {
    /// Column of text; it becomes a timestamp in microseconds without a zone.
    column: String,
    /// How the dates are written: `%Y %y %m %b %d %H %M %S`.
    #[serde(default = "american")]
    format: String,
    /// Column with the first year that is possible; where it is null, any is.
    not_before_year_of: Option<String>,
    /// The last year that is possible; without it, the year of the run.
    not_after_year: Option<i64>,
}

fn american() -> String {
    "%m/%d/%Y".to_owned()
}

impl Operation for CorrectDates {
    const NAME: &'static str = "correct-dates";

    fn bind(self, input: &Input) -> Result<Plan> {
        let column = input.column("column", &self.column)?.text()?.index();
        let first_year = match &self.not_before_year_of {
            None => None,
            Some(name) => Some(input.column("not-before-year-of", name)?.numbers()?.index()),
        };
        let run_year = || {
            input.option("run-timestamp").and_then(|time| time.get(..4)).and_then(|year| year.parse().ok())
        };
        let last_year = self.not_after_year.or_else(run_year);
        let last_year =
            last_year.ok_or_else(|| Error::config("not-after-year", "not set, and the run has no time"))?;
        let format = DateFormat::new("format", &self.format)?;
        let output = input.schema().clone().with(&self.column, MICROSECONDS);
        let reads = [Some(column), first_year].into_iter().flatten().collect::<Vec<_>>();
        let stage = Dates { column, name: self.column, first_year, last_year, format, median: None };
        Ok(Plan::two_pass(output, stage).reads(&reads).changes_only(input, &[column]))
    }
}

const MICROSECONDS: &str = "tsu:";

struct Dates {
    column: usize,
    name: String,
    first_year: Option<usize>,
    last_year: i64,
    format: DateFormat,
    /// Seconds since 1970-01-01.
    median: Option<i64>,
}

impl Dates {
    /// Seconds since 1970-01-01 of each row; `None` where the date is not a possible one.
    fn valid(&self, batch: &Batch) -> Result<Vec<Option<i64>>> {
        let text = batch.column(self.column)?.text()?;
        let first_years = match self.first_year {
            None => None,
            Some(index) => Some(batch.column(index)?.as_f64()?),
        };
        let valid = text.iter().enumerate().map(|(row, text)| {
            let Instant { year, seconds } = self.format.parse(text?)?;
            let first_year = first_years.as_ref().and_then(|years| years.get(row));
            #[expect(clippy::cast_precision_loss, reason = "a year has four digits")]
            let too_early = first_year.is_some_and(|first| (year as f64) < first);
            (year <= self.last_year && !too_early).then_some(seconds)
        });
        Ok(valid.collect())
    }
}

impl TwoPass for Dates {
    type Summary = Multiset<i64>;

    fn observe(&mut self, batch: &Batch, valid: &mut Multiset<i64>) -> Result<()> {
        self.valid(batch)?.into_iter().flatten().for_each(|seconds| valid.insert(seconds));
        Ok(())
    }

    fn settle(&mut self, valid: Multiset<i64>, _: usize) -> Result<()> {
        self.median = valid.middle().map(|(low, high)| half_to_even(low + high));
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        let valid = self.valid(&batch)?;
        telemetry::count("corrected", valid.iter().filter(|seconds| seconds.is_none()).count());
        let mut out = I64Builder::with_capacity(valid.len());
        out.extend(
            valid.into_iter().map(|seconds| seconds.or(self.median).map(|seconds| seconds * 1_000_000)),
        );
        output.emit(batch.with(&self.name, &out.finish_timestamps(MICROSECONDS)?)?)
    }
}

/// Half of a sum: of the two integers next to it, the even one.
fn half_to_even(sum: i64) -> i64 {
    let low = sum.div_euclid(2);
    if sum.rem_euclid(2) == 1 && low.rem_euclid(2) == 1 { low + 1 } else { low }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{CorrectDates, half_to_even};
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        seen: text | built: float | n: int
        10/19/2021 | 2010         | 1
        6/16/2058  | 2010         | 2
        5/1/2009   | 2010         | 3
        5/1/2009   | null         | 4
        null       | 2010         | 5
        soon       | 2010         | 6
        1/2/2022   | 2022         | 7
        1/5/2022   | 2022         | 8";

    #[test]
    fn impossible_dates_become_the_median() {
        let out =
            run::<CorrectDates>(r#"{ "column": "seen", "not-before-year-of": "built" }"#, INPUT).unwrap();
        assert_snapshot!(out, @r"
            seen: timestamp     | built: float | n: int
            2021-10-19T00:00:00 | 2010         | 1
            2021-11-25T12:00:00 | 2010         | 2
            2021-11-25T12:00:00 | 2010         | 3
            2009-05-01T00:00:00 | null         | 4
            2021-11-25T12:00:00 | 2010         | 5
            2021-11-25T12:00:00 | 2010         | 6
            2022-01-02T00:00:00 | 2022         | 7
            2022-01-05T00:00:00 | 2022         | 8
            ");
        assert_eq!(out.counts["corrected"], 4);
        let out = run::<CorrectDates>(r#"{ "column": "seen", "not-after-year": 2021 }"#, INPUT).unwrap();
        assert_snapshot!(out, @r"
            seen: timestamp     | built: float | n: int
            2021-10-19T00:00:00 | 2010         | 1
            2009-05-01T00:00:00 | 2010         | 2
            2009-05-01T00:00:00 | 2010         | 3
            2009-05-01T00:00:00 | null         | 4
            2009-05-01T00:00:00 | 2010         | 5
            2009-05-01T00:00:00 | 2010         | 6
            2009-05-01T00:00:00 | 2022         | 7
            2009-05-01T00:00:00 | 2022         | 8
            ");
    }

    #[test]
    fn the_median_is_rounded_half_to_even() {
        assert_eq!([1, 3, 5, -1, -3, 4].map(half_to_even), [0, 2, 2, 0, -2, 2]);
    }

    #[test]
    fn errors() {
        let error = |config| error::<CorrectDates>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "sen" }"#), @"column: there is no column `sen`; did you mean `seen`?");
        assert_snapshot!(error(r#"{ "column": "n" }"#), @"column: column `n` holds integers; this operation needs text");
        assert_snapshot!(error(r#"{ "column": "seen", "not-before-year-of": "seen" }"#), @"not-before-year-of: column `seen` holds text; this operation needs numbers");
        assert_snapshot!(error(r#"{ "column": "seen", "not-before-year": "built" }"#), @"not-before-year: unknown key `not-before-year`, expected one of `column`, `format`, `not-before-year-of`, `not-after-year`; did you mean `not-before-year-of`?");
        assert_snapshot!(error(r#"{ "column": "seen", "format": "%D" }"#), @r"
            format: `%D` is not a directive
            hint: directives are %Y %y %m %b %B %d %H %M %S %%
            ");
    }
}
