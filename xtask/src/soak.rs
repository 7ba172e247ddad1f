//! The long run of what the tests do for seconds: kills, and inputs that nobody thought of.

use anyhow::Result;
use clap::Args;

use crate::command::show;
use crate::workspace::Workspace;
use crate::{fuzz, plugins, step, toolchain};

#[derive(Args)]
pub(crate) struct Options {
    /// How often a run is killed: on this machine, and in a store with one file and with many
    #[arg(long, default_value_t = 340)]
    kills: u32,
    /// How long each fuzz target runs
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    step::line("plugins", || {
        Ok(format!("{} in target/plugins/", plugins::build(workspace, plugins::ALL)?.len()))
    })?;
    step::line("seaweedfs", || toolchain::seaweedfs(workspace))?;
    step::open("Kills", || {
        let mut tests =
            workspace.cargo(["test", "--workspace", "--test", "it", "kill::", "--", "--nocapture"]);
        show(tests.env("ETL_TEST_KILLS", options.kills.to_string()))
    })?;
    fuzz::run(workspace, &fuzz::Options::all(options.seconds))
}
