//! Columns calculated from others.

use etl_sdk::prelude::*;

use crate::expression::Program;

/// Calculates a column from others with `+ - * /` and parentheses, row by row.
///
/// `+ - *` of integers give integers, and what does not fit 64 bits is an error; `/`, and whatever has a
/// float or a decimal in it, gives floats. What is divided by 0 is null, and so is whatever has a null in it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arithmetic {
    /// Column for the result, a new one or one to replace.
    column: String,
    /// What to calculate: `(price + fee) * nights`. A column whose name has blanks or other signs in
    /// it stands in backticks or double quotes. `×`, `÷` and `−` are understood too.
    expression: String,
}

impl Operation for Arithmetic {
    const NAME: &'static str = "arithmetic";

    fn bind(self, input: &Input) -> Result<Plan> {
        let program = Program::parse("expression", &self.expression, input)?;
        let replaced = input.position(&self.column).into_iter().collect::<Vec<_>>();
        let output = input.schema().clone().with(&self.column, program.format());
        let reads = program.columns();
        let stage = move |batch: Batch| batch.with(&self.column, &program.run(&batch, &self.column)?);
        Ok(Plan::any(output, stage).reads(&reads).changes_only(input, &replaced))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Arithmetic;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        n: int | m: int | x: float | net price: float | t: text
        6      | 3      | 0.5      | 2                | a
        -1     | 0      | 1.5      | 4                | b
        null   | 2      | 2.5      | null             | c
        7      | null   | 0        | 8                | d";

    fn calculated(expression: &str) -> String {
        let config = format!(r#"{{ "column": "r", "expression": {expression:?} }}"#);
        let out = run::<Arithmetic>(&config, INPUT).unwrap().to_string();
        out.lines().filter_map(|line| line.rsplit(" | ").next()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn integers_stay_integers() {
        assert_snapshot!(calculated("n + m"), @"r: int 9 -1 null null");
        assert_snapshot!(calculated("(n + m) * 10 - -n"), @"r: int 96 -11 null null");
        assert_snapshot!(calculated("100 - n - m"), @"r: int 91 101 null null");
        assert_snapshot!(calculated("2 * 3 + 4"), @"r: int 10 10 10 10");
    }

    #[test]
    fn floats_and_quotients_are_floats() {
        assert_snapshot!(calculated("n + x"), @"r: float 6.5 0.5 null 7");
        assert_snapshot!(calculated("n * 1.5"), @"r: float 9 -1.5 null 10.5");
        assert_snapshot!(calculated("6 / n"), @"r: float 1 -6 null 0.8571428571428571");
        assert_snapshot!(calculated("`net price` × \"n\" ÷ 2 − 1e1"), @"r: float -4 -12 null 18");
        assert_snapshot!(calculated("-(x)"), @"r: float -0.5 -1.5 -2.5 -0");
        assert_snapshot!(calculated("7 / 2"), @"r: float 3.5 3.5 3.5 3.5");
    }

    #[test]
    fn divided_by_zero_is_null() {
        assert_snapshot!(calculated("n / m"), @"r: float 2 null null null");
        assert_snapshot!(calculated("1 / (x - 0.5) + m"), @"r: float null 1 2.5 null");
    }

    #[test]
    fn in_place_or_at_the_end() {
        let out =
            run::<Arithmetic>(r#"{ "column": "n", "expression": "n / 2" }"#, "n: int | t: text\n 1 | a");
        assert_snapshot!(out.unwrap(), @r"
            n: float | t: text
            0.5      | a
            ");
        let widths = "a: c | b: L | d: f | e: d:9,2\n 1 | 2 | 0.5 | 1.25";
        let out = run::<Arithmetic>(r#"{ "column": "r", "expression": "a + b" }"#, widths);
        assert_snapshot!(out.unwrap(), @r"
            a: c | b: L | d: f | e: d:9,2 | r: int
            1    | 2    | 0.5  | 1.25     | 3
            ");
        let out = run::<Arithmetic>(r#"{ "column": "r", "expression": "d + e" }"#, widths);
        assert_snapshot!(out.unwrap(), @r"
            a: c | b: L | d: f | e: d:9,2 | r: float
            1    | 2    | 0.5  | 1.25     | 1.75
            ");
    }

    #[test]
    fn errors() {
        let error = |expression: &str| {
            error::<Arithmetic>(&format!(r#"{{ "column": "r", "expression": {expression:?} }}"#), INPUT)
        };
        assert_snapshot!(error("net + m"), @r"
            expression: there is no column `net`
            hint: the columns are `n`, `m`, `x`, `net price`, `t`
            ");
        assert_snapshot!(error("n + `net prices`"), @"expression: there is no column `net prices`; did you mean `net price`?");
        assert_snapshot!(error("n + t"), @r"
            expression: column `t` holds text; this operation needs numbers
            hint: `clean/parse-currency` makes numbers of text
            ");
        assert_snapshot!(error("n + "), @"expression: character 5: expected a number, a column or `(`, found the end");
        assert_snapshot!(error(""), @"expression: character 1: expected a number, a column or `(`, found the end");
        assert_snapshot!(error("n m"), @"expression: character 3: expected an operator or the end, found `m`");
        assert_snapshot!(error("(n + m"), @"expression: character 7: expected an operator or `)`, found the end");
        assert_snapshot!(error("(n + m))"), @"expression: character 8: expected an operator or the end, found `)`");
        assert_snapshot!(error("n * * m"), @"expression: character 5: expected a number, a column or `(`, found `*`");
        assert_snapshot!(error("n × € 5"), @r"
            expression: character 5: `€` means nothing here
            hint: a column whose name has such signs in it stands in backticks
            ");
        assert_snapshot!(error("n + `net price"), @"expression: character 5: nothing ends the quote `");
        assert_snapshot!(error("n + \"\""), @r"
            expression: there is no column ``
            hint: the columns are `n`, `m`, `x`, `net price`, `t`
            ");
        assert_snapshot!(error("n / (1 - 1)"), @"expression: character 3: division by 0");
        assert_snapshot!(error("9223372036854775807 * 2"), @r"
            expression: character 21: the result does not fit a 64-bit integer
            hint: with a point in a number, as in `2.0`, it is calculated with floats
            ");
        assert_snapshot!(error("n + 9223372036854775808"), @r"
            expression: character 5: 9223372036854775808 does not fit a 64-bit integer
            hint: `9223372036854775808.0` is a float
            ");
        assert_snapshot!(error("1.2.3"), @"expression: character 1: `1.2.3` is not a number");
        assert_snapshot!(error(&format!("{}n{}", "(".repeat(100), ")".repeat(100))), @"expression: character 65: more than 64 parentheses and signs within each other");
        assert_snapshot!(error(&format!("{}n", "-".repeat(100))), @"expression: character 65: more than 64 parentheses and signs within each other");
        assert_snapshot!(error("n + 9223372036854775807 - 9"), @r"
            column `r`, row 0 of the batch: 6 + 9223372036854775807 does not fit a 64-bit integer
            hint: with a point in a number, as in `1.0 *`, it is calculated with floats
            ");
        assert_snapshot!(error("n * 4611686018427387904"), @r"
            column `r`, row 0 of the batch: 6 * 4611686018427387904 does not fit a 64-bit integer
            hint: with a point in a number, as in `1.0 *`, it is calculated with floats
            ");
    }

    #[test]
    fn errors_of_the_configuration() {
        assert_snapshot!(error::<Arithmetic>(r#"{ "column": "r" }"#, INPUT), @"missing key `expression`");
        assert_snapshot!(error::<Arithmetic>(r#"{ "column": "r", "expr": "n" }"#, INPUT), @"expr: unknown key `expr`, expected `column` or `expression`");
    }

    #[test]
    fn long_and_deep_expressions() {
        let long = vec!["n"; 5_000].join(" + ");
        assert_snapshot!(calculated(&long), @"r: int 30000 -5000 null 35000");
        let deep = format!("{}n{}", "(".repeat(60), ")".repeat(60));
        assert_snapshot!(calculated(&deep), @"r: int 6 -1 null 7");
    }

    #[test]
    fn the_greatest_integers() {
        let input = "
            n: int               | m: int
            9223372036854775806  | 1
            -9223372036854775807 | -1
            9223372036854775807  | null";
        let out = run::<Arithmetic>(r#"{ "column": "r", "expression": "n + m" }"#, input).unwrap();
        assert_snapshot!(out, @r"
            n: int               | m: int | r: int
            9223372036854775806  | 1      | 9223372036854775807
            -9223372036854775807 | -1     | -9223372036854775808
            9223372036854775807  | null   | null
            ");
        let out = run::<Arithmetic>(
            r#"{ "column": "r", "expression": "(n + m) * m" }"#,
            "n: int | m: int\n 3 | -4",
        )
        .unwrap();
        assert_snapshot!(out, @r"
            n: int | m: int | r: int
            3      | -4     | 4
            ");
        let least = "n: int\n -9223372036854775808";
        assert_snapshot!(error::<Arithmetic>(r#"{ "column": "r", "expression": "-n" }"#, least), @r"
            column `r`, row 0 of the batch: 0 - -9223372036854775808 does not fit a 64-bit integer
            hint: with a point in a number, as in `1.0 *`, it is calculated with floats
            ");
    }
}
