//! The grants of pipeline.toml as the runtime knows them, and what to write where one is missing.

use etl_pipeline::{Diagnostic, NotGranted, Pipeline, Plugin};
use etl_plugin::{CallError, CallErrorKind, Folder, Grant, Grants, LoadError};

pub(super) fn of_plugin(grants: &etl_pipeline::Grants) -> Grants {
    let etl_pipeline::Grants { clocks, random, env, files, stdio, wasi } = grants;
    let variable = |(name, value): (&String, &String)| (name.clone(), value.clone());
    let folder = |folder: &etl_pipeline::Folder| Folder {
        path: folder.path.value.clone(),
        at: folder.at.clone(),
        write: folder.write,
    };
    Grants {
        clocks: *clocks,
        random: *random,
        env: env.as_ref().map(|env| env.iter().map(variable).collect()),
        files: files.as_ref().map(|files| files.iter().map(folder).collect()),
        stdio: *stdio,
        traps: *wasi == NotGranted::Trap,
    }
}

/// Folders that are granted and not there, with their places.
pub(super) fn folders_that_are_not_there(pipeline: &Pipeline, plugin: &Plugin) -> Vec<Diagnostic> {
    let folders = plugin.grants.files.iter().flatten().filter(|folder| !folder.path.is_dir());
    let problem = |folder: &etl_pipeline::Folder| {
        let (name, path) = (&plugin.name, folder.path.display());
        let message = format!("plugin `{name}` is granted {path}, and there is no such folder");
        pipeline.diagnostic(&folder.path.at, message).help("a granted folder lies beside pipeline.toml")
    };
    folders.map(problem).collect()
}

/// What to write so that a component which was refused is loaded.
pub(super) fn hints(plugin: &Plugin, error: &LoadError) -> Vec<String> {
    let LoadError::NotGranted { grants, network, .. } = error else { return Vec::new() };
    let granted = of_plugin(&plugin.grants);
    let mut hints = Vec::new();
    if !grants.is_empty() {
        hints.push(grant_it(grants, !granted.is_empty()));
    }
    if *network {
        hints.push("there is no grant for the network: build the plugin without it".to_owned());
    }
    let missing = grant("wasi = \"trap\"", !granted.is_empty());
    hints.push(format!("where the plugin never uses them, {missing}: a call that does then ends"));
    hints
}

/// How to mend a call that used what is not granted.
pub(super) fn hint(error: &CallError) -> Option<String> {
    match &error.kind {
        CallErrorKind::NotGranted { grant: Some(grant), .. } => Some(grant_it(&[*grant], true)),
        _ => None,
    }
}

fn grant_it(grants: &[Grant], more: bool) -> String {
    grant(&grants.iter().map(|grant| grant.toml()).collect::<Vec<_>>().join(", "), more)
}

/// `more`: the plugin has grants already.
fn grant(toml: &str, more: bool) -> String {
    if more {
        format!("add `{toml}` to the plugin's `grants`")
    } else {
        format!("add `grants = {{ {toml} }}` to the plugin")
    }
}
