//! Loading the plugins of a pipeline, from files and from where they are fetched.

use std::path::Path;
use std::sync::Arc;

use etl_pipeline::{Diagnostic, Pipeline, Plugin, PluginLocation};
use etl_plugin::{Generation, LoadError, LoadOptions};

use super::{Preparing, grants, limits};

/// Why there is no such plugin.
enum Missing {
    Load(LoadError),
    Fetch(etl_store::Error),
}

impl Preparing<'_> {
    /// Loads every plugin; what is wrong with one is reported.
    pub(super) fn load_plugins(&mut self) {
        for (name, plugin) in &self.pipeline.plugins {
            let missing = grants::folders_that_are_not_there(self.pipeline, plugin);
            if !missing.is_empty() {
                self.problems.extend(missing);
                continue;
            }
            match self.load(plugin) {
                Ok(generation) => {
                    self.plugins.insert(name, generation);
                }
                Err(missing) => self.problems.push(problem(self.pipeline, plugin, &missing)),
            }
        }
    }

    fn load(&self, plugin: &Plugin) -> Result<Arc<Generation>, Missing> {
        let options = options(plugin);
        let loaded = match (&plugin.from.value, &plugin.digest) {
            (PluginLocation::Path(path), _) => Generation::load(self.runtime, path, &options),
            // The check of the pipeline lets no url without a digest pass.
            (PluginLocation::Url(url), digest) => {
                let digest = digest.as_ref().map_or("", |digest| digest.as_str());
                let wasm = self.fetch(url, digest, options.limits.component_bytes).map_err(Missing::Fetch)?;
                Generation::load_bytes(self.runtime, Path::new(url), wasm, &options)
            }
        };
        loaded.map_err(Missing::Load)
    }

    /// What was fetched once is asked for no more.
    fn fetch(&self, url: &str, digest: &str, limit: u64) -> Result<Vec<u8>, etl_store::Error> {
        if let Some(wasm) = self.runtime.kept(digest) {
            return Ok(wasm);
        }
        let stores = self.objects.stores()?;
        let wasm = self.objects.patience.wait(stores.fetch_pinned(url, digest, limit))?;
        self.runtime.keep(digest, &wasm);
        Ok(wasm.into())
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

fn problem(pipeline: &Pipeline, plugin: &Plugin, missing: &Missing) -> Diagnostic {
    let at = match (missing, &plugin.digest) {
        (
            Missing::Load(LoadError::Digest { .. }) | Missing::Fetch(etl_store::Error::Digest { .. }),
            Some(digest),
        ) => digest.at,
        _ => plugin.from.at,
    };
    let name = &plugin.name;
    match missing {
        Missing::Load(error) => {
            let problem = pipeline.diagnostic(&at, format!("plugin `{name}`: {error}"));
            grants::hints(plugin, error).into_iter().fold(problem.maybe_help(hint(error)), Diagnostic::help)
        }
        Missing::Fetch(error) => {
            pipeline.diagnostic(&at, format!("plugin `{name}`: {error}")).maybe_help(error.hint())
        }
    }
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
