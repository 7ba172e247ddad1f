//! Compiled components on disk, and components that were fetched.
//!
//! An entry is native code that the host runs unchecked, so only the host may write the folder: it is
//! made private (mode 0700), and refused when somebody else could write it. The name of an entry says
//! all that its content depends on: the component's digest, and the engine's compatibility hash
//! (wasmtime's version, target, compiler settings). Each entry starts with the digest of the code, so
//! that a damaged one is found, and built anew.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the folder, or nothing when it cannot be trusted or made: compiling is slow, not wrong.
    pub(crate) fn open(folder: &Path) -> Option<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
        // Not what a link points to: the link could point elsewhere by the time of use.
        let metadata = fs::symlink_metadata(folder).ok().filter(fs::Metadata::is_dir)?;
        let private = metadata.mode() & 0o022 == 0 && metadata.uid() == process_owner()?;
        private.then(|| Self { folder: folder.to_owned() })
    }

    /// The compiled component, from the cache where it is there and whole.
    pub(crate) fn load(&self, engine: &Engine, digest: &str, wasm: &[u8]) -> wasmtime::Result<Component> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let entry = self.folder.join(format!("{digest}-{:016x}.cwasm", hasher.finish()));
        if let Some(component) = read(engine, &entry) {
            return Ok(component);
        }
        let component = Component::new(engine, wasm)?;
        // The cache only saves time: a full disk must not fail the run.
        let _ = component.serialize().map(|code| self.write(&entry, &[&Sha256::digest(&code), &code]));
        Ok(component)
    }

    /// The component of a digest, if it is whole.
    pub(crate) fn kept(&self, digest: &str) -> Option<Vec<u8>> {
        let wasm = fs::read(self.entry(digest)).ok()?;
        (format!("{:x}", Sha256::digest(&wasm)) == digest).then_some(wasm)
    }

    /// Keeps a component. What can't be kept is fetched again.
    pub(crate) fn keep(&self, digest: &str, wasm: &[u8]) {
        let _ = self.write(&self.entry(digest), &[wasm]);
    }

    fn entry(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.wasm"))
    }

    fn write(&self, entry: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".cwasm-").tempfile_in(&self.folder)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.persist(entry)?;
        Ok(())
    }
}

fn read(engine: &Engine, entry: &Path) -> Option<Component> {
    let bytes = fs::read(entry).ok()?;
    let (digest, code) = bytes.split_at_checked(Sha256::output_size())?;
    if Sha256::digest(code).as_slice() != digest {
        return None;
    }
    // SAFETY: the bytes are what `Component::serialize` gave: the folder is writable by this user
    // only, and the digest shows that the entry is whole.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// The user that this process runs as, told by a file that only it can have made.
fn process_owner() -> Option<u32> {
    tempfile::tempfile().ok()?.metadata().ok().map(|metadata| metadata.uid())
}
