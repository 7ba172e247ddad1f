//! The keys of an operation's configuration, from its JSON Schema.

use serde_json::Value;

use super::types::Types;
use crate::cli::text::{CHANGED, STRONG, plain, styled, width, wrap};

/// A line or two per key; nothing where there is none to set.
pub(super) fn configuration(schema: &Value) -> String {
    let types = Types::of(schema);
    let keys = types.keys(schema);
    let longest = keys.iter().map(|key| width(&key.name)).max().unwrap_or_default();
    keys.iter().map(|key| key.text(longest)).collect()
}

/// How far what is said of a key is indented below it.
const INDENT: usize = 8;

/// A key that can be set.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) required: bool,
    /// What it takes.
    pub(super) takes: String,
    pub(super) default: Option<String>,
    pub(super) description: String,
    /// What its values mean, where that is said.
    pub(super) values: Vec<(String, String)>,
}

impl Key {
    fn text(&self, longest: usize) -> String {
        let name = styled(STRONG, &format!("{:longest$}", self.name));
        let default = self.default.as_ref().map(|default| format!(", default {default}"));
        let takes = format!("{}{}", self.takes, default.unwrap_or_default());
        let takes = wrap(takes.split(' '), 4 + longest + 2);
        let required =
            if self.required { format!(", {}", styled(CHANGED, "required")) } else { String::new() };
        let mut text = vec![format!("    {name}  {takes}{required}\n")];
        if !self.description.is_empty() {
            text.push(said("", &self.description));
        }
        text.extend(self.values.iter().map(|(value, meaning)| said(&format!("  {value}: "), meaning)));
        text.concat()
    }
}

fn said(before: &str, text: &str) -> String {
    let text = plain(&format!("{before}{text}"));
    let start = text.len() - text.trim_start().len();
    format!("{:INDENT$}{}{}\n", "", &text[..start], wrap(text.trim().split(' '), INDENT + start))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::configuration;

    fn shown(schema: &str) -> String {
        anstream::adapter::strip_str(&configuration(&serde_json::from_str(schema).unwrap())).to_string()
    }

    #[test]
    fn keys_are_shown_with_type_and_meaning() {
        let schema = r##"{
            "type": "object",
            "properties": {
                "columns": { "type": "array", "items": { "type": "string" }, "description": "Columns on which\nduplicates agree." },
                "keep": { "$ref": "#/$defs/Keep", "description": "Which of them stays.", "default": "first" },
                "digits": { "type": ["integer", "null"], "minimum": 0, "maximum": 255 },
                "of": { "anyOf": [{ "$ref": "#/$defs/Fill" }, { "type": "null" }] },
                "by": { "type": "object", "additionalProperties": { "$ref": "#/$defs/Fill" } },
                "any": true
            },
            "required": ["columns"],
            "$defs": {
                "Keep": { "type": "string", "enum": ["first", "last"] },
                "Fill": {
                    "oneOf": [
                        {
                            "type": "object",
                            "properties": { "constant": { "type": ["boolean", "number", "string"] } },
                            "required": ["constant"],
                            "description": "This value."
                        },
                        { "type": "string", "const": "mean", "description": "The mean." }
                    ]
                }
            }
        }"##;
        insta::assert_snapshot!(shown(schema), @r#"
        columns  list of text, required
            Columns on which duplicates agree.
        keep     "first" or "last", default "first"
            Which of them stays.
        digits   whole number from 0 to 255
        of       { constant = true or false, number or text } or "mean"
              { constant = true or false, number or text }: This value.
              "mean": The mean.
        by       table of ({ constant = true or false, number or text } or "mean")
              { constant = true or false, number or text }: This value.
              "mean": The mean.
        any      any value
        "#);
    }

    #[test]
    fn a_schema_that_goes_round_ends() {
        let schema = r##"{
            "properties": { "tree": { "$ref": "#/$defs/Tree" }, "self": { "$ref": "#/$defs/Self" } },
            "$defs": {
                "Tree": { "type": "array", "items": { "$ref": "#/$defs/Tree" } },
                "Self": { "$ref": "#/$defs/Self" }
            }
        }"##;
        insta::assert_snapshot!(shown(schema), @r"
        tree  list of list of list of list of list of …
        self  any value
        ");
    }

    #[test]
    fn what_is_no_schema_has_no_keys() {
        for schema in ["null", "true", "[]", r#"{ "properties": 1, "required": "x" }"#] {
            assert_eq!(shown(schema), "", "{schema}");
        }
    }
}
