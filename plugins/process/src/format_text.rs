//! Text put together from columns.

use etl_sdk::prelude::*;
use etl_sdk::{I64, Text};
use indexmap::IndexMap;

use crate::template::{Part, Template};

/// Makes columns of text from others by templates such as `{rank}/{total}`, and drops what is only needed
/// there.
///
/// Floats are written with a point (`2.0`), dates and times as ISO 8601 has them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormatText {
    /// Templates by the column to make, a new one or one to replace. `{name}` stands for the value of an
    /// input column, and `{{` and `}}` for braces.
    columns: IndexMap<String, String>,
    /// Columns of the input to drop afterwards.
    #[serde(default)]
    drop: Vec<String>,
    /// What is written for a null. Without it, text with a null in it is null.
    null: Option<String>,
}

impl Operation for FormatText {
    const NAME: &'static str = "format-text";

    fn bind(self, input: &Input) -> Result<Plan> {
        if self.columns.is_empty() {
            return Err(Error::config("columns", "name at least one column to make"));
        }
        let mut output = input.schema().clone();
        let mut sources = Vec::new();
        let mut targets = Vec::with_capacity(self.columns.len());
        let mut changed = Vec::new();
        for (name, template) in &self.columns {
            let path = format!("columns.{name}");
            let mut pieces = Vec::new();
            for part in Template::parse(&path, template)?.0 {
                pieces.push(match part {
                    Part::Text(text) => Piece::Text(text),
                    Part::Column(source) => {
                        let column = input.column(path.as_str(), &source)?;
                        let index = column.need("flat values", |kind| kind != Kind::Nested)?.index();
                        let slot = sources.iter().position(|known| *known == index).unwrap_or_else(|| {
                            sources.push(index);
                            sources.len() - 1
                        });
                        Piece::Column(slot)
                    }
                });
            }
            changed.extend(input.position(name));
            output = output.with(name, "u");
            targets.push(Target { name: name.clone(), pieces });
        }
        let mut dropped = Vec::with_capacity(self.drop.len());
        for column in input.columns("drop", &self.drop)? {
            if self.columns.contains_key(column.name()) {
                return Err(column.error(format!("column `{}` is made here", column.name())));
            }
            dropped.push(column.index());
        }
        let kept = (0..output.len()).filter(|index| !dropped.contains(index)).collect::<Vec<_>>();
        let output = output.without(&dropped);
        changed.extend(&dropped);
        let kept = (!dropped.is_empty()).then_some(kept);
        let stage = Formatted { sources: sources.clone(), targets, null: self.null, kept };
        let stage = move |batch: Batch| stage.run(&batch);
        Ok(Plan::any(output, stage).reads(&sources).changes_only(input, &changed))
    }
}

struct Formatted {
    /// Columns that the templates name, each once.
    sources: Vec<usize>,
    targets: Vec<Target>,
    null: Option<String>,
    /// What is left, if anything is dropped.
    kept: Option<Vec<usize>>,
}

/// The values of a column: integers are written here, and of all else that is no text the host makes text.
enum Source {
    Text(Text),
    Integers(I64),
}

impl Source {
    fn read(column: &Column) -> Result<Self> {
        Ok(if column.format()? == "l" {
            Self::Integers(column.i64()?)
        } else {
            Self::Text(column.cast("u")?.text()?)
        })
    }

    fn validity(&self) -> Option<&Mask> {
        match self {
            Self::Text(values) => values.validity(),
            Self::Integers(values) => values.validity(),
        }
    }

    fn append(&self, row: usize, null: &str, out: &mut TextBuilder) {
        match self {
            Self::Text(values) => out.append(values.get(row).unwrap_or(null)),
            Self::Integers(values) => match values.get(row) {
                Some(value) => out.append_integer(value),
                None => out.append(null),
            },
        }
    }
}

struct Target {
    name: String,
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    /// A column's position in the list of sources.
    Column(usize),
}

