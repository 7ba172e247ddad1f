//! The rules of one column.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, Scalar, StringViewArray};
use arrow_buffer::BooleanBuffer;
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_ord::cmp::{eq, gt, lt};
use arrow_schema::{ArrowError, DataType};
use etl_pipeline::{ColumnRule, Located, Span};
use regex::Regex;

/// A rule that each value keeps or breaks.
#[derive(Debug)]
pub(super) struct Rule {
    /// The column's index.
    pub(super) column: usize,
    pub(super) name: String,
    /// The reason as a word.
    pub(super) code: &'static str,
    /// "at least 0"
    pub(super) expected: String,
    pub(super) at: Span,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    NotNull,
    Min(Scalar<ArrayRef>),
    Max(Scalar<ArrayRef>),
    OneOf(Vec<Scalar<ArrayRef>>),
    Matches(Regex),
}

/// A rule that makes no sense for its column.
pub(super) struct Senseless {
    pub(super) at: Span,
    pub(super) message: String,
}

impl Rule {
    /// The rules of a column of this type.
    pub(super) fn of(
        column: usize,
        name: &str,
        data_type: &DataType,
        told: &ColumnRule,
    ) -> Result<Vec<Self>, Senseless> {
        let mut rules = Vec::new();
        let mut add = |code, expected, at, kind| {
            rules.push(Self { column, name: name.to_owned(), code, expected, at, kind });
        };
        if told.not_null {
            add("not-null", "not null".to_owned(), told.at, Kind::NotNull);
        }
        if let Some(min) = &told.min {
            let value = value(name, data_type, min, &min.value)?;
            add("min", format!("at least {}", min.value), min.at, Kind::Min(value));
        }
        if let Some(max) = &told.max {
            let value = value(name, data_type, max, &max.value)?;
            add("max", format!("at most {}", max.value), max.at, Kind::Max(value));
        }
        if let Some(values) = &told.one_of {
            let allowed = values.value.iter().map(|one| value(name, data_type, values, one));
            let allowed = allowed.collect::<Result<Vec<_>, _>>()?;
            let expected = format!("one of {}", shortened(&values.value));
            add("one-of", expected, values.at, Kind::OneOf(allowed));
        }
        if let Some(pattern) = &told.matches {
            let wrong = |message| Senseless { at: pattern.at, message };
            if data_type != &DataType::Utf8View {
                let found = crate::source::type_name(data_type);
                return Err(wrong(format!("`matches` is for text, and column `{name}` is {found}")));
            }
            let regex = Regex::new(pattern).map_err(|error| {
                let why = error.to_string();
                wrong(format!("bad regular expression: {}", why.lines().last().unwrap_or_default().trim()))
            })?;
            add(
                "matches",
                format!("text that matches `{}`", pattern.value),
                pattern.at,
                Kind::Matches(regex),
            );
        }
        Ok(rules)
    }

    /// Which values break the rule; nothing if none does.
    pub(super) fn broken(&self, values: &ArrayRef) -> Result<Option<BooleanBuffer>, ArrowError> {
        let broken = match &self.kind {
            Kind::NotNull => {
                return Ok(values
                    .logical_nulls()
                    .filter(|nulls| nulls.null_count() > 0)
                    .map(|nulls| !nulls.inner()));
            }
            // NaN is above all numbers, as in Arrow's total order: no `max` lets it through.
            Kind::Min(least) => lt(values, least)?,
            Kind::Max(most) => gt(values, most)?,
            Kind::OneOf(allowed) => {
                let mut good = BooleanBuffer::new_unset(values.len());
                for one in allowed {
                    let (same, nulls) = eq(values, one)?.into_parts();
                    good = &good | &nulls.map_or(same.clone(), |nulls| &same & nulls.inner());
                }
                BooleanArray::new(!&good, values.logical_nulls())
            }
            Kind::Matches(regex) => {
                let text = values.as_string_view();
                let broken = text.iter().map(|value| Some(!regex.is_match(value?)));
                broken.collect::<BooleanArray>()
            }
        };
        // A value that is null keeps every rule but one.
        let (broken, nulls) = broken.into_parts();
        let broken = nulls.map_or(broken.clone(), |nulls| &broken & nulls.inner());
        Ok((broken.count_set_bits() > 0).then_some(broken))
    }
}

/// A value of the column's type.
fn value<T>(
    name: &str,
    data_type: &DataType,
    told: &Located<T>,
    text: &str,
) -> Result<Scalar<ArrayRef>, Senseless> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let column: ArrayRef = Arc::new(StringViewArray::from(vec![text]));
    let value = cast_with_options(&column, data_type, &strict);
    value.map(Scalar::new).map_err(|_| {
        let data_type = crate::source::type_name(data_type);
        let message = format!("`{text}` is no value of column `{name}`, which is {data_type}");
        Senseless { at: told.at, message }
    })
}

/// A value as a message shows it.
pub(super) fn shown(values: &ArrayRef, row: usize) -> String {
    const LONGEST: usize = 60;
    if values.is_null(row) {
        return "null".to_owned();
    }
    let text = cast(&values.slice(row, 1), &DataType::Utf8);
    let text = text.map(|text| text.as_string::<i32>().value(0).to_owned());
    let text = text.unwrap_or_else(|_| crate::source::type_name(values.data_type()));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None if values.data_type() == &DataType::Utf8View => format!("{text:?}"),
        None => text,
    }
}

fn shortened(values: &[String]) -> String {
    const MOST: usize = 5;
    let mut shown = values.iter().take(MOST).map(|value| format!("{value:?}")).collect::<Vec<_>>();
    if values.len() > MOST {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
