//! One immutable loaded version of a plugin, named by its digest.

use std::path::Path;
use std::sync::Arc;

use wasmtime::component::InstancePre;

use crate::bindings::exports::etl::plugin::{stage, summary};
use crate::component::Source;
use crate::error::{CallError, LoadError};
use crate::instance::Instance;
use crate::limits::{Limits, LoadLimits};
use crate::meter::{MemoryMeter, Unlimited};
use crate::runtime::Runtime;
use crate::state::State;
use crate::wasi::{Grant, Grants, Imports, Refusal};

/// How a plugin is to be loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The digest that it must have (`sha256:` and 64 hexadecimal digits).
    pub pin: Option<String>,
    /// What loading may use.
    pub limits: LoadLimits,
    /// What the instance that says what the plugin is may use.
    pub instance: Limits,
    /// What the plugin gets of the machine.
    pub grants: Grants,
}

/// An operation that a plugin offers.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// One line for the user.
    pub summary: String,
    /// JSON Schema of its configuration, or "".
    pub config_schema: String,
    /// Names of the input ports; the first is the pipeline's own.
    pub inputs: Vec<String>,
    /// Names of the output ports; the first goes on to the next stage.
    pub outputs: Vec<String>,
}

/// What a plugin says of itself.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One line for the user.
    pub summary: String,
    /// What it can do.
    pub operations: Vec<Operation>,
    /// "license", "homepage", "language", …
    pub properties: Vec<(String, String)>,
}

impl Manifest {
    /// The operation of this name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

/// A plugin, compiled and linked.
pub struct Generation {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) pre: InstancePre<State>,
    pub(crate) stage: stage::GuestIndices,
    pub(crate) summary: Option<summary::GuestIndices>,
    digest: String,
    bytes: u64,
    imports: Vec<String>,
    wanted: Vec<Grant>,
    /// What it is granted, where it imports anything of WASI.
    pub(crate) grants: Option<Grants>,
    manifest: Manifest,
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Generation {
    /// Loads a plugin from a file.
    pub fn load(runtime: &Arc<Runtime>, path: &Path, options: &LoadOptions) -> Result<Arc<Self>, LoadError> {
        Self::of(runtime, path, Source::read(path, options.pin.as_deref(), options.limits)?, options)
    }

    /// Loads a plugin from its bytes; `path` is what messages call it.
    pub fn load_bytes(
        runtime: &Arc<Runtime>,
        path: &Path,
        wasm: Vec<u8>,
        options: &LoadOptions,
    ) -> Result<Arc<Self>, LoadError> {
        let source = Source::of(path, wasm, options.pin.as_deref(), options.limits)?;
        Self::of(runtime, path, source, options)
    }

    fn of(
        runtime: &Arc<Runtime>,
        path: &Path,
        source: Source,
        options: &LoadOptions,
    ) -> Result<Arc<Self>, LoadError> {
        let (digest, bytes) = (source.digest.clone(), source.wasm.len() as u64);
        let component = source.compile(runtime, path, options.limits)?;

        let imports = Imports::of(&runtime.engine, &component);
        let foreign = imports.foreign();
        if !foreign.is_empty() {
            return Err(LoadError::Foreign { path: path.to_owned(), imports: foreign });
        }
        if let Some(Refusal { imports, grants, network }) = imports.refusal(&options.grants) {
            return Err(LoadError::NotGranted { path: path.to_owned(), imports, grants, network });
        }
        let not_a_plugin = |error: wasmtime::Error| LoadError::NotAPlugin {
            path: path.to_owned(),
            reason: format!("{error:#}"),
        };
        let exports = component.get_export_index(None, "etl:plugin/stage@0.1.0");
        exports.ok_or_else(|| not_a_plugin(wasmtime::Error::msg("no such export")))?;
        let incompatible = |error: wasmtime::Error| LoadError::Incompatible {
            path: path.to_owned(),
            reason: format!("{error:#}"),
        };
        let mut linker = runtime.linker.clone();
        let uses_wasi = imports.link(&mut linker, &options.grants).map_err(incompatible)?;
        let pre = linker.instantiate_pre(&component).map_err(incompatible)?;
        let stage = stage::GuestIndices::new(&pre).map_err(not_a_plugin)?;
        let summary = match component.get_export_index(None, "etl:plugin/summary@0.1.0") {
            Some(_) => Some(summary::GuestIndices::new(&pre).map_err(not_a_plugin)?),
            None => None,
        };
        let mut generation = Self {
            runtime: Arc::clone(runtime),
            pre,
            stage,
            summary,
            digest,
            bytes,
            grants: uses_wasi.then(|| options.grants.clone()),
            imports: imports.names(),
            wanted: imports.wanted(),
            manifest: Manifest::default(),
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let meter: Arc<dyn MemoryMeter> = Arc::new(Unlimited);
        let instance = Instance::new(&generation, &name, "", &options.instance, &meter);
        let described = instance.and_then(|mut instance| instance.describe());
        generation.manifest = described.map_err(Box::new)?;
        Ok(Arc::new(generation))
    }

    /// A fresh instance for one partition of a stage that runs `operation`.
    pub fn instantiate(self: &Arc<Self>, operation: &str, limits: &Limits) -> Result<Instance, CallError> {
        let unlimited: Arc<dyn MemoryMeter> = Arc::new(Unlimited);
        self.instantiate_metered(operation, limits, &unlimited)
    }

    /// As [`instantiate`](Self::instantiate); what the instance uses is taken from `meter`, and goes back with it.
    pub fn instantiate_metered(
        self: &Arc<Self>,
        operation: &str,
        limits: &Limits,
        meter: &Arc<dyn MemoryMeter>,
    ) -> Result<Instance, CallError> {
        Instance::new(self, &self.manifest.name, operation, limits, meter)
    }

    /// `sha256:` and 64 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the component, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The interfaces that the component imports.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// What of WASI the component asks for, whether it is granted or not.
    pub fn wanted(&self) -> &[Grant] {
        &self.wanted
    }

    /// Whether it can run two-pass stages.
    pub fn has_summary(&self) -> bool {
        self.summary.is_some()
    }

    /// What the plugin says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}
