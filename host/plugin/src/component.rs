//! From a file to a compiled component, within the limits of loading.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use crate::error::LoadError;
use crate::limits::LoadLimits;
use crate::runtime::Runtime;

/// A component's file, as it was read.
pub(crate) struct Source {
    pub(crate) wasm: Vec<u8>,
    /// `sha256:` and 64 hexadecimal digits.
    pub(crate) digest: String,
}

impl Source {
    /// Reads the file; `pin`, where given, is the digest that it must have.
    pub(crate) fn read(path: &Path, pin: Option<&str>, limits: LoadLimits) -> Result<Self, LoadError> {
        let limit = limits.component_bytes;
        let read = || {
            let mut wasm = Vec::new();
            // One byte more tells a file that is too large, whatever its size is said to be.
            File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut wasm)?;
            Ok(wasm)
        };
        let wasm = read().map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        Self::of(path, wasm, pin, limits)
    }

    /// Takes what is called `path`.
    pub(crate) fn of(
        path: &Path,
        wasm: Vec<u8>,
        pin: Option<&str>,
        limits: LoadLimits,
    ) -> Result<Self, LoadError> {
        let limit = limits.component_bytes;
        if wasm.len() as u64 > limit {
            return Err(LoadError::TooLarge { path: path.to_owned(), limit });
        }
        let digest = format!("sha256:{}", hex(&Sha256::digest(&wasm)));
        if let Some(expected) = pin.filter(|pin| !pin.eq_ignore_ascii_case(&digest)) {
            let expected = expected.to_owned();
            return Err(LoadError::Digest { path: path.to_owned(), expected, found: digest });
        }
        if let Some(reason) = not_a_component(&wasm) {
            return Err(LoadError::NotAComponent { path: path.to_owned(), reason: reason.to_owned() });
        }
        Ok(Self { wasm, digest })
    }

    /// Compiles it, or takes it from the cache.
    pub(crate) fn compile(
        self,
        runtime: &Arc<Runtime>,
        path: &Path,
        limits: LoadLimits,
    ) -> Result<Component, LoadError> {
        let refused = |reason| LoadError::NotAComponent { path: path.to_owned(), reason };
        let (sender, receiver) = sync_channel(1);
        // The compiler can't be interrupted. What takes too long goes on beside the host until it ends or the
        // process does, and nobody waits for it.
        let shared = Arc::clone(runtime);
        let work = move || sender.send(self.compiled(&shared));
        let thread = std::thread::Builder::new().name("compile".to_owned()).spawn(work);
        thread.map_err(|error| LoadError::Engine(error.to_string()))?;
        match receiver.recv_timeout(limits.compile_time) {
            Ok(compiled) => compiled.map_err(|error| refused(format!("{error:#}"))),
            Err(RecvTimeoutError::Timeout) => {
                Err(LoadError::CompileTime { path: path.to_owned(), limit: limits.compile_time })
            }
            Err(RecvTimeoutError::Disconnected) => Err(refused("the compiler panicked".to_owned())),
        }
    }

    fn compiled(&self, runtime: &Runtime) -> wasmtime::Result<Component> {
        match &runtime.cache {
            Some(cache) => cache.load(&runtime.engine, self.digest.trim_start_matches("sha256:"), &self.wasm),
            None => Component::new(&runtime.engine, &self.wasm),
        }
    }
}

/// What a file that is clearly something else is. The compiler has its own words for the rest.
fn not_a_component(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'\0', b'a', b's', b'm', 1, 0, 0, 0, ..] => Some("it is a core module"),
        [b'\0', b'a', b's', b'm', ..] => None,
        _ => Some("it is something else altogether"),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
