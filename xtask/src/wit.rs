//! The contract's version: what is released never changes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wit_parser::Resolve;

use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// Record the contract as it is now
    #[arg(long)]
    accept: bool,
}

/// What wit/etl-plugin.lock says of the contract.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    /// The package's version.
    version: String,
    /// Whether plugins out there are built against this version. Set by hand with a release.
    released: bool,
    /// Digest of the text of all WIT files without comments and layout.
    sha256: String,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let said = if options.accept { accept(workspace)? } else { check(workspace)? };
    println!("{said}");
    Ok(())
}

/// Fails when the contract is not the recorded one.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let folder = folder(workspace);
    let (current, recorded) = (current(&folder)?, read(&folder)?);
    compare(&current, &recorded)?;
    let state = if recorded.released { "released" } else { "not released yet" };
    Ok(format!("etl:plugin@{}, {state}", recorded.version))
}

fn accept(workspace: &Workspace) -> Result<String> {
    let folder = folder(workspace);
    let path = lock_path(&folder);
    let current = current(&folder)?;
    if path.exists() {
        let recorded = read(&folder)?;
        if current.version == recorded.version && current.sha256 == recorded.sha256 {
            return Ok(format!("etl:plugin@{} is recorded already", current.version));
        }
        refuse_released(&current, &recorded)?;
    }
    let text = format!("# Written by `cargo xtask wit --accept`.\n{}", toml::to_string(&current)?);
    fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
    Ok(format!("etl:plugin@{} is recorded", current.version))
}

fn compare(current: &Lock, recorded: &Lock) -> Result<()> {
    refuse_released(current, recorded)?;
    if current.version != recorded.version {
        bail!(
            "the contract is etl:plugin@{}, but {} is recorded: `cargo xtask wit --accept` records it",
            current.version,
            recorded.version
        );
    }
    if current.sha256 != recorded.sha256 {
        bail!(
            "the contract has changed since it was recorded: if that is meant, `cargo xtask wit --accept` records it"
        );
    }
    Ok(())
}

fn refuse_released(current: &Lock, recorded: &Lock) -> Result<()> {
    if recorded.released && current.version == recorded.version && current.sha256 != recorded.sha256 {
        bail!(
            "the contract has changed, and etl:plugin@{} is released: give the package in wit/types.wit a new version",
            current.version
        );
    }
    Ok(())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("wit")
}

fn lock_path(folder: &Path) -> PathBuf {
    folder.join("etl-plugin.lock")
}

fn read(folder: &Path) -> Result<Lock> {
    let path = lock_path(folder);
    let text = fs::read_to_string(&path)
        .with_context(|| format!("can't read {}: `cargo xtask wit --accept` writes it", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is no lock", path.display()))
}

fn current(folder: &Path) -> Result<Lock> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder)?;
    let version = &resolve.packages[package].name.version;
    let version = version.as_ref().context("the WIT package has no version")?.to_string();
    Ok(Lock { version, released: false, sha256: digest(folder)? })
}

fn digest(folder: &Path) -> Result<String> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut files: Vec<_> = entries
        .with_context(|| format!("can't list {}", folder.display()))?
        .iter()
        .map(fs::DirEntry::path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "wit"))
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
        hash.update(normalised(&text));
    }
    Ok(format!("{:x}", hash.finalize()))
}

/// Each word once apart: comments and layout may change in a released version.
fn normalised(text: &str) -> String {
    let code = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    code.flat_map(str::split_whitespace).fold(String::new(), |text, word| text + word + " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(version: &str, released: bool, sha256: &str) -> Lock {
        Lock { version: version.to_owned(), released, sha256: sha256.to_owned() }
    }

    #[test]
    fn comments_and_layout_do_not_count() {
        let text = "/// Rows.\nresource batch { // here\n    rows: func() -> u32;\n\n}\n";
        assert_eq!(normalised(text), normalised("resource batch {\n  rows: func() ->\n u32; }"));
        assert_ne!(normalised(text), normalised("resource batch { rows: func() -> u64; }"));
    }

    #[test]
    fn a_change_needs_a_record() {
        let recorded = lock("0.1.0", false, "aa");
        assert!(compare(&lock("0.1.0", false, "aa"), &recorded).is_ok());
        assert!(compare(&lock("0.1.0", false, "bb"), &recorded).is_err());
        assert!(compare(&lock("0.2.0", false, "bb"), &recorded).is_err());
    }

    #[test]
    fn a_released_version_never_changes() {
        let recorded = lock("0.1.0", true, "aa");
        assert!(refuse_released(&lock("0.1.0", false, "bb"), &recorded).is_err());
        assert!(refuse_released(&lock("0.2.0", false, "bb"), &recorded).is_ok());
        assert!(compare(&lock("0.1.0", false, "aa"), &recorded).is_ok());
    }
}
