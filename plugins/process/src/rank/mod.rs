//! Ranks.

mod numbers;

use std::collections::VecDeque;

use etl_sdk::prelude::*;

use crate::places::{Place, places};
use numbers::Numbers;

/// Ranks the rows by a column, in all or within groups.
///
/// Numbers, text, dates and all else that is not nested can be ranked; NaN is greater than any number. A
/// null has no rank, and counts for none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rank {
    /// Column for the rank, a new one or one to replace.
    column: String,
    /// Column to rank by.
    of: String,
    /// Columns that make the groups; null equals null. Without them, all rows are one group.
    #[serde(default)]
    by: Vec<String>,
    /// What equal values get.
    method: Method,
    /// Whether the greatest value is the first.
    #[serde(default)]
    descending: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Method {
    /// The same rank, and the next value the next one: 1 2 2 3.
    Dense,
    /// The least rank that they share: 1 2 2 4.
    Min,
    /// The greatest rank that they share: 1 3 3 4.
    Max,
    /// One each, in input order: 1 2 3 4. All rows go through one instance.
    RowNumber,
    /// The least rank from 0 to 1: 0 for the first, and 1 for the last if it has no equal.
    Percent,
}

impl Operation for Rank {
    const NAME: &'static str = "rank";

    fn bind(self, input: &Input) -> Result<Plan> {
        let mut columns = Vec::with_capacity(self.by.len() + 1);
        for column in input.columns("by", &self.by)? {
            columns.push(column.need("flat values", |kind| kind != Kind::Nested)?.index());
        }
        let by = columns.len();
        let of = input.column("of", &self.of)?.need("flat values", |kind| kind != Kind::Nested)?.index();
        columns.push(of);
        let layout = KeyLayout::of(input, &columns)?;
        let replaced = input.position(&self.column).into_iter().collect::<Vec<_>>();
        let format = if matches!(self.method, Method::Percent) { "g" } else { "l" };
        let output = input.schema().clone().with(&self.column, format);
        let ranked = Ranked { columns: columns.clone(), of, by, layout, descending: self.descending };
        let name = self.column;
        let plan = match (self.method, Numbers::of(input, ranked, name, self.method)) {
            (_, Ok(numbers)) => numbers.plan(output),
            (Method::RowNumber, Err((ranked, name))) => {
                Plan::single(output, Numbered { ranked, name, ..Numbered::default() })
            }
            (method, Err((ranked, name))) => Plan::two_pass(
                output,
                Shared { ranked, name, method, values: KeySet::default(), ranks: Ranks::None },
            ),
        };
        Ok(plan.reads(&columns).changes_only(input, &replaced))
    }
}

/// What is ranked. A row's key is that of its group, and then that of its value.
#[derive(Default)]
struct Ranked {
    columns: Vec<usize>,
    of: usize,
    /// How many columns make a group.
    by: usize,
    layout: KeyLayout,
    descending: bool,
}

impl Ranked {
    /// The key of each row, and which rows have a value.
    fn keys(&self, batch: &Batch) -> Result<(Keys, Option<Mask>)> {
        Ok((Keys::of(batch, &self.columns)?, batch.column(self.of)?.validity()))
    }

    fn places(&self, sorted: &[(&[u8], u64)]) -> Vec<Place> {
        places(sorted, |key| self.layout.offset(key, self.by), self.descending)
    }
}

/// Equal values share a rank: how often each value occurs is all that must be known.
struct Shared {
    ranked: Ranked,
    name: String,
    method: Method,
    /// The keys of all values, in ascending order ...
    values: KeySet,
    /// ... and their ranks.
    ranks: Ranks,
}

enum Ranks {
    None,
    Integers(Vec<i64>),
    Floats(Vec<f64>),
}

impl Ranks {
    /// The ranks of values in these places.
    fn of(method: Method, places: &[Place]) -> Self {
        let integers =
            |rank: fn(&Place) -> u64| Self::Integers(places.iter().map(|place| whole(rank(place))).collect());
        match method {
            Method::Dense => integers(|place| place.values_before + 1),
            Method::Min | Method::RowNumber => integers(|place| place.before + 1),
            Method::Max => integers(|place| place.before + place.count),
            Method::Percent => Self::Floats(places.iter().map(percent).collect()),
        }
    }

    /// A column of the ranks of these values; no value has no rank.
    fn column(&self, rows: usize, values: impl Iterator<Item = Option<usize>>) -> Result<Column> {
        match self {
            Self::None => Err(Error::internal("the ranks are not settled")),
            Self::Integers(ranks) => {
                let mut out = I64Builder::with_capacity(rows);
                out.extend(values.map(|value| ranks.get(value?).copied()));
                out.finish()
            }
            Self::Floats(ranks) => {
                let mut out = F64Builder::with_capacity(rows);
                out.extend(values.map(|value| ranks.get(value?).copied()));
                out.finish()
            }
        }
    }
}

