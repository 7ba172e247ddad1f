//! What rows must be like.

use indexmap::IndexMap;

use super::{parsed, rejects};
use crate::{
    Bounds, ColumnRule, Contract, Drift, Fresh, Located, OnFault, Span, data_type,
    decode::decode,
    diagnostic::Problems,
    file::{ColumnEntry, ContractEntry, FreshEntry, RowsEntry},
    syntax::{self, Node},
    units,
};

/// The contract of a job's source or of a stage.
pub(super) fn contract(node: &Node<'_>, problems: &mut Problems) -> Option<Contract> {
    let node = syntax::get(node, "contract")?;
    let at: Span = node.span().into();
    let entry: ContractEntry = decode(node, problems)?;
    if entry.schema == Drift::Freeze && entry.columns.is_empty() {
        problems.add(at, "`schema = \"freeze\"` without columns", |problem| {
            problem.help("name all columns under `columns`, such as `columns.price.type = \"float64\"`")
        });
    }
    let columns = entry.columns.into_iter().map(|(name, column)| {
        let rule = rule(&name, column, problems);
        (name, rule)
    });
    let columns = columns.collect::<IndexMap<_, _>>();
    let on_bad_rows = entry.on_bad_rows.unwrap_or(Located { value: OnFault::Fail, at });
    rejects::check_most(entry.max_rejects, on_bad_rows.value == OnFault::Reject, problems);
    Some(Contract {
        at,
        on_bad_rows,
        max_rejects: entry.max_rejects,
        schema: entry.schema,
        rows: entry.rows.and_then(|rows| bounds(&rows, problems)),
        fresh: entry.fresh.and_then(|fresh| fresh_within(fresh, problems)),
        columns,
    })
}

fn bounds(rows: &Located<RowsEntry>, problems: &mut Problems) -> Option<Located<Bounds>> {
    let (min, max) = (rows.min, rows.max.unwrap_or(u64::MAX));
    if min > max {
        problems.add(rows.at, "at least more rows than at most", |problem| problem);
        return None;
    }
    Some(Located { value: Bounds { min, max }, at: rows.at })
}

fn fresh_within(fresh: Located<FreshEntry>, problems: &mut Problems) -> Option<Located<Fresh>> {
    let Located { value: FreshEntry { column, within }, at } = fresh;
    let help = "write it like \"90m\" or \"24h\"";
    let within_ms = parsed(Some(&within), "time", units::milliseconds, help, problems)?;
    Some(Located { value: Fresh { column, within_ms }, at })
}

fn rule(name: &str, column: Located<ColumnEntry>, problems: &mut Problems) -> ColumnRule {
    let Located { value: entry, at } = column;
    let data_type = entry.r#type.and_then(|text| match data_type::parse(&text) {
        Ok(value) => Some(Located { value, at: text.at }),
        Err(refusal) => {
            let message = format!("bad data type `{text}` for column `{name}`");
            problems.add(text.at, message, |problem| problem.label(refusal.label).help(refusal.help));
            None
        }
    });
    ColumnRule {
        at,
        data_type,
        not_null: entry.not_null,
        unique: entry.unique,
        min: entry.min.map(|min| min.map(|min| min.0)),
        max: entry.max.map(|max| max.map(|max| max.0)),
        one_of: entry.one_of.map(|values| values.map(|values| values.into_iter().map(|one| one.0).collect())),
        matches: entry.matches,
    }
}
