//! Gaps filled.

use std::collections::BTreeMap;

use etl_sdk::prelude::*;

/// Replaces nulls: by a constant, by the mean, median or mode of the column, or by the value before.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FillNulls {
    /// What to put in, by column.
    columns: BTreeMap<String, Fill>,
}

/// What takes the place of a null.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Fill {
    /// This value; it must fit the column's type.
    Constant(Value),
    /// The mean of the column, which becomes one of floats.
    Mean,
    /// The median of the column, which becomes one of floats.
    Median,
    /// The most frequent value of the column, the least of them if there are several.
    Mode,
    /// The last value before, in input order; what has none before stays null.
    Forward,
}

impl Operation for FillNulls {
    const NAME: &'static str = "fill-nulls";

    fn bind(self, input: &Input) -> Result<Plan> {
        let mut output = input.schema().clone();
        let mut targets: Vec<Target> = Vec::with_capacity(self.columns.len());
        for (name, fill) in self.columns {
            let column = input.column(format!("columns.{name}"), &name)?;
            let (index, mut format) = (column.index(), column.field().format.clone());
            let column = column.need("flat values", |kind| kind != Kind::Nested)?;
            let kind = column.kind();
            let filler = match &fill {
                Fill::Constant(value) => {
                    let wrong = || {
                        column.error(format!("column `{name}` holds {kind}; {} does not fit", shown(value)))
                    };
                    if !fits(value, kind) {
                        return Err(wrong());
                    }
                    Some(Column::constant(value.clone(), &format, 1).map_err(|_| wrong())?)
                }
                Fill::Mean | Fill::Median => {
                    column.numbers()?;
                    "g".clone_into(&mut format);
                    output = output.with(&name, "g");
                    None
                }
                Fill::Mode | Fill::Forward => None,
            };
            targets.push(Target { index, name, kind, format, fill, filler });
        }
        let changed = targets.iter().map(|target| target.index).collect::<Vec<_>>();
        let is = |such: fn(&Fill) -> bool| targets.iter().find(|target| such(&target.fill));
        let forward = is(|fill| matches!(fill, Fill::Forward));
        let plan = match (is(|fill| matches!(fill, Fill::Mean | Fill::Median | Fill::Mode)), forward) {
            (Some(summary), Some(forward)) => {
                let message = format!("`forward` can't stand beside the summary of `{}`", summary.name);
                let error = Error::config(format!("columns.{}", forward.name), message);
                return Err(error.hint("make two stages of it"));
            }
            (Some(_), None) => Plan::two_pass(output, Summarized(targets)),
            (None, Some(_)) => Plan::single(output, move |batch: Batch| fill(batch, &mut targets)),
            (None, None) => Plan::any(output, move |batch: Batch| fill(batch, &mut targets)),
        };
        Ok(plan.reads(&changed).changes_only(input, &changed))
    }
}

struct Target {
    index: usize,
    name: String,
    kind: Kind,
    /// Type of the result.
    format: String,
    fill: Fill,
    /// The one value to put in, where it is known.
    filler: Option<Column>,
}

fn fits(value: &Value, kind: Kind) -> bool {
    match value {
        Value::Null => false,
        Value::Boolean(_) => kind == Kind::Booleans,
        Value::Integer(_) => kind.is_number(),
        Value::Float(_) => matches!(kind, Kind::Floats | Kind::Decimals),
        Value::Text(_) => matches!(kind, Kind::Text | Kind::Dates | Kind::Timestamps | Kind::Times),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(value) => format!("\"{value}\""),
    }
}

/// Fills by handle: what is there already is not read.
fn fill(batch: Batch, targets: &mut [Target]) -> Result<Batch> {
    let mut changed = Vec::new();
    for target in targets {
        let column = batch.column(target.index)?;
        let cast = if column.format()? == target.format { None } else { Some(column.cast(&target.format)?) };
        let column = cast.as_ref().unwrap_or(&column);
        let filled = match (&target.fill, &target.filler) {
            (Fill::Forward, _) => forward(column, &mut target.filler)?,
            (_, Some(filler)) if column.null_count() > 0 => Some(column.fill(filler)?),
            _ => None,
        };
        changed.extend(filled.or(cast).map(|column| (target.name.as_str(), column)));
    }
    if changed.is_empty() {
        return Ok(batch);
    }
    batch.with_columns(&changed.iter().map(|(name, column)| (*name, column)).collect::<Vec<_>>())
}

