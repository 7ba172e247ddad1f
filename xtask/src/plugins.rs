//! Plugins: Rust crates to Wasm modules to components.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Args;
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::WorldKey;

use crate::command::show;
use crate::step;
use crate::toolchain::{self, WASM};
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// Also the plugins that the tests need
    #[arg(long)]
    tests: bool,
}

/// A crate that becomes target/plugins/`name`.wasm.
pub(crate) struct Plugin {
    name: &'static str,
    package: &'static str,
    /// A feature of the crate.
    feature: Option<&'static str>,
    /// What it may import beside the contract.
    imports: Option<&'static str>,
}

const CLEAN: Plugin = Plugin { name: "clean", package: "etl-clean", feature: None, imports: None };
const PROCESS: Plugin = Plugin { name: "process", package: "etl-process", feature: None, imports: None };
const HOSTILE: Plugin = Plugin { name: "hostile", package: "etl-hostile", feature: None, imports: None };
const SILENT: Plugin = Plugin { name: "silent", feature: Some("endless-describe"), ..HOSTILE };
const CURIOUS: Plugin =
    Plugin { name: "curious", package: "etl-curious", feature: None, imports: Some("wasi:") };

/// What the example needs.
pub(crate) const PRODUCT: &[Plugin] = &[CLEAN, PROCESS];
/// What the tests need.
pub(crate) const ALL: &[Plugin] = &[CLEAN, PROCESS, HOSTILE, SILENT, CURIOUS];

/// How the compiler is told to build for Wasm. Every engine of note has had SIMD since 2021.
const RUSTFLAGS: &str = r#"target.wasm32-unknown-unknown.rustflags=["-Ctarget-feature=+simd128"]"#;

/// All that a plugin may import: it sees nothing of the machine.
const CONTRACT: &str = "etl:plugin";

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let plugins = if options.tests { ALL } else { PRODUCT };
    step::open("Plugins", || build(workspace, plugins).map(|said| println!("{}", said.join("\n"))))
}

/// Builds the plugins, and says of each where it is and how large.
pub(crate) fn build(workspace: &Workspace, plugins: &[Plugin]) -> Result<Vec<String>> {
    toolchain::wasm(workspace)?;
    let modules = workspace.target()?.join(WASM).join("plugin");
    plugins.iter().map(|plugin| plugin.build(workspace, &modules)).collect()
}

impl Plugin {
    fn build(&self, workspace: &Workspace, modules: &Path) -> Result<String> {
        // Only a crate that is nothing but a `cdylib` is optimised at link time.
        let mut cargo = workspace.cargo(["rustc", "--quiet", "--lib", "--crate-type=cdylib"]);
        cargo.args(["--package", self.package, "--profile=plugin", "--target", WASM, "--config", RUSTFLAGS]);
        cargo.args(self.feature.iter().flat_map(|feature| ["--features", feature]));
        show(&mut cargo)?;

        let module = modules.join(self.package.replace('-', "_")).with_extension("wasm");
        let module = fs::read(&module).with_context(|| format!("can't read {}", module.display()))?;
        let component =
            component(&module, self.imports).with_context(|| format!("{} is no plugin", self.package))?;

        let path = workspace.plugins().join(self.name).with_extension("wasm");
        let kib = component.len() / 1_024;
        let written = write_if_changed(&path, &component)?;
        let shown = path.strip_prefix(workspace.root()).unwrap_or(&path).display();
        Ok(format!("{shown}  {kib} KiB{}", if written { "" } else { ", unchanged" }))
    }
}

/// Wraps a module as a component, and checks what it asks for and offers.
fn component(module: &[u8], more: Option<&str>) -> Result<Vec<u8>> {
    let component = ComponentEncoder::default().module(module)?.validate(true).encode()?;
    let (imports, exports) = interfaces(&component)?;
    for import in &imports {
        let may = is_ours(import) || more.is_some_and(|more| import.starts_with(more));
        ensure!(may, "it imports `{import}`, and a plugin may import nothing but `{CONTRACT}/*`");
    }
    ensure!(exports.iter().any(|export| is_ours(export)), "it exports nothing of `{CONTRACT}`");
    Ok(component)
}

fn is_ours(interface: &str) -> bool {
    interface.strip_prefix(CONTRACT).is_some_and(|rest| rest.starts_with('/'))
}

/// The names of what a component imports and exports.
fn interfaces(component: &[u8]) -> Result<(Vec<String>, Vec<String>)> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        anyhow::bail!("this is a WIT package, not a component");
    };
    let world = &resolve.worlds[world];
    let name = |key: &WorldKey| resolve.name_world_key(key);
    Ok((world.imports.keys().map(name).collect(), world.exports.keys().map(name).collect()))
}

/// So that what is cached by a plugin's time or content stays good.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        // Whole or not at all: a run may be reading the old one.
        let new = path.with_extension("new");
        fs::write(&new, bytes)?;
        fs::rename(&new, path)
    };
    write().with_context(|| format!("can't write {}", path.display()))?;
    Ok(true)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_the_contract_is_no_plugin() {
        let empty = b"\0asm\x01\0\0\0";
        assert_eq!(component(empty, None).unwrap_err().to_string(), "it exports nothing of `etl:plugin`");
    }

    #[test]
    fn only_our_interfaces_are_ours() {
        assert!(is_ours("etl:plugin/data@0.1.0"));
        assert!(!is_ours("etl:plugins/data@0.1.0"));
        assert!(!is_ours("wasi:cli/environment@0.2.0"));
    }
}
