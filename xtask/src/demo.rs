//! From a fresh clone to a finished run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::command::show;
use crate::generate::{self, FULL_ROWS, Format};
use crate::plugins;
use crate::step;
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// How many rows the input has
    #[arg(long, default_value_t = FULL_ROWS)]
    rows: u64,
}

const PIPELINE: &str = "examples/airbnb/pipeline.toml";
const INPUT: &str = "demo/airbnb.csv";
const OUTPUT: &str = "demo/out";

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let started = Instant::now();
    step::open("Building the host (the first time takes minutes)", || {
        show(&mut workspace.cargo(["build", "--release", "--package", "host"]))
    })?;
    step::open("Building the plugins", || {
        plugins::build(workspace, plugins::PRODUCT).map(|said| println!("{}", said.join("\n")))
    })?;
    step::open(&format!("Making {INPUT}, {} rows", options.rows), || {
        generate::write(&workspace.root().join(INPUT), Format::Csv, options.rows, 1)
    })?;
    let host = host(workspace)?;
    step::open(
        &format!("{} run {PIPELINE} --var input={INPUT} --var output={OUTPUT}", host.display()),
        || {
            let mut command = workspace.command(workspace.root().join(&host));
            let (input, output) = (format!("input={INPUT}"), format!("output={OUTPUT}"));
            show(command.args(["run", PIPELINE, "--var", &input, "--var", &output]))
        },
    )?;
    println!("Done after {}. Where to look next:", step::seconds(started.elapsed()));
    println!("{}", next(&host, latest_run(workspace).as_deref()));
    Ok(())
}

/// The host's binary, as one would type it in the root.
fn host(workspace: &Workspace) -> Result<PathBuf> {
    let host =
        workspace.target()?.join("release").join("host").with_extension(std::env::consts::EXE_EXTENSION);
    Ok(host.strip_prefix(workspace.root()).map(Path::to_owned).unwrap_or(host))
}

/// The folder of the newest record of a run.
fn latest_run(workspace: &Workspace) -> Option<PathBuf> {
    let runs = fs::read_dir(workspace.root().join(".host/runs")).ok()?;
    let newest = runs.flatten().max_by_key(|run| run.metadata().and_then(|run| run.modified()).ok())?;
    Some(Path::new(".host/runs").join(newest.file_name()))
}

fn next(host: &Path, run: Option<&Path>) -> String {
    let host = host.display();
    let run = run.unwrap_or(Path::new(".host/runs/RUN")).display();
    let variables = format!("--var input={INPUT} --var output={OUTPUT}");
    format!(
        "
  {OUTPUT}/clean/, {OUTPUT}/processed/, {OUTPUT}/neighbourhoods/
      what the run wrote, as Parquet
  {run}/trace.otlp.json
      its trace, a span for every call: open it in Jaeger
  {host} trace --html demo/run.html
      the run as a page: what flowed, when each stage was at work, what it cost
  {PIPELINE}
      the pipeline: change a step, then
  {host} check {PIPELINE} {variables}
      says what is wrong with it, and where, without running it
  {host} plan {PIPELINE} {variables}
      shows the columns through every stage
  {host} plugin inspect target/plugins/clean.wasm
      lists what a plugin can do, and its configuration
  plugins/clean/src/
      what a plugin looks like; `cargo xtask plugins` builds it again"
    )
}