/// Fills with the value before; `last` is the last one of the batches before, and then of this one.
fn forward(column: &Column, last: &mut Option<Column>) -> Result<Option<Column>> {
    let rows = column.len();
    let validity = column.validity().unwrap_or_else(|| Mask::new(true, rows));
    let mut filled = None;
    if !validity.is_all() {
        let mut here = None;
        let sources = (0..rows).map(|row| {
            here = if validity.get(row) { Some(row) } else { here };
            match here {
                Some(row) => (0, row),
                None if last.is_some() => (1, 0),
                None => (0, row),
            }
        });
        let chosen = sources.collect::<Vec<_>>();
        let sources = [Some(column), last.as_ref()].into_iter().flatten().collect::<Vec<_>>();
        filled = Some(Column::select(&sources, rows, |row| chosen[row])?);
    }
    if let Some(row) = (0..rows).rev().find(|row| validity.get(*row)) {
        *last = Some(Column::select(&[column], 1, |_| (0, row))?);
    }
    Ok(filled)
}

/// Fills with what is known of all rows.
struct Summarized(Vec<Target>);

/// Of one column: sum and count for a mean, the values for a median or mode.
type Values = ((ExactSum, u64), Multiset<f64>, Multiset<i64>, Grouped<u64>);

impl TwoPass for Summarized {
    type Summary = Vec<Values>;

    fn observe(&mut self, batch: &Batch, summary: &mut Vec<Values>) -> Result<()> {
        summary.resize_with(self.0.len(), Values::default);
        for (target, ((sum, count), floats, integers, texts)) in self.0.iter().zip(summary) {
            let column = batch.column(target.index)?;
            match (&target.fill, target.kind) {
                (Fill::Mean, _) => numbers(&column)?.for_each(|value| {
                    sum.add(value);
                    *count += 1;
                }),
                (Fill::Median, _) | (Fill::Mode, Kind::Floats) => {
                    numbers(&column)?.for_each(|value| floats.insert(value));
                }
                (Fill::Mode, Kind::Integers) => {
                    column.as_i64()?.iter().flatten().for_each(|value| integers.insert(value));
                }
                (Fill::Mode, _) => {
                    let text = column.cast("u")?.text()?;
                    text.iter().flatten().for_each(|value| *texts.entry(value.as_bytes()) += 1);
                }
                (Fill::Constant(_) | Fill::Forward, _) => {}
            }
        }
        Ok(())
    }

    fn settle(&mut self, summary: Vec<Values>, _: usize) -> Result<()> {
        for (target, ((sum, count), floats, integers, texts)) in self.0.iter_mut().zip(summary) {
            let value = match (&target.fill, target.kind) {
                #[expect(clippy::cast_precision_loss, reason = "a count of rows is far below 2^53")]
                (Fill::Mean, _) => (count > 0).then(|| Value::Float(sum.value() / count as f64)),
                (Fill::Median, _) => floats.median().map(Value::Float),
                (Fill::Mode, Kind::Floats) => floats.mode().map(Value::Float),
                (Fill::Mode, Kind::Integers) => integers.mode().map(Value::Integer),
                (Fill::Mode, _) => most_frequent(&texts).map(Value::Text),
                (Fill::Constant(_) | Fill::Forward, _) => continue,
            };
            target.filler = value.map(|value| Column::constant(value, &target.format, 1)).transpose()?;
        }
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        output.emit(fill(batch, &mut self.0)?)
    }
}

/// The values of a column as floats, without nulls and NaN.
fn numbers(column: &Column) -> Result<std::vec::IntoIter<f64>> {
    let values = column.as_f64()?.iter().flatten().filter(|value| !value.is_nan()).collect::<Vec<_>>();
    Ok(values.into_iter())
}

