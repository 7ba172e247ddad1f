//! What a JSON Schema lets stand somewhere, in the words of whoever writes a pipeline.

use std::collections::BTreeMap;

use serde_json::Value;

use super::configuration::Key;
use crate::cli::text::plain;

/// How deep a type is told: a plugin may give a schema that goes round.
const DEEPEST: usize = 4;

/// The schema's definitions.
pub(super) struct Types<'a> {
    definitions: BTreeMap<String, &'a Value>,
}

impl<'a> Types<'a> {
    /// Those of this schema.
    pub(super) fn of(schema: &'a Value) -> Self {
        let definitions = ["$defs", "definitions"].into_iter().flat_map(|place| {
            let entries = schema.get(place).and_then(Value::as_object);
            entries.into_iter().flatten().map(move |(name, schema)| (format!("#/{place}/{name}"), schema))
        });
        Self { definitions: definitions.collect() }
    }

    /// The keys of an object.
    pub(super) fn keys(&self, schema: &'a Value) -> Vec<Key> {
        let properties = self.resolved(schema).get("properties").and_then(Value::as_object);
        let keys = properties.into_iter().flatten();
        keys.map(|(name, value)| self.key(name, value, required(self.resolved(schema), name))).collect()
    }

    fn key(&self, name: &str, schema: &'a Value, required: bool) -> Key {
        let target = self.resolved(schema);
        let description = text(schema, "description").or_else(|| text(target, "description"));
        Key {
            name: plain(name),
            required,
            takes: self.name(schema, 0),
            default: schema.get("default").filter(|default| !default.is_null()).map(shown),
            description: description.unwrap_or_default(),
            values: self.meanings(schema, 0),
        }
    }

    /// What the values of a type mean, where the schema says so.
    fn meanings(&self, schema: &'a Value, depth: usize) -> Vec<(String, String)> {
        let schema = self.resolved(schema);
        if depth == DEEPEST {
            return Vec::new();
        }
        let inner = ["items", "additionalProperties"].into_iter().filter_map(|place| schema.get(place));
        let inner = inner.flat_map(|inner| self.meanings(inner, depth + 1));
        let alternatives = alternatives(schema).into_iter().flatten().flat_map(|alternative| {
            match text(alternative, "description") {
                Some(meaning) if alternative.get("$ref").is_none() => {
                    vec![(self.name(alternative, 1), meaning)]
                }
                _ => self.meanings(alternative, depth + 1),
            }
        });
        alternatives.chain(inner).collect()
    }

    /// The name of a type: `text`, `list of text`, `"first" or "last"`.
    fn name(&self, schema: &'a Value, depth: usize) -> String {
        let schema = self.resolved(schema);
        if let Some(value) = schema.get("const") {
            return shown(value);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return or(values.iter().map(shown));
        }
        if let Some(alternatives) = alternatives(schema) {
            let alternatives = alternatives.iter().filter(|schema| !is_null(schema));
            return or(alternatives.map(|schema| self.inner(schema, depth)));
        }
        match schema.get("type") {
            Some(Value::String(name)) => self.plain(name, schema, depth),
            Some(Value::Array(names)) => {
                let is_number = names.iter().any(|name| name == "number");
                let said = |name: &&str| *name != "null" && !(is_number && *name == "integer");
                let names = names.iter().filter_map(Value::as_str).filter(said);
                or(names.map(|name| self.plain(name, schema, depth)))
            }
            _ => "any value".to_owned(),
        }
    }

    fn plain(&self, name: &str, schema: &'a Value, depth: usize) -> String {
        match name {
            "string" => "text".to_owned(),
            "integer" => format!("whole number{}", range(schema)),
            "number" => format!("number{}", range(schema)),
            "boolean" => "true or false".to_owned(),
            "array" => {
                schema.get("items").map_or("list".to_owned(), |items| self.composed("list", items, depth))
            }
            "object" => self.object(schema, depth),
            other => plain(other),
        }
    }

    fn object(&self, schema: &'a Value, depth: usize) -> String {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            let values = schema.get("additionalProperties").filter(|values| values.is_object());
            return values.map_or("table".to_owned(), |values| self.composed("table", values, depth));
        };
        let fields = properties.iter().map(|(name, value)| {
            let optional = if required(schema, name) { "" } else { "?" };
            format!("{}{optional} = {}", plain(name), self.inner(value, depth))
        });
        format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
    }

    /// `list of text`; with parentheses where `or` could be misread.
    fn composed(&self, what: &str, schema: &'a Value, depth: usize) -> String {
        let name = self.inner(schema, depth);
        let mut open = 0;
        let outside = name.split_inclusive(['{', '}']).any(|part| {
            let outside = open == 0 && part.contains(" or ");
            open += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            outside
        });
        if outside { format!("{what} of ({name})") } else { format!("{what} of {name}") }
    }

    fn inner(&self, schema: &'a Value, depth: usize) -> String {
        if depth == DEEPEST { "…".to_owned() } else { self.name(schema, depth + 1) }
    }

    /// The schema that a reference leads to.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..DEEPEST {
            let target = schema.get("$ref").and_then(Value::as_str);
            match target.and_then(|target| self.definitions.get(target)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].into_iter().find_map(|place| schema.get(place)).and_then(Value::as_array)
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
}

fn required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|required| required == name))
}

fn text(schema: &Value, place: &str) -> Option<String> {
    schema.get(place).and_then(Value::as_str).map(plain)
}

/// A value as TOML has it, which for those that a schema holds is nearly as JSON has it.
fn shown(value: &Value) -> String {
    plain(&value.to_string())
}

fn range(schema: &Value) -> String {
    let bound = |place| schema.get(place).filter(|bound| bound.is_number());
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" from {least}"),
        (None, Some(most)) => format!(" up to {most}"),
        (None, None) => String::new(),
    }
}

/// "a, b or c".
fn or(names: impl Iterator<Item = String>) -> String {
    let names = names.collect::<Vec<_>>();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}
