//! A stage's `with` table: as JSON for the plugin, and with its places for diagnostics.

use std::{fmt, sync::Arc};

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

use toml::de::DeValue;

use crate::{
    Span,
    diagnostic::Problems,
    document::Document,
    syntax::{self, Node},
};

/// A stage's `with` table.
#[derive(Clone)]
pub struct Config {
    json: Value,
    places: Place,
    document: Arc<Document>,
}

/// Where a value stands, and what is in it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    key: Span,
    value: Span,
    children: IndexMap<String, Place>,
}

impl Config {
    /// `without` is the place of a stage that has no `with` table.
    pub(crate) fn read(node: Option<&Node<'_>>, without: Span, problems: &mut Problems) -> Self {
        let document = problems.document.clone();
        let table = node.filter(|node| node.get_ref().is_table());
        let Some(table) = table else {
            let places = Place { key: without, value: without, children: IndexMap::new() };
            return Self { json: Map::new().into(), places, document };
        };
        let at = table.span().into();
        Self { json: json(table, problems), places: Place::of(at, table), document }
    }

    /// The table as a JSON object, keys in the order of the file; `{}` where the stage has no `with`.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Where the value at a dotted path such as `columns.0` stands. Of a path that is not there, the nearest
    /// ancestor that is; of the whole table, the table.
    pub fn at(&self, path: &str) -> Span {
        self.place(path).value
    }

    /// As [`at`](Self::at), but where the key is written; of an array's element, the element.
    pub fn key_at(&self, path: &str) -> Span {
        self.place(path).key
    }

    fn place(&self, path: &str) -> &Place {
        let (mut place, mut rest) = (&self.places, path);
        while let Some((child, after)) = place.step(rest) {
            (place, rest) = (child, after);
        }
        place
    }
}

impl Place {
    fn of(key: Span, node: &Node<'_>) -> Self {
        let entries =
            syntax::entries(Some(node)).map(|(name, at, child)| (name.to_owned(), Self::of(at, child)));
        let elements = syntax::elements(Some(node)).enumerate();
        let elements =
            elements.map(|(index, child)| (index.to_string(), Self::of(child.span().into(), child)));
        Self { key, value: node.span().into(), children: entries.chain(elements).collect() }
    }

    /// A key may itself contain dots: the longest that fits is meant.
    fn step<'p>(&self, path: &'p str) -> Option<(&Place, &'p str)> {
        let fits = |key: &str| match path.strip_prefix(key)? {
            "" => Some(""),
            rest => rest.strip_prefix('.'),
        };
        let fitting = self.children.iter().filter_map(|(key, child)| Some((key.len(), child, fits(key)?)));
        fitting.max_by_key(|(length, ..)| *length).map(|(_, child, rest)| (child, rest))
    }
}

impl PartialEq for Config {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document.redact(self.json.to_string()))
    }
}

fn json(node: &Node<'_>, problems: &mut Problems) -> Value {
    let at = Span::from(node.span());
    match node.get_ref() {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()).unwrap_or_else(|| {
            problems.add(at, "a whole number that a signed 64-bit integer cannot hold", |problem| problem);
            Value::Null
        }),
        DeValue::Float(number) => float(number.as_str()).unwrap_or_else(|| {
            problems.add(at, format!("`{}` is no number that JSON knows", number.as_str()), |problem| {
                problem.label("a plugin gets its configuration as JSON")
            });
            Value::Null
        }),
        DeValue::Array(elements) => elements.iter().map(|element| json(element, problems)).collect(),
        DeValue::Table(_) => {
            let entries =
                syntax::entries(Some(node)).map(|(key, _, value)| (key.to_owned(), json(value, problems)));
            Value::Object(entries.collect())
        }
    }
}

fn integer(digits: &str, radix: u32) -> Option<Value> {
    i64::from_str_radix(digits, radix).ok().map(Value::from)
}

fn float(digits: &str) -> Option<Value> {
    digits.parse().ok().and_then(Number::from_f64).map(Value::Number)
}