fn most_frequent(texts: &Grouped<u64>) -> Option<String> {
    let sorted = texts.sorted();
    let (text, _) = sorted.into_iter().rev().max_by_key(|(_, count)| **count)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::FillNulls;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        n: int | x: float | t: text | b: bool | d: date
        null   | 0.1      | null    | null    | 2020-02-01
        1      | 0.2      | yes     | true    | null
        4      | null     | no      | true    | null
        null   | 0.3      | null    | false   | 2021-01-01
        4      | 0.3      | no      | null    | null";

    fn filled(columns: &str) -> String {
        run::<FillNulls>(&format!(r#"{{ "columns": {{ {columns} }} }}"#), INPUT).unwrap().to_string()
    }

    #[test]
    fn constants() {
        let columns = r#""n": { "constant": 7 }, "x": { "constant": 1 }, "t": { "constant": "Blank" },
            "b": { "constant": false }, "d": { "constant": "1999-12-31" }"#;
        assert_snapshot!(filled(columns), @r"
            n: int | x: float | t: text | b: bool | d: date
            7      | 0.1      | Blank   | false   | 2020-02-01
            1      | 0.2      | yes     | true    | 1999-12-31
            4      | 1        | no      | true    | 1999-12-31
            7      | 0.3      | Blank   | false   | 2021-01-01
            4      | 0.3      | no      | false   | 1999-12-31
            ");
    }

    #[test]
    fn summaries() {
        assert_snapshot!(filled(r#""n": "mean", "x": "mean""#), @r"
            n: float | x: float | t: text | b: bool | d: date
            3        | 0.1      | null    | null    | 2020-02-01
            1        | 0.2      | yes     | true    | null
            4        | 0.225    | no      | true    | null
            3        | 0.3      | null    | false   | 2021-01-01
            4        | 0.3      | no      | null    | null
            ");
        assert_snapshot!(filled(r#""n": "median", "x": "median""#), @r"
            n: float | x: float | t: text | b: bool | d: date
            4        | 0.1      | null    | null    | 2020-02-01
            1        | 0.2      | yes     | true    | null
            4        | 0.25     | no      | true    | null
            4        | 0.3      | null    | false   | 2021-01-01
            4        | 0.3      | no      | null    | null
            ");
        assert_snapshot!(filled(r#""n": "mode", "x": "mode", "t": "mode", "b": "mode", "d": "mode""#), @r#"
            n: int | x: float | t: text | b: bool | d: date
            4      | 0.1      | no      | true    | 2020-02-01
            1      | 0.2      | yes     | true    | 2020-02-01
            4      | 0.3      | no      | true    | 2020-02-01
            4      | 0.3      | no      | false   | 2021-01-01
            4      | 0.3      | no      | true    | 2020-02-01
            "#);
    }

    #[test]
    fn the_value_before() {
        assert_snapshot!(filled(r#""n": "forward", "t": "forward", "d": "forward", "x": { "constant": 0.5 }"#), @r"
            n: int | x: float | t: text | b: bool | d: date
            null   | 0.1      | null    | null    | 2020-02-01
            1      | 0.2      | yes     | true    | 2020-02-01
            4      | 0.5      | no      | true    | 2020-02-01
            4      | 0.3      | no      | false   | 2021-01-01
            4      | 0.3      | no      | null    | 2021-01-01
            ");
    }

    #[test]
    fn errors() {
        let error =
            |columns: &str| error::<FillNulls>(&format!(r#"{{ "columns": {{ {columns} }} }}"#), INPUT);
        assert_snapshot!(error(r#""m": "mean""#), @r#"
            columns.m: there is no column `m`
            hint: the columns are `n`, `x`, `t`, `b`, `d`
            "#);
        assert_snapshot!(error(r#""x": "maen""#), @"columns.x: unknown value `maen`, expected one of `constant`, `mean`, `median`, `mode`, `forward`; did you mean `mean`?");
        assert_snapshot!(error(r#""t": "mean""#), @"columns.t: column `t` holds text; this operation needs numbers");
        assert_snapshot!(error(r#""n": { "constant": "Blank" }"#), @r#"columns.n: column `n` holds integers; "Blank" does not fit"#);
        assert_snapshot!(error(r#""d": { "constant": "Blank" }"#), @r#"columns.d: column `d` holds dates; "Blank" does not fit"#);
        assert_snapshot!(error(r#""n": "mean", "t": "forward""#), @r"
            columns.t: `forward` can't stand beside the summary of `n`
            hint: make two stages of it
            ");
        assert_snapshot!(etl_sdk::testing::error::<FillNulls>(r#"{ "column": {} }"#, INPUT), @"column: unknown key `column`, expected `columns`; did you mean `columns`?");
    }
}
