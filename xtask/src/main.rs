//! The project's tasks. `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, reason = "a task reports on standard output")]

mod bench;
mod collector;
mod command;
mod demo;
mod fuzz;
mod generate;
mod majors;
mod plugins;
mod soak;
mod step;
mod test;
mod toolchain;
mod wit;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// The project's tasks
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Set up, build, make an input and run the example's pipeline over it
    Demo(demo::Options),
    /// Set up, check and test everything
    Test(test::Options),
    /// Build the plugins to target/plugins/
    Plugins(plugins::Options),
    /// Build the agent that takes traces to X-Ray to target/collector/
    Collector,
    /// Install the S3 of the tests to target/seaweedfs/
    Seaweedfs,
    /// Install the X-Ray of the tests to target/moto/
    Moto,
    /// Write an Airbnb-shaped input of any size
    Generate(generate::Options),
    /// Check that a changed contract has a new version
    Wit(wit::Options),
    /// Look for inputs that break what must hold of any
    Fuzz(fuzz::Options),
    /// Kill runs again and again, and fuzz for an hour
    Soak(soak::Options),
    /// Run the benches
    Bench(bench::Options),
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let workspace = Workspace::find()?;
    match cli.task {
        Task::Demo(options) => demo::run(&workspace, &options),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Plugins(options) => plugins::run(&workspace, &options),
        Task::Collector => collector::run(&workspace),
        Task::Seaweedfs => {
            step::open("SeaweedFS", || toolchain::seaweedfs(&workspace).map(|said| println!("{said}")))
        }
        Task::Moto => step::open("Moto", || toolchain::moto(&workspace).map(|said| println!("{said}"))),
        Task::Generate(options) => generate::run(&options),
        Task::Wit(options) => wit::run(&workspace, &options),
        Task::Fuzz(options) => fuzz::run(&workspace, &options),
        Task::Soak(options) => soak::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options),
    }
}