impl Formatted {
    fn run(&self, batch: &Batch) -> Result<Batch> {
        let texts = self.sources.iter().map(|source| Source::read(&batch.column(*source)?));
        let texts = texts.collect::<Result<Vec<_>>>()?;
        let columns = self.targets.iter().map(|target| self.column(target, &texts, batch.rows()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let named = self.targets.iter().zip(&columns).map(|(target, column)| (target.name.as_str(), column));
        let batch = batch.with_columns(&named.collect::<Vec<_>>())?;
        match &self.kept {
            Some(kept) => batch.project(kept),
            None => Ok(batch),
        }
    }

    fn column(&self, target: &Target, texts: &[Source], rows: usize) -> Result<Column> {
        let mut out = TextBuilder::with_capacity(rows);
        let validity = match self.null {
            None => target.validity(texts),
            Some(_) => None,
        };
        let null = self.null.as_deref().unwrap_or_default();
        for row in 0..rows {
            if validity.as_ref().is_some_and(|validity| !validity.get(row)) {
                out.push(None);
                continue;
            }
            for piece in &target.pieces {
                match piece {
                    Piece::Text(text) => out.append(text),
                    Piece::Column(slot) => texts[*slot].append(row, null, &mut out),
                }
            }
            out.end_row();
        }
        out.finish()
    }
}

impl Target {
    /// The rows in which no column of the template is null; `None` if these are all.
    fn validity(&self, texts: &[Source]) -> Option<Mask> {
        let columns = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Column(slot) => texts[*slot].validity(),
        });
        columns.cloned().reduce(|all, column| all.and(&column))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::FormatText;
    use etl_sdk::testing::{error, run};
    use insta::assert_snapshot;

    const INPUT: &str = "
        rank: int | total: int | the name: text | x: float | ok: bool | day: date  | at: timestamp
        1         | 3          | ada            | 1.5      | true     | 2022-10-19 | 2022-10-19T01:02:03
        null      | 3          | null           | 2        | null     | null       | null
        3         | 3          | \"\"           | null     | false    | 1969-12-31 | 1969-12-31T23:59:59.5";

    #[test]
    fn from_any_flat_type() {
        let config = r#"{
            "columns": { "z": "{rank}/{total}", "a": "{{{the name}}} {rank}" },
            "drop": ["total", "x", "ok", "day", "at"]
        }"#;
        assert_snapshot!(run::<FormatText>(config, INPUT).unwrap(), @r#"
            rank: int | the name: text | z: text | a: text
            1         | ada            | 1/3     | {ada} 1
            null      | null           | null    | null
            3         | ""             | 3/3     | {} 3
            "#);
        let config =
            r#"{ "columns": { "all": "{x} {ok} {day} {at}" }, "drop": ["rank", "total", "the name"] }"#;
        assert_snapshot!(run::<FormatText>(config, INPUT).unwrap(), @r"
            x: float | ok: bool | day: date  | at: timestamp           | all: text
            1.5      | true     | 2022-10-19 | 2022-10-19T01:02:03     | 1.5 true 2022-10-19 2022-10-19T01:02:03
            2        | null     | null       | null                    | null
            null     | false    | 1969-12-31 | 1969-12-31T23:59:59.500 | null
            ");
    }

    #[test]
    fn in_place_of_nulls() {
        let config = r#"{
            "columns": { "the name": "{the name}, {rank}", "c": "constant" },
            "null": "?",
            "drop": ["x", "ok", "day", "at"]
        }"#;
        assert_snapshot!(run::<FormatText>(config, INPUT).unwrap(), @r"
            rank: int | total: int | the name: text | c: text
            1         | 3          | ada, 1         | constant
            null      | 3          | ?, ?           | constant
            3         | 3          | , 3            | constant
            ");
    }

    #[test]
    fn errors() {
        let error = |config| error::<FormatText>(config, INPUT);
        assert_snapshot!(error(r#"{ "columns": { "r": "{rnk}/{total}" } }"#), @"columns.r: there is no column `rnk`; did you mean `rank`?");
        assert_snapshot!(error(r#"{ "columns": { "r": "{rank}/{total" } }"#), @r"
            columns.r: character 8: this `{` has no `}` after it
            hint: a column is written {column}, and a brace itself as {{ or }}
            ");
        assert_snapshot!(error(r#"{ "columns": { "r": "{rank}" }, "drop": ["totl"] }"#), @"drop.0: there is no column `totl`; did you mean `total`?");
        assert_snapshot!(error(r#"{ "columns": { "rank": "{rank}" }, "drop": ["rank"] }"#), @"drop.0: column `rank` is made here");
        assert_snapshot!(error(r#"{ "columns": {} }"#), @"columns: name at least one column to make");
        assert_snapshot!(error(r#"{ "columns": { "r": 1 } }"#), @"columns.r: invalid type: integer `1`, expected a string");
        assert_snapshot!(error(r#"{ "columns": { "r": "{rank}" }, "drops": [] }"#), @"drops: unknown key `drops`, expected one of `columns`, `drop`, `null`; did you mean `drop`?");
        assert_snapshot!(error("{}"), @"missing key `columns`");
    }
}
