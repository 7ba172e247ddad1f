//! What a build needs beside cargo itself: added with rustup where it is missing.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{capture, show, succeeds};
use crate::workspace::Workspace;

/// The plugins' target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

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

fn rustup(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    show(workspace.command("rustup").args(arguments)).with_context(|| {
        format!("the toolchain is not complete: `rustup {}` would mend it", arguments.join(" "))
    })
}
