//! The benches of all crates, one after the other.

use anyhow::Result;
use clap::Args;

use crate::command::show;
use crate::plugins;
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// What to tell every bench, for example a part of the names to run
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    plugins::build(workspace, plugins::ALL)?;
    let metadata = workspace.metadata(["--no-deps"])?;
    let array = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    for package in array(&metadata["packages"]) {
        for target in array(&package["targets"]) {
            let (Some(name), Some(bench)) = (package["name"].as_str(), target["name"].as_str()) else {
                continue;
            };
            if array(&target["kind"]).iter().any(|kind| kind == "bench") {
                println!("==> {name}: {bench}");
                let mut cargo =
                    workspace.cargo(["bench", "--quiet", "--package", name, "--bench", bench, "--"]);
                show(cargo.args(&options.arguments))?;
            }
        }
    }
    Ok(())
}
