//! `partitions` of a source: a word, or a table.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use crate::Located;

/// What a pipeline file says of the columns that folders are named by.
pub(crate) enum PartitionsEntry {
    /// A word, which should be `auto`.
    Word(String),
    /// Names and types.
    Given(IndexMap<String, Located<String>>),
}

impl<'de> Deserialize<'de> for PartitionsEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not as an untagged enum: values lose their places in one.
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = PartitionsEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"auto\" or a table such as { year = \"int32\" }")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
        Ok(PartitionsEntry::Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut given = IndexMap::new();
        while let Some((name, data_type)) = entries.next_entry()? {
            given.insert(name, data_type);
        }
        Ok(PartitionsEntry::Given(given))
    }
}

impl JsonSchema for PartitionsEntry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Partitions".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "const": "auto" },
                { "type": "object", "additionalProperties": { "type": "string" } },
            ],
        })
    }
}