impl TwoPass for Shared {
    type Summary = Grouped<u64>;

    fn observe(&mut self, batch: &Batch, counts: &mut Grouped<u64>) -> Result<()> {
        let (keys, valid) = self.ranked.keys(batch)?;
        for (row, key) in keys.iter().enumerate() {
            if valid.as_ref().is_none_or(|valid| valid.get(row)) {
                *counts.entry(key) += 1;
            }
        }
        Ok(())
    }

    fn settle(&mut self, counts: Grouped<u64>, _: usize) -> Result<()> {
        let sorted = counts.sorted().into_iter().map(|(key, count)| (key, *count)).collect::<Vec<_>>();
        let places = self.ranked.places(&sorted);
        for (key, _) in &sorted {
            self.values.insert(key);
        }
        self.ranks = Ranks::of(self.method, &places);
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        let keys = Keys::of(&batch, &self.ranked.columns)?;
        // A null was not observed, and so is not found.
        let column = self.ranks.column(keys.len(), keys.iter().map(|key| self.values.find(key)))?;
        output.emit(batch.with(&self.name, &column)?)
    }
}

/// Every row has a rank of its own. Which row of those with the same value came first is not known
/// before all rows came in their order: they wait by handle, and only the number of its value is kept for
/// each.
#[derive(Default)]
struct Numbered {
    ranked: Ranked,
    name: String,
    batches: VecDeque<Batch>,
    values: KeySet,
    counts: Vec<u64>,
    /// Per row, the value's number; [`NO_VALUE`] for a null.
    rows: VecDeque<Vec<u32>>,
    /// Per value, the next rank; set when all rows have come.
    next: Option<Vec<u64>>,
}

const NO_VALUE: u32 = u32::MAX;

impl Numbered {
    /// The rank of the first row of each value.
    fn first_ranks(&self) -> Vec<u64> {
        let order = self.values.order();
        let sorted = order.iter().map(|value| (self.values.get(*value), self.counts[*value]));
        let places = self.ranked.places(&sorted.collect::<Vec<_>>());
        let mut first = vec![0; order.len()];
        order.iter().zip(places).for_each(|(value, place)| first[*value] = place.before + 1);
        first
    }
}

impl Stage for Numbered {
    fn process(&mut self, batch: Batch, _: &mut Output) -> Result<()> {
        let (keys, valid) = self.ranked.keys(&batch)?;
        let mut rows = Vec::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            if valid.as_ref().is_some_and(|valid| !valid.get(row)) {
                rows.push(NO_VALUE);
                continue;
            }
            let (value, new) = self.values.insert(key);
            if new {
                self.counts.push(0);
            }
            self.counts[value] += 1;
            rows.push(u32::try_from(value).unwrap_or(NO_VALUE));
        }
        self.batches.push_back(batch);
        self.rows.push_back(rows);
        Ok(())
    }

    fn finish(&mut self, output: &mut Output) -> Result<Flow> {
        let mut next = match self.next.take() {
            Some(next) => next,
            None => self.first_ranks(),
        };
        let (Some(batch), Some(rows)) = (self.batches.pop_front(), self.rows.pop_front()) else {
            return Ok(Flow::Done);
        };
        let mut out = I64Builder::with_capacity(rows.len());
        out.extend(rows.iter().map(|value| {
            let next = next.get_mut(*value as usize)?;
            *next += 1;
            Some(whole(*next - 1))
        }));
        output.emit(batch.with(&self.name, &out.finish()?)?)?;
        self.next = Some(next);
        Ok(Flow::More)
    }
}

fn whole(rank: u64) -> i64 {
    i64::try_from(rank).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "2^53 rows would take years")]
