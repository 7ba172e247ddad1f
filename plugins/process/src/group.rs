//! Groups.

use etl_sdk::prelude::*;

use crate::aggregate::{Aggregate, Gathered, Values, column};

/// Passes its rows on unchanged, and emits what is known of their groups on the port `groups`.
///
/// The groups come in ascending order of their columns, nulls last. A column of theirs is named by what it
/// is of and what it is: `price_mean`; a count of rows is named `count`. Nulls count for nothing, and where
/// there is no value, all but the counts are null. The sum of decimals is one of floats. NaN is greater than
/// any number.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// Columns that make the groups; null equals null.
    by: Vec<String>,
    /// Column whose values are looked at; without it, rows can be counted.
    of: Option<String>,
    /// What to say of each group, in this order.
    #[serde(rename = "as")]
    aggregates: Vec<Aggregate>,
}

impl Operation for Group {
    const NAME: &'static str = "group";
    const OUTPUTS: &'static [&'static str] = &["output", "groups"];

    fn bind(self, input: &Input) -> Result<Plan> {
        let by = self.by(input)?;
        let of = match &self.of {
            None => None,
            Some(of) => {
                Some(input.column("of", of)?.need("flat values", |kind| kind != Kind::Nested)?.index())
            }
        };
        self.check_aggregates(input, of)?;
        let format = of.map_or("l", |of| input.fields()[of].format.as_str());
        let mut groups = by
            .iter()
            .map(|index| &input.fields()[*index])
            .fold(Schema::default(), |groups, field| groups.with(&field.name, &field.format));
        for (at, aggregate) in self.aggregates.iter().enumerate() {
            let name = match &self.of {
                Some(of) => format!("{of}_{}", aggregate.name()),
                None => aggregate.name().to_owned(),
            };
            if groups.position(&name).is_some() {
                return Err(Error::config(
                    format!("as.{at}"),
                    format!("there would be two columns `{name}`"),
                ));
            }
            groups = groups.with(&name, &aggregate.format(format));
        }
        let rows_at_once = input.option("batch-rows").and_then(|rows| rows.parse().ok()).unwrap_or(8_192);
        let stage = Grouping {
            key_layout: KeyLayout::of(input, &by)?,
            value_layout: of.map(|of| KeyLayout::of(input, &[of])).transpose()?,
            integers: Kind::of(format) == Kind::Integers,
            value_name: self.of.unwrap_or_default(),
            by: by.clone(),
            of,
            aggregates: self.aggregates,
            names: groups.fields().iter().map(|field| field.name.clone()).collect(),
            rows_at_once,
            groups: Grouped::default(),
            order: Vec::new(),
            emitted: 0,
        };
        let reads = by.into_iter().chain(of).collect::<Vec<_>>();
        let output = input.schema().clone();
        Ok(Plan::two_pass(output, stage).port(groups).reads(&reads).changes_only(input, &[]))
    }
}

impl Group {
    fn by(&self, input: &Input) -> Result<Vec<usize>> {
        if self.by.is_empty() {
            return Err(Error::config("by", "name at least one column"));
        }
        let mut by = Vec::with_capacity(self.by.len());
        for column in input.columns("by", &self.by)? {
            if by.contains(&column.index()) {
                return Err(column.error(format!("column `{}` is there twice", column.name())));
            }
            by.push(column.need("flat values", |kind| kind != Kind::Nested)?.index());
        }
        Ok(by)
    }

