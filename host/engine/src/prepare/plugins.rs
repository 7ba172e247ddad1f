//! Loading the plugins of a pipeline.

use etl_pipeline::{Diagnostic, Pipeline, Plugin};
use etl_plugin::{Generation, LoadError, LoadOptions};

use super::{Preparing, grants, limits};

impl Preparing<'_> {
    /// Loads every plugin; what is wrong with one is reported.
    pub(super) fn load_plugins(&mut self) {
        for (name, plugin) in &self.pipeline.plugins {
            let missing = grants::folders_that_are_not_there(self.pipeline, plugin);
            if !missing.is_empty() {
                self.problems.extend(missing);
                continue;
            }
            match Generation::load(self.runtime, &plugin.path, &options(plugin)) {
                Ok(generation) => {
                    self.plugins.insert(name, generation);
                }
                Err(error) => self.problems.push(problem(self.pipeline, plugin, &error)),
            }
        }
    }
}

fn options(plugin: &Plugin) -> LoadOptions {
    LoadOptions {
        pin: plugin.digest.as_ref().map(|digest| digest.value.clone()),
        limits: limits::of_loading(plugin.load),
        instance: limits::of_instance(&plugin.limits),
        grants: grants::of_plugin(&plugin.grants),
    }
}

fn problem(pipeline: &Pipeline, plugin: &Plugin, error: &LoadError) -> Diagnostic {
    let at = match (error, &plugin.digest) {
        (LoadError::Digest { .. }, Some(digest)) => digest.at,
        _ => plugin.path.at,
    };
    let problem =
        pipeline.diagnostic(&at, format!("plugin `{}`: {error}", plugin.name)).maybe_help(hint(error));
    grants::hints(plugin, error).into_iter().fold(problem, Diagnostic::help)
}

fn hint(error: &LoadError) -> Option<String> {
    let hint = match error {
        LoadError::Read { .. } => "a plugin's path is relative to the pipeline's file",
        LoadError::Digest { .. } => {
            "the file has changed: look at it with `host plugin inspect`, then pin its digest"
        }
        LoadError::NotAComponent { .. } => {
            "a core module becomes a component with `wasm-tools component new`, or by its language's toolchain"
        }
        LoadError::TooLarge { .. } => "raise `limits.component-size` of the plugin",
        LoadError::CompileTime { .. } => "raise `limits.compile-time` of the plugin",
        LoadError::Describe(error) => return super::hint(error),
        _ => return None,
    };
    Some(hint.to_owned())
}
