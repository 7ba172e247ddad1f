//! Everything that must hold before a change goes in.

use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::command::{capture, succeeds};
use crate::step;
use crate::workspace::Workspace;
use crate::{collector, majors, plugins, toolchain, wit};

#[derive(Args)]
pub(crate) struct Options {
    /// Leave out formatting, clippy and cargo-deny
    #[arg(long)]
    fast: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let started = Instant::now();
    step::line("plugins", || {
        let said = plugins::build(workspace, plugins::ALL)?;
        Ok(format!("{} in target/plugins/", said.len()))
    })?;
    step::line("collector", || collector::build(workspace))?;
    step::line("seaweedfs", || toolchain::seaweedfs(workspace))?;
    step::line("python", || toolchain::pyarrow(workspace))?;
    step::line("moto", || toolchain::moto(workspace))?;
    step::line("contract", || wit::check(workspace))?;
    step::line("versions", || majors::check(workspace))?;
    if !options.fast {
        lint(workspace)?;
    }
    step::line("tests", || {
        let output = capture(&mut workspace.cargo(["test", "--workspace"]))?;
        Ok(format!("{} passed", passed(&output)))
    })?;
    println!("\nAll well after {}.", step::seconds(started.elapsed()));
    Ok(())
}

fn lint(workspace: &Workspace) -> Result<()> {
    toolchain::lints(workspace)?;
    step::line("format", || capture(&mut workspace.cargo(["fmt", "--all", "--check"])))?;
    // With all features: the tests build it without those of stores that no test has.
    step::line("clippy", || {
        let all = ["clippy", "--workspace", "--all-targets", "--features", "host/azure,host/gcs,host/http"];
        capture(workspace.cargo(all).args(["--", "-D", "warnings"]))
    })?;
    // The advisories need a network, and cargo-deny minutes to build: what must hold is in `versions`.
    if succeeds(&mut workspace.cargo(["deny", "--version"])) {
        step::line("deny", || {
            capture(&mut workspace.cargo(["deny", "check", "bans", "licenses", "sources"]))
        })?;
    }
    Ok(())
}

/// The sum of the `test result: ok. 12 passed; …` lines.
fn passed(output: &str) -> u64 {
    let counts = output.lines().filter_map(|line| line.strip_prefix("test result: ok. ")?.split(' ').next());
    counts.filter_map(|count| count.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_tests_are_summed() {
        let output =
            "running 2 tests\ntest result: ok. 2 passed; 0 failed\n\ntest result: ok. 40 passed; 0 failed\n";
        assert_eq!(passed(output), 42);
    }
}
