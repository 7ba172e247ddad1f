//! The text of a pipeline file, and what must not be shown of it.

use std::{
    cmp::Reverse,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use crate::{Diagnostic, Span};

/// A pipeline file as it was read.
#[derive(Default)]
pub(crate) struct Document {
    path: PathBuf,
    text: String,
    secrets: OnceLock<Vec<Secret>>,
}

/// What the environment gave for `${env:NAME}`.
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Document {
    pub(crate) fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), text, secrets: OnceLock::new() }
    }

    /// Sets, once, what must not be shown.
    pub(crate) fn hide(&self, secrets: Vec<Secret>) {
        let mut hidden: Vec<Secret> = secrets.into_iter().flat_map(Secret::into_shown).collect();
        hidden.retain(|secret| !secret.value.is_empty());
        // The longest first: a secret may contain another.
        hidden.sort_by_key(|secret| Reverse(secret.value.len()));
        self.secrets.get_or_init(|| hidden);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The number of the line, from 1, in which the byte at `offset` stands.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.before(offset).matches('\n').count() + 1
    }

    /// Line and column, from 1, of the byte at `offset`; columns count characters.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.before(offset);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (self.line(offset), before[line_start..].chars().count() + 1)
    }

    /// `pipeline.toml:12:7`.
    pub(crate) fn location(&self, at: Span) -> String {
        let (line, column) = self.position(at.start);
        format!("{}:{line}:{column}", self.path.display())
    }

    fn before(&self, offset: usize) -> &str {
        &self.text[..self.text.floor_char_boundary(offset)]
    }

    /// `text` with `${env:NAME}` in the place of what the environment gave.
    pub(crate) fn redact(&self, text: impl Into<String>) -> String {
        let text = text.into();
        let hidden = self.secrets.get().map_or(&[][..], Vec::as_slice);
        if !hidden.iter().any(|secret| text.contains(&secret.value)) {
            return text;
        }
        let mut shown = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(next) = rest.chars().next() {
            if let Some(secret) = hidden.iter().find(|secret| rest.starts_with(&secret.value)) {
                shown.push_str("${env:");
                shown.push_str(&secret.name);
                shown.push('}');
                rest = &rest[secret.value.len()..];
            } else {
                shown.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        shown
    }

    pub(crate) fn diagnostic(self: &Arc<Self>, at: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.clone(), Some(at), message)
    }
}

impl Secret {
    /// It, and as `Debug` and JSON write it.
    fn into_shown(self) -> Vec<Self> {
        let json = serde_json::Value::from(self.value.as_str()).to_string();
        let mut forms =
            vec![self.value.clone(), self.value.escape_debug().to_string(), json[1..json.len() - 1].into()];
        forms.dedup();
        forms.into_iter().map(|value| Self { name: self.name.clone(), value }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Secret};

    fn hiding(secrets: &[(&str, &str)]) -> Document {
        let document = Document::default();
        document.hide(
            secrets
                .iter()
                .map(|(name, value)| Secret { name: (*name).into(), value: (*value).into() })
                .collect(),
        );
        document
    }

    #[test]
    fn the_longest_secret_that_fits_is_hidden_and_names_are_left_alone() {
        let document = hiding(&[("A", "env"), ("LONG", "envelope"), ("EMPTY", "")]);
        assert_eq!(document.redact("an envelope, an env"), "an ${env:LONG}, an ${env:A}");
    }

    #[test]
    fn a_secret_is_hidden_in_its_escaped_forms_too() {
        let secret = "a\"\u{7f}\n\u{1b}é";
        let document = hiding(&[("S", secret)]);
        let json = serde_json::Value::from(secret).to_string();
        assert_eq!(
            document.redact(format!("{secret} {secret:?} {json}")),
            "${env:S} \"${env:S}\" \"${env:S}\""
        );
    }
}
