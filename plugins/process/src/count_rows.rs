//! Counts of rows.

use etl_sdk::prelude::*;

/// Counts the rows, in all or by group; the count is put on the span, and into a column if one is named.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountRows {
    /// Column for the count, a new one or one to replace.
    column: Option<String>,
    /// Columns that make the groups; null equals null. Without them, all rows are one group.
    #[serde(default)]
    by: Vec<String>,
}

impl Operation for CountRows {
    const NAME: &'static str = "count-rows";

    fn bind(self, input: &Input) -> Result<Plan> {
        let mut by = Vec::with_capacity(self.by.len());
        for column in input.columns("by", &self.by)? {
            by.push(column.need("flat values", |kind| kind != Kind::Nested)?.index());
        }
        if self.column.is_none() && !by.is_empty() {
            let error = Error::config("by", "the counts of the groups go nowhere");
            return Err(error.hint("name a column for them with `column`"));
        }
        let mut output = input.schema().clone();
        let mut replaced = None;
        if let Some(name) = &self.column {
            replaced = input.position(name);
            output = output.with(name, "l");
        }
        let reads = by.clone();
        let stage = Counted { name: self.column, by, total: 0, counts: Grouped::default() };
        let replaced = replaced.into_iter().collect::<Vec<_>>();
        Ok(Plan::two_pass(output, stage).reads(&reads).changes_only(input, &replaced))
    }
}

struct Counted {
    name: Option<String>,
    by: Vec<usize>,
    total: i64,
    counts: Grouped<u64>,
}

impl TwoPass for Counted {
    type Summary = Grouped<u64>;

    fn observe(&mut self, batch: &Batch, counts: &mut Grouped<u64>) -> Result<()> {
        if self.by.is_empty() {
            *counts.entry(&[]) += batch.rows() as u64;
            return Ok(());
        }
        for key in Keys::of(batch, &self.by)?.iter() {
            *counts.entry(key) += 1;
        }
        Ok(())
    }

    fn settle(&mut self, counts: Grouped<u64>, _: usize) -> Result<()> {
        self.total = whole(counts.sorted().into_iter().map(|(_, count)| count).sum());
        self.counts = counts;
        telemetry::set("rows", self.total);
        Ok(())
    }

    fn process(&mut self, batch: Batch, output: &mut Output) -> Result<()> {
        let Some(name) = &self.name else {
            return output.emit(batch);
        };
        let counts = if self.by.is_empty() {
            Column::constant(self.total, "l", batch.rows())?
        } else {
            let keys = Keys::of(&batch, &self.by)?;
            let counts = keys.iter().map(|key| self.counts.get(key).copied().map_or(0, whole));
            Column::from_i64(counts.collect(), None)?
        };
        output.emit(batch.with(name, &counts)?)
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::CountRows;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "n: int | g: text\n 1 | a\n 2 | b\n 3 | a\n 4 | null\n 5 | null";

    #[test]
    fn of_all_rows() {
        let out = run::<CountRows>(r#"{ "column": "total" }"#, INPUT).unwrap();
        assert_snapshot!(out, @r"
            n: int | g: text | total: int
            1      | a       | 5
            2      | b       | 5
            3      | a       | 5
            4      | null    | 5
            5      | null    | 5
            ");
        assert_eq!(out.attributes["rows"], 5_i64.into());
        assert_snapshot!(run::<CountRows>(r#"{ "column": "n" }"#, "n: text\n x").unwrap(), @r"
            n: int
            1
            ");
    }

    #[test]
    fn of_the_group() {
        let out = run::<CountRows>(r#"{ "column": "size", "by": ["g"] }"#, INPUT).unwrap();
        assert_snapshot!(out, @r"
            n: int | g: text | size: int
            1      | a       | 2
            2      | b       | 1
            3      | a       | 2
            4      | null    | 2
            5      | null    | 2
            ");
        assert_eq!(out.attributes["rows"], 5_i64.into());
    }

    #[test]
    fn on_the_span_alone() {
        let out = run::<CountRows>("{}", "n: int\n 1\n 2").unwrap();
        assert_snapshot!(out, @r"
            n: int
            1
            2
            ");
        assert_eq!(out.attributes["rows"], 2_i64.into());
        assert_eq!(run::<CountRows>("{}", "n: int").unwrap().attributes["rows"], 0_i64.into());
    }

    #[test]
    fn errors() {
        let error = |config| error::<CountRows>(config, INPUT);
        assert_snapshot!(error(r#"{ "column": "total", "by": ["gg"] }"#), @"by.0: there is no column `gg`; did you mean `g`?");
        assert_snapshot!(error(r#"{ "by": ["g"] }"#), @r"
            by: the counts of the groups go nowhere
            hint: name a column for them with `column`
            ");
        assert_snapshot!(error(r#"{ "colum": "total" }"#), @"colum: unknown key `colum`, expected `column` or `by`; did you mean `column`?");
        assert_snapshot!(error(r#"{ "column": 1 }"#), @"column: invalid type: integer `1`, expected a string");
    }
}
