//! Fuzzing: looks for inputs that break what must hold of any.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::command::{capture, show};
use crate::step;
use crate::workspace::Workspace;

#[derive(Args)]
pub(crate) struct Options {
    /// What to fuzz: the name of a folder in fuzz/corpus; all of them unless told
    target: Option<String>,
    /// How long, each
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

impl Options {
    /// All targets, so long each.
    pub(crate) fn all(seconds: u64) -> Self {
        Self { target: None, seconds }
    }
}

/// What libFuzzer is told by: which code an input has reached. A stable compiler has it as well; what a sanitizer would
/// find beside it is in code that is unsafe, and ours is not.
const RUSTFLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Coverflow-checks",
    "-Ccodegen-units=1",
];

/// The targets that need the engine, whose build takes long.
const OF_THE_ENGINE: [&str; 2] = ["csv", "ndjson"];

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let corpora = workspace.root().join("fuzz").join("corpus");
    let mut targets = folders(&corpora)?;
    if let Some(target) = &options.target {
        ensure!(targets.contains(target), "there is no target `{target}`: there are {}", targets.join(", "));
        targets.retain(|known| known == target);
    }
    let binaries = step::open("Fuzz targets", || build(workspace, &targets))?;
    for target in &targets {
        step::open(target, || fuzz(workspace, &binaries, target, options.seconds))?;
    }
    Ok(())
}

/// Builds these targets, and says where they are. In a folder of its own: nothing else is built with these flags.
fn build(workspace: &Workspace, targets: &[String]) -> Result<std::path::PathBuf> {
    let version = capture(workspace.command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let folder = workspace.root().join("target").join("fuzz");
    // With a target, the flags are not those of build scripts and macros.
    let mut cargo = workspace.cargo(["build", "--manifest-path=fuzz/Cargo.toml", "--target", host]);
    cargo.arg("--target-dir").arg(&folder).env("RUSTFLAGS", RUSTFLAGS.join(" "));
    if !targets.iter().any(|target| OF_THE_ENGINE.contains(&target.as_str())) {
        cargo.arg("--no-default-features");
    }
    cargo.args(targets.iter().flat_map(|target| ["--bin", target]));
    show(&mut cargo)?;
    Ok(folder.join(host).join("debug"))
}

fn fuzz(workspace: &Workspace, binaries: &Path, target: &str, seconds: u64) -> Result<()> {
    // What is found goes where nothing is committed; the seeds are only read.
    let found = workspace.root().join("target").join("fuzz").join("corpus").join(target);
    let faults = workspace.root().join("target").join("fuzz").join("faults").join(target);
    for folder in [&found, &faults] {
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    }
    let mut fuzzer = workspace.command(binaries.join(target));
    fuzzer.arg(format!("-max_total_time={seconds}"));
    fuzzer.args(["-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    fuzzer.arg(format!("-artifact_prefix={}/", faults.display()));
    fuzzer.arg(found).arg(workspace.root().join("fuzz").join("corpus").join(target));
    if let Err(error) = show(&mut fuzzer) {
        bail!(
            "{error:#}\nthe input is in {}: mend what it shows, and copy it to fuzz/corpus/{target}, which the tests replay",
            faults.display()
        );
    }
    Ok(())
}

/// The names of the folders in a folder, in order.
fn folders(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
