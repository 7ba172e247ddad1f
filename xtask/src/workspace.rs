//! Where things are, and cargo.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command;

pub(crate) struct Workspace {
    root: PathBuf,
    cargo: OsString,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        // At run time, not at compile time: clones may share a target folder.
        let xtask = env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
        let root = Path::new(&xtask).parent().context("xtask has no folder above it")?.to_owned();
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Ok(Workspace { root, cargo })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the built plugins go, wherever cargo puts the rest.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root.join("target").join("plugins")
    }

    /// Where Python packages go that the machine does not have.
    pub(crate) fn python(&self) -> PathBuf {
        self.root.join("target").join("python")
    }

    /// Cargo in the workspace's root, with these arguments.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command(&self.cargo);
        command.args(arguments);
        command
    }

    /// A program in the workspace's root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> Result<PathBuf> {
        let metadata = self.metadata(["--no-deps"])?;
        let target =
            metadata["target_directory"].as_str().context("`cargo metadata` names no target folder")?;
        Ok(target.into())
    }

    /// What `cargo metadata` says.
    pub(crate) fn metadata<const N: usize>(&self, arguments: [&str; N]) -> Result<Value> {
        let text = command::capture(self.cargo(["metadata", "--format-version=1"]).args(arguments))?;
        serde_json::from_str(&text).context("`cargo metadata` prints no JSON")
    }
}
