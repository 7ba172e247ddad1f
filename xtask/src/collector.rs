//! The agent that takes spans to X-Ray: built from collector/agent/ with Go.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::command::capture;
use crate::step;
use crate::toolchain;
use crate::workspace::Workspace;

/// What the build gives.
const BINARIES: [&str; 2] = ["otel-agent", "healthcheck"];
/// Beside them: what they were built from.
const STAMP: &str = "built-from";

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    step::open("Collector (the first time takes minutes)", || build(workspace).map(|said| println!("{said}")))
}

/// Builds the agent unless what is there was built from the same sources by the same Go.
pub(crate) fn build(workspace: &Workspace) -> Result<String> {
    let sources = workspace.root().join("collector").join("agent");
    let target = workspace.root().join("target").join("collector");
    let go = toolchain::go(workspace)?;
    let version = capture(workspace.command(&go).args(["env", "GOVERSION"]))?.trim().to_owned();
    let wanted = digest(&sources, &version)?;
    let stamp = target.join(STAMP);
    let shown = || format!("target/collector/{}, {version}", BINARIES[0]);
    let built = BINARIES.iter().all(|binary| target.join(binary).is_file());
    if built && fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == wanted) {
        return Ok(format!("{}, unchanged", shown()));
    }
    fs::create_dir_all(&target).with_context(|| format!("can't make {}", target.display()))?;
    // `-mod=readonly`: the modules are those of go.mod and go.sum, or it is an error. Without cgo no C compiler is needed.
    let mut command = workspace.command(&go);
    command.current_dir(&sources).env("CGO_ENABLED", "0").env("GOFLAGS", "-mod=readonly -buildvcs=false");
    command.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(&target).args([".", "./healthcheck"]);
    capture(&mut command)?;
    fs::write(&stamp, wanted).with_context(|| format!("can't write {}", stamp.display()))?;
    Ok(shown())
}

/// A digest of all that the build reads.
fn digest(sources: &Path, version: &str) -> Result<String> {
    let mut hash = Sha256::new_with_prefix(version);
    for file in files(sources)? {
        let content = fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
        let name = file.strip_prefix(sources).unwrap_or(&file).to_string_lossy().into_owned();
        hash.update(format!("\0{name}\0{}\0", content.len()));
        hash.update(content);
    }
    Ok(format!("{:x}\n", hash.finalize()))
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        for entry in entries.with_context(|| format!("can't list {}", folder.display()))? {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_good_for_its_sources_and_its_compiler_only() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("healthcheck")).unwrap();
        write("main.go", "package main");
        write("healthcheck/main.go", "package main");
        let first = digest(folder.path(), "go1.27.3").unwrap();
        assert_eq!(digest(folder.path(), "go1.27.3").unwrap(), first);
        assert_ne!(digest(folder.path(), "go1.28.0").unwrap(), first);
        write("healthcheck/main.go", "package main // changed");
        assert_ne!(digest(folder.path(), "go1.27.3").unwrap(), first);
    }
}