    fn check_aggregates(&self, input: &Input, of: Option<usize>) -> Result<()> {
        if self.aggregates.is_empty() {
            return Err(Error::config(
                "as",
                "name at least one of count, sum, mean, min, max, stddev, distinct",
            ));
        }
        for (at, aggregate) in self.aggregates.iter().enumerate() {
            let name = aggregate.name();
            let wrong = |message: String| Err(Error::config(format!("as.{at}"), message));
            match of.map(|of| &input.fields()[of]) {
                None if *aggregate != Aggregate::Count => {
                    return wrong(format!("`{name}` needs a column: name it with `of`"));
                }
                Some(field) if aggregate.of_numbers() && !field.kind().is_number() => {
                    return wrong(format!(
                        "`{name}` needs numbers; column `{}` holds {}",
                        field.name,
                        field.kind()
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

struct Grouping {
    by: Vec<usize>,
    of: Option<usize>,
    aggregates: Vec<Aggregate>,
    key_layout: KeyLayout,
    value_layout: Option<KeyLayout>,
    /// Name of the column of values, for errors.
    value_name: String,
    /// Whether the values are integers.
    integers: bool,
    /// Names of the groups' columns.
    names: Vec<String>,
    rows_at_once: usize,
    groups: Grouped<Gathered>,
    /// The numbers of the groups in the order in which they go out; empty if another instance emits them.
    order: Vec<usize>,
    emitted: usize,
}

impl TwoPass for Grouping {
    type Summary = Grouped<Gathered>;

    fn observe(&mut self, batch: &Batch, groups: &mut Grouped<Gathered>) -> Result<()> {
        let keys = Keys::of(batch, &self.by)?;
        let values = self.of.map(|of| Values::read(batch, of, &self.aggregates)).transpose()?;
        for (row, key) in keys.iter().enumerate() {
            let group = groups.entry(key);
            match &values {
                Some(values) => values.add(row, group),
                None => group.count += 1,
            }
        }
        Ok(())
    }

    fn settle(&mut self, groups: Grouped<Gathered>, instance: usize) -> Result<()> {
        telemetry::set("groups", groups.len());
        if instance == 0 {
            self.order = groups.order();
            self.groups = groups;
        }
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        output.emit(batch)
    }

    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        let next = self.order.iter().skip(self.emitted).take(self.rows_at_once);
        let (keys, groups): (Vec<_>, Vec<_>) = next.filter_map(|id| self.groups.at(*id)).unzip();
        if groups.is_empty() {
            return Ok(Flow::Done);
        }
        self.emitted += groups.len();
        let mut columns = self.key_layout.columns(&keys)?;
        for aggregate in &self.aggregates {
            let column = column(*aggregate, &groups, self.integers, self.value_layout.as_ref());
            columns.push(column.map_err(|error| error.column(&self.value_name))?);
        }
        let named = self.names.iter().map(String::as_str).zip(&columns).collect::<Vec<_>>();
        output.emit_to(1, Batch::from_columns(&named)?)?;
        Ok(Flow::More)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Group;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        g: text | h: int | n: int | x: float | t: text | d: date
        b       | 2      | 1      | 0.1      | x       | 2022-01-02
        a       | 10     | 2      | 0.2      | xy      | 2022-01-01
        b       | 2      | null   | 0.3      | x       | null
        null    | 2      | 3      | null     | z       | 1969-12-31
        a       | -1     | 4      | -1e16    | null    | 2022-01-02
        b       | 2      | 5      | 0.7      | y       | 2022-01-02
        a       | 10     | 7      | 1e16     | \"\"    | 2022-01-02
        a       | 10     | 7      | 1        | é       | 2022-01-02";

    const ALL: &str = r#"["count", "sum", "mean", "min", "max", "stddev", "distinct"]"#;

    fn groups(by: &str, of: &str, aggregates: &str) -> String {
        let config = format!(r#"{{ "by": {by}, "of": "{of}", "as": {aggregates} }}"#);
        run::<Group>(&config, INPUT).unwrap().port(1).to_owned()
    }

    #[test]
    fn of_numbers() {
        assert_snapshot!(groups(r#"["g"]"#, "n", ALL), @r"
            g: text | n_count: int | n_sum: int | n_mean: float | n_min: int | n_max: int | n_stddev: float    | n_distinct: int
            a       | 4            | 20         | 5             | 2          | 7          | 2.449489742783178  | 3
            b       | 2            | 6          | 3             | 1          | 5          | 2.8284271247461903 | 2
            null    | 1            | 3          | 3             | 3          | 3          | null               | 1
            ");
        assert_snapshot!(groups(r#"["g"]"#, "x", ALL), @r"
            g: text | x_count: int | x_sum: float       | x_mean: float       | x_min: float       | x_max: float      | x_stddev: float     | x_distinct: int
            a       | 4            | 1.2                | 0.3                 | -10000000000000000 | 10000000000000000 | 8164965809277260    | 4
            b       | 3            | 1.0999999999999999 | 0.36666666666666664 | 0.1                | 0.7               | 0.30550504633038933 | 3
            null    | 0            | null               | null                | null               | null              | null                | 0
            ");
        assert_snapshot!(groups(r#"["g", "h"]"#, "n", r#"["count"]"#), @r"
            g: text | h: int | n_count: int
            a       | -1     | 1
            a       | 10     | 3
            b       | 2      | 2
            null    | 2      | 1
            ");
        assert_snapshot!(groups(r#"["h", "g"]"#, "x", r#"["max", "sum"]"#), @r"
            h: int | g: text | x_max: float       | x_sum: float
            -1     | a       | -10000000000000000 | -10000000000000000
            2      | b       | 0.7                | 1.0999999999999999
            2      | null    | null               | null
            10     | a       | 10000000000000000  | 10000000000000002
            ");
    }

    #[test]
    fn of_other_values() {
        let all = r#"["count", "min", "max", "distinct"]"#;
        assert_snapshot!(groups(r#"["g"]"#, "t", all), @r#"
            g: text | t_count: int | t_min: text | t_max: text | t_distinct: int
            a       | 3            | ""          | é           | 3
            b       | 3            | x           | y           | 2
            null    | 1            | z           | z           | 1
            "#);
        assert_snapshot!(groups(r#"["g"]"#, "d", all), @r"
            g: text | d_count: int | d_min: date | d_max: date | d_distinct: int
            a       | 4            | 2022-01-01  | 2022-01-02  | 2
            b       | 2            | 2022-01-02  | 2022-01-02  | 1
            null    | 1            | 1969-12-31  | 1969-12-31  | 1
            ");
    }

    #[test]
    fn rows_can_be_counted() {
        let out = run::<Group>(r#"{ "by": ["g"], "as": ["count"] }"#, INPUT).unwrap();
        assert_snapshot!(out.port(1), @r"
            g: text | count: int
            a       | 4
            b       | 3
            null    | 1
            ");
        assert_eq!(out.attributes["groups"], 3_i64.into());
    }

    #[test]
    fn rows_go_on_unchanged() {
        let input = "g: bool | x: f\n true | 1.5\n null | 2.5\n false | 3.5";
        let out = run::<Group>(r#"{ "by": ["g"], "of": "x", "as": ["min"] }"#, input).unwrap();
        assert_snapshot!(out, @r"
            g: bool | x: f
            true    | 1.5
            null    | 2.5
            false   | 3.5
            ");
        assert_snapshot!(out.port(1), @r"
            g: bool | x_min: f
            false   | 3.5
            true    | 1.5
            null    | 2.5
            ");
        let none = run::<Group>(r#"{ "by": ["g"], "of": "x", "as": ["min"] }"#, "g: bool | x: f").unwrap();
        assert_snapshot!(none.port(1), @"g: bool | x_min: f");
    }

    #[test]
    fn many_groups_go_out_in_batches() {
        let rows = (0..20_000).rev().map(|n| format!("{}", n / 2)).collect::<Vec<_>>().join("\n");
        let plain = etl_sdk::testing::run_once::<Group>(
            r#"{ "by": ["n"], "as": ["count"] }"#,
            &format!("n: int\n{rows}"),
        );
        let groups = plain.unwrap().port(1).to_owned();
        let lines = groups.lines().map(|line| line.split(" | ").map(str::trim).collect::<Vec<_>>().join(" "));
        let lines = lines.collect::<Vec<_>>();
        assert_eq!((lines.len(), lines[1].as_str(), lines[10_000].as_str()), (10_001, "0 2", "9999 2"));
    }

    #[test]
    fn errors() {
        let error = |config| error::<Group>(config, INPUT);
        assert_snapshot!(error(r#"{ "by": ["gg"], "as": ["count"] }"#), @"by.0: there is no column `gg`; did you mean `g`?");
        assert_snapshot!(error(r#"{ "by": [], "as": ["count"] }"#), @"by: name at least one column");
        assert_snapshot!(error(r#"{ "by": ["g", "g"], "as": ["count"] }"#), @"by.1: column `g` is there twice");
        assert_snapshot!(error(r#"{ "by": ["g"], "as": [] }"#), @"as: name at least one of count, sum, mean, min, max, stddev, distinct");
        assert_snapshot!(error(r#"{ "by": ["g"], "as": ["count", "mean"] }"#), @"as.1: `mean` needs a column: name it with `of`");
        assert_snapshot!(error(r#"{ "by": ["g"], "of": "t", "as": ["count", "mean"] }"#), @"as.1: `mean` needs numbers; column `t` holds text");
        assert_snapshot!(error(r#"{ "by": ["g"], "of": "y", "as": ["mean"] }"#), @r"
            of: there is no column `y`
            hint: the columns are `g`, `h`, `n`, `x`, `t`, `d`
            ");
        assert_snapshot!(error(r#"{ "by": ["g"], "of": "x", "as": ["avg"] }"#), @"as.0: unknown value `avg`, expected one of `count`, `sum`, `mean`, `min`, `max`, `stddev`, `distinct`");
        assert_snapshot!(error(r#"{ "by": ["g"], "of": "x", "as": ["mean", "mean"] }"#), @"as.1: there would be two columns `x_mean`");
        assert_snapshot!(error(r#"{ "by": ["g"], "of": "x" }"#), @"missing key `as`");
        let great = "g: text | n: int\n a | 9223372036854775807\n a | 1";
        let config = r#"{ "by": ["g"], "of": "n", "as": ["sum"] }"#;
        assert_snapshot!(etl_sdk::testing::error::<Group>(config, great), @r"
            column `n`: the sum 9223372036854775808 does not fit a 64-bit integer
            hint: make a column of floats first, with `process/arithmetic` and `1.0 *`
            ");
    }
}