fn percent(place: &Place) -> f64 {
    if place.rows > 1 { place.before as f64 / (place.rows - 1) as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Rank;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        n: int | x: float | t: text | g: text | d: date
        1      | 30       | b       | p       | 2022-01-02
        2      | 10       | a       | p       | 2022-01-01
        3      | 30       | \"\"    | q       | null
        4      | null     | null    | p       | 2022-01-01
        5      | 20       | b       | null    | 1969-12-31
        6      | -0.0     | a       | null    | 2022-01-02
        7      | 0.0      | ab      | null    | 2022-01-02
        8      | NaN      | é       | q       | 2022-01-02
        9      | 30       | b       | p       | 2022-01-03";

    fn ranks(method: &str, of: &str, rest: &str) -> String {
        let config = format!(r#"{{ "column": "r", "of": "{of}", "method": "{method}"{rest} }}"#);
        let out = run::<Rank>(&config, INPUT).unwrap().to_string();
        out.lines().filter_map(|line| line.rsplit(" | ").next()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_equal_values_get() {
        assert_snapshot!(ranks("dense", "x", ""), @"r: int 4 2 4 null 3 1 1 5 4");
        assert_snapshot!(ranks("min", "x", ""), @"r: int 5 3 5 null 4 1 1 8 5");
        assert_snapshot!(ranks("max", "x", ""), @"r: int 7 3 7 null 4 2 2 8 7");
        assert_snapshot!(ranks("row-number", "x", ""), @"r: int 5 3 6 null 4 1 2 8 7");
        assert_snapshot!(ranks("percent", "x", ""), @"r: float 0.5714285714285714 0.2857142857142857 0.5714285714285714 null 0.42857142857142855 0 0 1 0.5714285714285714");
    }

    #[test]
    fn descending() {
        let descending = r#", "descending": true"#;
        assert_snapshot!(ranks("dense", "x", descending), @"r: int 2 4 2 null 3 5 5 1 2");
        assert_snapshot!(ranks("min", "x", descending), @"r: int 2 6 2 null 5 7 7 1 2");
        assert_snapshot!(ranks("max", "x", descending), @"r: int 4 6 4 null 5 8 8 1 4");
        assert_snapshot!(ranks("row-number", "x", descending), @"r: int 2 6 3 null 5 7 8 1 4");
        assert_snapshot!(ranks("percent", "x", descending), @"r: float 0.14285714285714285 0.7142857142857143 0.14285714285714285 null 0.5714285714285714 0.8571428571428571 0.8571428571428571 0 0.14285714285714285");
    }

    #[test]
    fn within_groups() {
        let groups = r#", "by": ["g"], "descending": true"#;
        assert_snapshot!(ranks("dense", "x", groups), @"r: int 1 2 2 null 1 2 2 1 1");
        assert_snapshot!(ranks("row-number", "x", groups), @"r: int 1 3 2 null 1 2 3 1 2");
        assert_snapshot!(ranks("percent", "x", groups), @"r: float 0 1 1 null 0 0.5 0.5 0 0");
        assert_snapshot!(ranks("min", "n", r#", "by": ["g", "x"]"#), @"r: int 1 1 1 1 1 1 2 1 2");
    }

    #[test]
    fn of_any_flat_type() {
        assert_snapshot!(ranks("dense", "t", ""), @"r: int 4 2 1 null 4 2 3 5 4");
        assert_snapshot!(ranks("dense", "d", ""), @"r: int 3 2 null 2 1 3 3 3 4");
        assert_snapshot!(ranks("row-number", "d", r#", "descending": true"#), @"r: int 2 6 null 7 8 3 4 5 1");
    }

    #[test]
    fn in_place() {
        let config = r#"{ "column": "x", "of": "x", "method": "dense" }"#;
        assert_snapshot!(run::<Rank>(config, "x: float | y: text\n 5 | a\n 1 | b\n 5 | c").unwrap(), @r"
            x: int | y: text
            2      | a
            1      | b
            2      | c
            ");
        let config = r#"{ "column": "x", "of": "x", "method": "row-number" }"#;
        assert_snapshot!(run::<Rank>(config, "x: float | y: text\n 5 | a\n 1 | b\n 5 | c").unwrap(), @r"
            x: int | y: text
            2      | a
            1      | b
            3      | c
            ");
        assert_snapshot!(run::<Rank>(config, "x: float | y: text").unwrap(), @"x: int | y: text");
    }

    #[test]
    fn errors() {
        let error = |config| error::<Rank>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "r", "of": "xx", "method": "dense" }"#), @"of: there is no column `xx`; did you mean `x`?");
        assert_snapshot!(error(r#"{ "column": "r", "of": "x", "method": "dense", "by": ["g", "h", "tt"] }"#), @r"
            by.1: there is no column `h`
            hint: the columns are `n`, `x`, `t`, `g`, `d`
            ");
        assert_snapshot!(error(r#"{ "column": "r", "of": "x", "method": "denes" }"#), @"method: unknown value `denes`, expected one of `dense`, `min`, `max`, `row-number`, `percent`; did you mean `dense`?");
        assert_snapshot!(error(r#"{ "column": "r", "of": "x" }"#), @"missing key `method`");
        assert_snapshot!(error(r#"{ "column": "r", "of": "x", "method": "min", "desc": true }"#), @"desc: unknown key `desc`, expected one of `column`, `of`, `by`, `method`, `descending`");
        assert_snapshot!(error(r#"{ "column": "r", "of": "x", "method": "min", "descending": "yes" }"#), @r#"descending: invalid type: string "yes", expected true or false"#);
        assert_snapshot!(error(r#"{ "column": "r", "of": "x", "method": "min", "by": "g" }"#), @r#"by: invalid type: string "g", expected a list"#);
    }
}
