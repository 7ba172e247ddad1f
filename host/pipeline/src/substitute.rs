//! `${name}` and `${env:NAME}` in string values.
//!
//! Substituted after parsing: what is put in can never change the structure of the file. `$${` stands for `${`.

use std::{collections::BTreeMap, ops::Range};

use indexmap::IndexMap;
use toml::de::DeValue;

use crate::{
    Span,
    diagnostic::Problems,
    document::Secret,
    load::Environment,
    suggest,
    syntax::{self, Node},
};

/// Fills in all variables of `root`. `overrides` are the values of `--var`.
pub(crate) fn substitute(
    root: &mut Node<'_>,
    overrides: &BTreeMap<String, String>,
    env: Environment<'_>,
    problems: &mut Problems,
) {
    let mut scope =
        Scope { known: IndexMap::new(), declared: declared(root), env, secrets: Vec::new(), problems };
    scope.refuse_undeclared(overrides);
    if let DeValue::Table(table) = root.get_mut() {
        if let Some(vars) = table.get_mut("vars") {
            scope.declare(vars, overrides);
        }
        for (key, value) in table.iter_mut() {
            if key.get_ref() != "vars" {
                scope.fill(value);
            }
        }
    }
    let Scope { secrets, problems, .. } = scope;
    problems.document.hide(secrets);
}

fn declared(root: &Node<'_>) -> Vec<String> {
    syntax::entries(syntax::get(root, "vars")).map(|(name, ..)| name.to_owned()).collect()
}

struct Scope<'a> {
    known: IndexMap<String, String>,
    declared: Vec<String>,
    env: Environment<'a>,
    secrets: Vec<Secret>,
    problems: &'a mut Problems,
}

impl Scope<'_> {
    fn refuse_undeclared(&mut self, overrides: &BTreeMap<String, String>) {
        for name in overrides.keys().filter(|name| !self.declared.contains(name)) {
            let names = self.declared.iter().map(String::as_str);
            let help = suggest::help("declared", name, names)
                .unwrap_or_else(|| format!("declare it: `[vars]` and below it `{name} = \"a default\"`"));
            self.problems
                .add_to_file(format!("`--var {name}`: the pipeline declares no such variable"), |problem| {
                    problem.help(help)
                });
        }
    }

    /// A default may use the variables above it. One that is overridden is not looked at.
    fn declare(&mut self, vars: &mut Node<'_>, overrides: &BTreeMap<String, String>) {
        let DeValue::Table(vars) = vars.get_mut() else { return };
        for (name, node) in vars.iter_mut() {
            match overrides.get(name.get_ref().as_ref()) {
                Some(value) => *node.get_mut() = DeValue::String(value.clone().into()),
                None => self.fill(node),
            }
            let value = node.get_ref().as_str().unwrap_or_default().to_owned();
            self.known.insert(name.get_ref().to_string(), value);
        }
    }

    fn fill(&mut self, node: &mut Node<'_>) {
        let span = node.span();
        match node.get_mut() {
            DeValue::String(text) if text.contains("${") => *text = self.expand(text, span).into(),
            DeValue::Array(elements) => elements.iter_mut().for_each(|element| self.fill(element)),
            DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| self.fill(value)),
            _ => {}
        }
    }

    fn expand(&mut self, text: &str, span: Range<usize>) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut cursor = span.start;
        let mut rest = text;
        while let Some(dollar) = rest.find("${") {
            let (before, token) = rest.split_at(dollar);
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                self.locate("$${", &mut cursor, &span);
                rest = &token[2..];
                continue;
            }
            filled.push_str(before);
            let Some(close) = token.find('}') else {
                let at = self.locate(token, &mut cursor, &span);
                self.problems
                    .add(at, "`${` without `}`", |problem| problem.help("`$${` stands for `${` itself"));
                self.problems.spoil(span.into());
                return filled;
            };
            let (token, after) = token.split_at(close + 1);
            let at = self.locate(token, &mut cursor, &span);
            let value = self.look_up(&token[2..close], at);
            if value.is_none() {
                self.problems.spoil(span.clone().into());
            }
            filled.push_str(value.as_deref().unwrap_or(token));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// Where `token` is written, at or after the cursor; the whole string where escapes hide it.
    fn locate(&self, token: &str, cursor: &mut usize, span: &Range<usize>) -> Span {
        let written = self.problems.document.text().get(*cursor..span.end).unwrap_or_default();
        let Some(offset) = written.find(token) else { return span.clone().into() };
        let start = *cursor + offset;
        *cursor = start + token.len();
        Span { start, end: *cursor }
    }

    fn look_up(&mut self, name: &str, at: Span) -> Option<String> {
        let found = match name.strip_prefix("env:") {
            Some(variable) => self.look_up_environment(variable),
            None => self.known.get(name).cloned(),
        };
        if found.is_none() {
            let (message, help) = self.unknown(name);
            self.problems.add(at, message, |problem| problem.maybe_help(help));
        }
        found
    }

    fn look_up_environment(&mut self, variable: &str) -> Option<String> {
        let valid = !variable.is_empty() && !variable.contains(['=', '\0']);
        let value = valid.then(|| (self.env)(variable)).flatten()?;
        self.secrets.push(Secret { name: variable.to_owned(), value: value.clone() });
        Some(value)
    }

    fn unknown(&self, name: &str) -> (String, Option<String>) {
        if let Some(variable) = name.strip_prefix("env:") {
            return (format!("the environment variable `{variable}` is not set"), None);
        }
        if self.declared.iter().any(|declared| declared == name) {
            let help = "a variable may use those above it".to_owned();
            return (format!("the variable `{name}` is not known here yet"), Some(help));
        }
        let help = suggest::help("declared", name, self.declared.iter().map(String::as_str)).unwrap_or_else(|| {
            format!("declare it under `[vars]`, write `${{env:{name}}}` for the environment, or `$${{` for `${{` itself")
        });
        (format!("unknown variable `{name}`"), Some(help))
    }
}
