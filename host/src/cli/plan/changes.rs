//! Columns, and what a stage makes of them.

use std::collections::{HashMap, HashSet};

use anstyle::Style;
use etl_engine::ColumnPlan;

use crate::cli::text::{BAD, CHANGED, FAINT, GOOD, plain, styled, wrap};

/// How far what belongs to a line is indented below it.
const INDENT: usize = 6;

/// Columns that are new, of another type, and gone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Changes {
    pub(in crate::cli) new: Vec<String>,
    pub(in crate::cli) other: Vec<String>,
    pub(in crate::cli) gone: Vec<String>,
}

/// Lines that say which columns are new, of another type, and gone; none where the columns are the same.
pub(super) fn changes(before: &[ColumnPlan], after: &[ColumnPlan]) -> String {
    let Changes { new, other, gone } = Changes::between(before, after);
    [change(GOOD, "+", new), change(CHANGED, "~", other), change(BAD, "-", gone)].concat()
}

impl Changes {
    /// What became of these columns.
    pub(in crate::cli) fn between(before: &[ColumnPlan], after: &[ColumnPlan]) -> Self {
        let types: HashMap<&str, &str> =
            before.iter().map(|column| (column.name.as_str(), column.data_type.as_str())).collect();
        let left: HashSet<&str> = after.iter().map(|column| column.name.as_str()).collect();
        let mut changes = Self::default();
        for column in after {
            match types.get(column.name.as_str()) {
                None => changes.new.push(typed(column)),
                Some(old) if *old != column.data_type => {
                    changes.other.push(format!("{}: {old} → {}", plain(&column.name), column.data_type));
                }
                Some(_) => {}
            }
        }
        let gone = before.iter().map(|column| &*column.name).filter(|name| !left.contains(name));
        changes.gone.extend(gone.map(plain));
        changes
    }
}

fn change(style: Style, sign: &str, columns: Vec<String>) -> String {
    if columns.is_empty() {
        return String::new();
    }
    format!("{:INDENT$}{} {}\n", "", styled(style, sign), commas(columns, INDENT + 2))
}

/// All columns with their types.
pub(super) fn columns(columns: &[ColumnPlan]) -> String {
    format!("{:INDENT$}{}\n", "", commas(columns.iter().map(typed).collect(), INDENT))
}

/// A line that matters less.
pub(super) fn aside(text: &str) -> String {
    format!("{:INDENT$}{}\n", "", styled(FAINT, &wrap(plain(text).split(' '), INDENT)))
}

/// "a, b, c"; "nothing" where there are none.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter().collect::<Vec<_>>();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn typed(column: &ColumnPlan) -> String {
    format!("{}: {}", plain(&column.name), column.data_type)
}

fn commas(mut pieces: Vec<String>, indent: usize) -> String {
    if let Some((_, others)) = pieces.split_last_mut() {
        for piece in others {
            piece.push(',');
        }
    }
    wrap(pieces.iter().map(String::as_str), indent)
}

#[cfg(test)]
mod tests {
    use super::{ColumnPlan, changes};

    fn columns(columns: &[(&str, &str)]) -> Vec<ColumnPlan> {
        let column = |(name, data_type): &(&str, &str)| ColumnPlan {
            name: (*name).to_owned(),
            data_type: (*data_type).to_owned(),
        };
        columns.iter().map(column).collect()
    }

    #[test]
    fn a_change_is_shown_by_its_kind() {
        let before = columns(&[("id", "int64"), ("price", "utf8"), ("host id", "int64")]);
        let after = columns(&[("id", "int64"), ("price", "float64"), ("host_id", "int64"), ("n", "int64")]);
        insta::assert_snapshot!(anstream::adapter::strip_str(&changes(&before, &after)), @r"
        + host_id: int64, n: int64
        ~ price: utf8 → float64
        - host id
        ");
        assert_eq!(changes(&before, &before), "");
    }
}
