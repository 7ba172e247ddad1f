//! From a tree to the types of `file`, with every problem of a part, not just the first.

use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use toml::de::{DeValue, Error, ValueDeserializer};

use crate::{
    Span,
    diagnostic::Problems,
    suggest,
    syntax::{self, Node},
};

/// Decodes a part. serde stops at the first problem: what caused it is taken out, and the rest tried again.
pub(crate) fn decode<T: DeserializeOwned + JsonSchema>(
    node: &Node<'_>,
    problems: &mut Problems,
) -> Option<T> {
    let mut node = node.clone();
    let mut unknown = Vec::new();
    let mut spoilt = false;
    loop {
        let error = match T::deserialize(ValueDeserializer::from(node.clone())) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let at = Span::from(error.span().unwrap_or_else(|| node.span()));
        let cause = Cause::of(&error);
        match &cause {
            _ if spoilt && !cause.can_be_taken_out() => return None,
            Cause::MissingKey(key) => {
                let missing = missing_keys::<T>(&node).unwrap_or_else(|| vec![(*key).to_owned()]);
                report_missing(&missing, &unknown, at, problems);
                return None;
            }
            Cause::UnknownKey { key, .. } => unknown.push((*key).to_owned()),
            Cause::WrongType { .. } => spoilt = true,
            _ => {}
        }
        cause.report(at, problems);
        if !cause.can_be_taken_out() || !take_out(&mut node, at) {
            return None;
        }
    }
}

/// Decodes a table whose one key is a kind, such as `source.csv`.
pub(crate) fn decode_kind<T: DeserializeOwned + JsonSchema>(
    what: &str,
    kinds: &[&str],
    node: &Node<'_>,
    problems: &mut Problems,
) -> Option<T> {
    let choice = || format!("`{what}` is one of {}", suggest::list(kinds.iter().copied()));
    if !node.get_ref().is_table() {
        let found = node.get_ref().type_str();
        problems.add(node.span().into(), format!("`{what}` is a {found}, not a table"), |problem| {
            problem.help(format!("write `{what}.{} = {{ … }}`", kinds[0]))
        });
        return None;
    }
    let mut keys = syntax::entries(Some(node));
    match (keys.next(), keys.next()) {
        (Some(_), None) => decode(node, problems),
        (Some((first, first_at, _)), Some((second, second_at, _))) => {
            let message = format!("`{what}` is both `{first}` and `{second}`");
            problems.add(second_at, message, |problem| problem.related(first_at, "the first").help(choice()));
            None
        }
        (None, _) => {
            problems.add(node.span().into(), format!("`{what}` is empty"), |problem| problem.help(choice()));
            None
        }
    }
}

/// The keys that a part needs and `node` lacks; `None` where it is not the part itself that lacks any.
fn missing_keys<T: JsonSchema>(node: &Node<'_>) -> Option<Vec<String>> {
    let schema = schema_for!(T);
    let required = schema.get("required")?.as_array()?.iter().filter_map(|key| key.as_str());
    let missing: Vec<_> =
        required.filter(|key| syntax::get(node, key).is_none()).map(str::to_owned).collect();
    (!missing.is_empty()).then_some(missing)
}

/// A key that an unknown one was meant for is not reported again.
fn report_missing(missing: &[String], unknown: &[String], at: Span, problems: &mut Problems) {
    for key in missing {
        if suggest::nearest(key, unknown.iter().map(String::as_str)).is_none() {
            Cause::MissingKey(key).report(at, problems);
        }
    }
}

/// Why a part cannot be decoded: serde says it in words only.
enum Cause<'e> {
    UnknownKey { key: &'e str, known: Vec<&'e str> },
    UnknownChoice { choice: &'e str, known: Vec<&'e str> },
    MissingKey(&'e str),
    WrongType { found: &'e str, expected: &'e str },
    Other(&'e str),
}

impl<'e> Cause<'e> {
    fn of(error: &'e Error) -> Self {
        let message = error.message();
        Self::parse(message).unwrap_or(Self::Other(message))
    }

    fn parse(message: &'e str) -> Option<Self> {
        if let Some(rest) = message.strip_prefix("missing field `") {
            return rest.strip_suffix('`').map(Self::MissingKey);
        }
        let (found, expected) =
            message.rsplit_once(", expected ").or_else(|| message.rsplit_once(", there are "))?;
        if let Some(key) = found.strip_prefix("unknown field `") {
            return Some(Self::UnknownKey { key: key.strip_suffix('`')?, known: quoted(expected) });
        }
        if let Some(choice) = found.strip_prefix("unknown variant `") {
            return Some(Self::UnknownChoice { choice: choice.strip_suffix('`')?, known: quoted(expected) });
        }
        let found = found.strip_prefix("invalid type: ").or_else(|| found.strip_prefix("invalid value: "))?;
        Some(Self::WrongType { found: in_toml(found), expected: in_toml(expected) })
    }

    fn report(&self, at: Span, problems: &mut Problems) {
        let (message, help) = match self {
            Self::UnknownKey { key, known } => {
                (format!("unknown key `{key}`"), suggest::help("known here", key, known.iter().copied()))
            }
            Self::UnknownChoice { choice, known } => (
                format!("unknown choice `{choice}`"),
                suggest::help("known here", choice, known.iter().copied()),
            ),
            Self::MissingKey(key) => (format!("missing key `{key}`"), None),
            Self::WrongType { found, expected } => (format!("expected {expected}, found {found}"), None),
            Self::Other(message) => ((*message).to_owned(), None),
        };
        problems.add(at, message, |problem| problem.maybe_help(help));
    }

    fn can_be_taken_out(&self) -> bool {
        matches!(self, Self::UnknownKey { .. } | Self::WrongType { .. })
    }
}

/// The words in backticks.
fn quoted(list: &str) -> Vec<&str> {
    list.split('`').skip(1).step_by(2).collect()
}

/// serde's words for things, as a reader of TOML knows them.
fn in_toml(name: &str) -> &str {
    match name {
        "map" | "a map" => "a table",
        "sequence" | "a sequence" => "an array",
        "usize" | "u64" => "a whole number",
        "a boolean" => "true or false",
        name => name,
    }
}

/// Removes the entry or element whose key or value stands exactly at `at`.
fn take_out(node: &mut Node<'_>, at: Span) -> bool {
    match node.get_mut() {
        DeValue::Table(table) => {
            let found =
                table.iter().find(|(key, value)| key.span() == at.into() || value.span() == at.into());
            if let Some(key) = found.map(|(key, _)| key.get_ref().to_string()) {
                return table.remove(key.as_str()).is_some();
            }
            table.iter_mut().any(|(_, value)| take_out(value, at))
        }
        DeValue::Array(elements) => {
            if elements.iter().any(|element| element.span() == at.into()) {
                *elements = elements.iter().filter(|element| element.span() != at.into()).cloned().collect();
                return true;
            }
            elements.iter_mut().any(|element| take_out(element, at))
        }
        _ => false,
    }
}
