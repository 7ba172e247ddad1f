//! Rows whose text is long or short enough.

use etl_sdk::prelude::*;

/// Keeps the rows whose text has more, or fewer, characters than given. A null has no length.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FilterLength {
    /// Column of text.
    column: String,
    /// The text must have more characters.
    longer_than: Option<usize>,
    /// The text must have fewer characters.
    shorter_than: Option<usize>,
}

impl Operation for FilterLength {
    const NAME: &'static str = "filter-length";

    fn bind(self, input: &Input) -> Result<Plan> {
        let column = input.column("column", &self.column)?.text()?.index();
        let (longer, shorter) = (self.longer_than, self.shorter_than);
        if longer.or(shorter).is_none() {
            return Err(Error::config("", "no bound is given: set `longer-than` or `shorter-than`"));
        }
        let stage = move |batch: Batch| {
            let text = batch.column(column)?.text()?;
            let keep = Mask::from_fn(text.len(), |row| {
                text.get(row).is_some_and(|text| {
                    let length = text.chars().count();
                    longer.is_none_or(|bound| length > bound) && shorter.is_none_or(|bound| length < bound)
                })
            });
            telemetry::count("dropped", keep.len() - keep.count());
            batch.filter(&keep)
        };
        Ok(Plan::any(input.schema().clone(), stage).reads(&[column]).selects_rows(input, &[]))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::FilterLength;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "n: int | t: text\n 1 | four\n 2 | fünfe\n 3 | null\n 4 | sixsix";

    #[test]
    fn counts_characters() {
        assert_snapshot!(run::<FilterLength>(r#"{ "column": "t", "longer-than": 4 }"#, INPUT).unwrap(), @r"
            n: int | t: text
            2      | fünfe
            4      | sixsix
            ");
        assert_snapshot!(run::<FilterLength>(r#"{ "column": "t", "shorter-than": 6 }"#, INPUT).unwrap(), @r"
            n: int | t: text
            1      | four
            2      | fünfe
            ");
    }

    #[test]
    fn errors() {
        let error = |config| error::<FilterLength>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "tt", "longer-than": 4 }"#), @"column: there is no column `tt`; did you mean `t`?");
        assert_snapshot!(error(r#"{ "column": "n", "longer-than": 4 }"#), @"column: column `n` holds integers; this operation needs text");
        assert_snapshot!(error(r#"{ "column": "t" }"#), @"no bound is given: set `longer-than` or `shorter-than`");
        assert_snapshot!(error(r#"{ "column": "t", "longer-then": 4 }"#), @"longer-then: unknown key `longer-then`, expected one of `column`, `longer-than`, `shorter-than`; did you mean `longer-than`?");
        assert_snapshot!(error(r#"{ "column": "t", "longer-than": -4 }"#), @"longer-than: invalid value: integer `-4`, expected a whole number from 0");
    }
}
