//! TOML text as a tree in which every key and value knows its place.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{Span, diagnostic::Problems};

/// A table, an array or a value.
pub(crate) type Node<'t> = Spanned<DeValue<'t>>;

/// Parses `text`; `None`, and the errors of syntax, where it is not TOML.
///
/// The parser goes on after an error as well as it can: an error on the same line or the next is most likely an echo of
/// the one before, and is left out.
pub(crate) fn parse<'t>(text: &'t str, problems: &mut Problems) -> Option<Node<'t>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let end = Span { start: text.len(), end: text.len() };
    let mut places: Vec<(Span, &str)> =
        errors.iter().map(|error| (error.span().map_or(end, Span::from), error.message())).collect();
    places.sort_by_key(|(at, _)| at.start);
    let mut last_line = None;
    for (at, message) in places {
        let line = problems.document.line(at.start);
        if last_line.is_none_or(|last| line > last + 1) {
            problems.add(at, message, |problem| problem);
        }
        last_line = Some(line);
    }
    let span = root.span();
    errors.is_empty().then(|| Spanned::new(span, DeValue::Table(root.into_inner())))
}

/// The value of `key`, where `node` is a table that has it.
pub(crate) fn get<'n, 't>(node: &'n Node<'t>, key: &str) -> Option<&'n Node<'t>> {
    node.get_ref().get(key)
}

/// The entries of a table in the order of the file: key, the key's place, value. Of anything else, none.
pub(crate) fn entries<'n, 't>(
    node: Option<&'n Node<'t>>,
) -> impl Iterator<Item = (&'n str, Span, &'n Node<'t>)> {
    let table = node.and_then(|node| node.get_ref().as_table());
    table.into_iter().flatten().map(|(key, value)| (key.get_ref().as_ref(), key.span().into(), value))
}

/// The elements of an array. Of anything else, none.
pub(crate) fn elements<'n, 't>(node: Option<&'n Node<'t>>) -> impl Iterator<Item = &'n Node<'t>> {
    node.and_then(|node| node.get_ref().as_array()).into_iter().flatten()
}
