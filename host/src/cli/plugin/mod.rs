//! `host plugin`: what a plugin says of itself, and what it asks for.

mod configuration;
mod types;

use std::sync::Arc;

use anstyle::Style;
use etl_pipeline::nearest;
use etl_plugin::{Generation, Grants, LoadOptions, Manifest, Operation, Runtime, RuntimeOptions};
use serde::Serialize;
use serde_json::Value;

use self::configuration::configuration;
use super::args::InspectArgs;
use super::error::{Error, Result};
use super::exit::Exit;
use super::format;
use super::printer::Printer;
use super::table::Table;
use super::text::{FAINT, STRONG, plain, styled, wrap};

/// A plugin, for programs.
#[derive(Debug, Serialize)]
struct Document {
    name: String,
    version: String,
    summary: String,
    file: String,
    digest: String,
    bytes: u64,
    imports: Vec<String>,
    /// What a pipeline has to grant for them, as it writes it.
    grants: Vec<String>,
    two_pass: bool,
    properties: Vec<Property>,
    operations: Vec<Offer>,
}

#[derive(Debug, Serialize)]
struct Property {
    name: String,
    value: String,
}

/// An operation, for programs.
#[derive(Debug, Serialize)]
struct Offer {
    name: String,
    summary: String,
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// JSON Schema; null where the plugin gives none, or one that is no JSON.
    config_schema: Value,
}

/// Shows what a plugin can do, how it is configured, and what it imports.
pub(crate) fn inspect(args: &InspectArgs, printer: Printer) -> Result<Exit> {
    let options = RuntimeOptions { cache: args.cache.folder(), ..RuntimeOptions::default() };
    let runtime = Arc::new(Runtime::new(&options)?);
    // To look at a component is to grant it nothing.
    let options = LoadOptions { grants: Grants::traps(), ..LoadOptions::default() };
    let plugin = Generation::load(&runtime, &args.file, &options)?;
    let document = Document {
        name: plugin.manifest().name.clone(),
        version: plugin.manifest().version.clone(),
        summary: plugin.manifest().summary.clone(),
        file: args.file.display().to_string(),
        digest: plugin.digest().to_owned(),
        bytes: plugin.bytes(),
        imports: plugin.imports().to_vec(),
        grants: plugin.wanted().iter().map(|grant| grant.toml().to_owned()).collect(),
        two_pass: plugin.has_summary(),
        properties: properties(plugin.manifest()),
        operations: operations(plugin.manifest(), args.operation.as_deref())?,
    };
    printer.answer(&document, || document.text())?;
    Ok(Exit::Success)
}

fn properties(manifest: &Manifest) -> Vec<Property> {
    let properties = manifest.properties.iter();
    properties.map(|(name, value)| Property { name: name.clone(), value: value.clone() }).collect()
}

/// All operations, or the one that is asked for.
fn operations(manifest: &Manifest, only: Option<&str>) -> Result<Vec<Offer>> {
    let Some(name) = only else { return Ok(manifest.operations.iter().map(Offer::from).collect()) };
    if let Some(operation) = manifest.operation(name) {
        return Ok(vec![operation.into()]);
    }
    let names = manifest.operations.iter().map(|operation| operation.name.as_str());
    let help = match nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("operations: {}", names.collect::<Vec<_>>().join(", ")),
    };
    let message = format!("plugin `{}` has no operation `{name}`", manifest.name);
    Err(Error::Other { message, help: Some(help) })
}

impl From<&Operation> for Offer {
    fn from(operation: &Operation) -> Self {
        Self {
            name: operation.name.clone(),
            summary: operation.summary.clone(),
            inputs: operation.inputs.clone(),
            outputs: operation.outputs.clone(),
            config_schema: serde_json::from_str(&operation.config_schema).unwrap_or_default(),
        }
    }
}

impl Document {
    fn text(&self) -> String {
        let title = plain(&format!("{} {}", self.name, self.version));
        let mut facts = Table::with_text_in(&[1]);
        let mut fact = |name: &str, value: &str| facts.row(Style::new(), [&format!("  {name}"), value]);
        fact("file", &self.file);
        fact("digest", &self.digest);
        fact("size", &format::bytes(self.bytes));
        fact("imports", &self.imports.join(", "));
        if !self.grants.is_empty() {
            fact("needs", &format!("grants = {{ {} }}", self.grants.join(", ")));
        }
        fact("two-pass", if self.two_pass { "yes" } else { "no" });
        self.properties.iter().for_each(|property| fact(&property.name, &property.value));
        let summary = plain(&self.summary);
        let title = format!("{}\n{}\n\n", styled(STRONG, &title), wrap(summary.split(' '), 0));
        let operations = self.operations.iter().map(Offer::text);
        [title, facts.render()].into_iter().chain(operations).collect()
    }
}

impl Offer {
    fn text(&self) -> String {
        let ports = format!("{} → {}", self.inputs.join(", "), self.outputs.join(", "));
        format!(
            "\n{}  {}\n  {}\n{}",
            styled(STRONG, &plain(&self.name)),
            styled(FAINT, &plain(&ports)),
            wrap(plain(&self.summary).split(' '), 2),
            configuration(&self.config_schema)
        )
    }
}
