//! From a file to a [`Pipeline`].

use std::{collections::BTreeMap, path::Path, sync::Arc};

use crate::{
    Diagnostic, Diagnostics, Pipeline, check::check, diagnostic::Problems, document::Document,
    substitute::substitute, syntax,
};

/// Looks up an environment variable.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(crate) fn load(
    path: &Path,
    vars: &BTreeMap<String, String>,
    env: Environment<'_>,
) -> Result<Pipeline, Diagnostics> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let document = Arc::new(Document::new(path, String::new()));
        let message = format!("cannot read the pipeline `{}`: {error}", path.display());
        Diagnostics::from(Diagnostic::new(document, None, message))
    })?;
    parse(path, text, vars, env)
}

pub(crate) fn parse(
    path: &Path,
    text: String,
    vars: &BTreeMap<String, String>,
    env: Environment<'_>,
) -> Result<Pipeline, Diagnostics> {
    let document = Arc::new(Document::new(path, text));
    let mut problems = Problems::new(document.clone());
    let pipeline = syntax::parse(document.text(), &mut problems).and_then(|mut root| {
        substitute(&mut root, vars, env, &mut problems);
        check(&root, &mut problems)
    });
    problems.finish(pipeline)
}
