//! Inputs of any size.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::step::seconds;

#[derive(Args)]
pub(crate) struct Options {
    /// How many rows to write
    #[arg(long, default_value_t = FULL_ROWS)]
    rows: u64,
    /// How the rows are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Another seed gives another table
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Csv,
    Ndjson,
}

/// As many as the real file has.
pub(crate) const FULL_ROWS: u64 = 102_599;

pub(crate) fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    write(&options.out, options.format, options.rows, options.seed)?;
    println!("{}: {} rows in {}", options.out.display(), options.rows, seconds(started.elapsed()));
    Ok(())
}

/// Writes a table to `path`, and makes the folders above it.
pub(crate) fn write(path: &Path, format: Format, rows: u64, seed: u64) -> Result<()> {
    let format = match format {
        Format::Csv => airbnb_generator::Format::Csv,
        Format::Ndjson => airbnb_generator::Format::Ndjson,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    }
    File::create(path)
        .and_then(|file| airbnb_generator::write(format, rows, seed, file))
        .with_context(|| format!("can't write {}", path.display()))
}
