//! What can be asked for, and how.

mod show;
mod values;
mod xray;

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use etl_engine::{EngineOptions, RunOptions};
use etl_pipeline::{Diagnostics, Pipeline};
use etl_trace::CallBudget;

use super::error;
use super::{environment, stores};

pub(crate) use show::ShowArgs;
pub(crate) use xray::XRayArgs;

/// Runs ETL pipelines whose every operation is a sandboxed, traced WebAssembly component
#[derive(Debug, Parser)]
#[command(name = "host", version, max_term_width = 100, after_help = values::AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a pipeline
    #[command(after_help = values::AFTER_RUN)]
    Run(Box<RunArgs>),
    /// Run the rest of a job over rows that it rejected, once they are mended
    ///
    /// Each row goes on where it was rejected: what the source could not read is read again, a row that a stage
    /// rejected goes into that stage. All outputs are written beside those of the job, which stay as they are.
    #[command(after_help = values::AFTER_REPLAY)]
    Replay(Box<ReplayArgs>),
    /// Check a pipeline without running it
    ///
    /// Checks the file, its plugins, and every stage against the columns that come to it.
    #[command(after_help = values::AFTER_CHECK)]
    Check(CheckArgs),
    /// Show what a run would read, change and write
    ///
    /// Of every stage: `+` columns that are new, `~` columns of another type, `-` columns that are gone.
    #[command(after_help = values::AFTER_PLAN)]
    Plan(CheckArgs),
    /// Show what a run did, from its record
    ///
    /// Jobs and what flows between them, when each stage was at work, what it cost, and what went wrong.
    #[command(after_help = values::AFTER_TRACE)]
    Trace(ShowArgs),
    /// Look at plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
}

/// What can be asked about plugins.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Show what a plugin can do, how it is configured, and what it imports
    #[command(after_help = values::AFTER_INSPECT)]
    Inspect(InspectArgs),
}

/// `host run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Workers of a parallel stage; the output does not depend on it [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = values::threads, help_heading = "Running")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Rows of a batch, at most; the output does not depend on it [default: 8192]
    #[arg(long, value_name = "N", value_parser = values::batch_rows, help_heading = "Running")]
    pub(crate) batch_rows: Option<NonZeroU32>,
    /// Memory that the run may take, as `512MiB`; rows that do not fit wait on disk [default: three fifths of what
    /// there is]
    #[arg(long, value_name = "SIZE", value_parser = values::size, help_heading = "Running")]
    pub(crate) memory: Option<u64>,
    /// Disk that such rows may take, as `20GB` [default: 100GB]
    #[arg(long, value_name = "SIZE", value_parser = values::size, help_heading = "Running")]
    pub(crate) max_spill: Option<u64>,
    /// Where that disk is; nothing stays there [default: $TMPDIR, or /tmp]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Running")]
    pub(crate) spill_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    #[command(flatten)]
    pub(crate) trace: TraceArgs,
    /// Show no progress; it is shown when standard error is a terminal
    #[arg(long, help_heading = "Output")]
    pub(crate) no_progress: bool,
}

/// `host replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// What the job wrote to its `rejects`, or a copy, with `text` or `values` mended: a file, a folder, or the url of
    /// objects
    #[arg(value_name = "REJECTS", value_hint = ValueHint::AnyPath)]
    pub(crate) rejects: String,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Add this to the paths of all outputs [default: `-replay-of-` and the run that rejected the rows]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Replaying")]
    pub(crate) suffix: Option<String>,
    /// Let a stage that looks at all rows look at the replayed ones alone
    #[arg(long, help_heading = "Replaying")]
    pub(crate) apart: bool,
}

/// `host check` and `host plan`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// `host plugin inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The plugin, a WebAssembly component
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Only this operation
    pub(crate) operation: Option<String>,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

/// The pipeline, and what it is run with.
#[derive(Debug, Args)]
pub(crate) struct PipelineArgs {
    /// The pipeline's file
    #[arg(value_name = "PIPELINE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Give a variable of the pipeline this value; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::variable, help_heading = "Pipeline")]
    pub(crate) var: Vec<(String, String)>,
    /// Only this job; one before it is not run, but what it wrote is read
    #[arg(long, value_name = "NAME", help_heading = "Pipeline")]
    pub(crate) job: Option<String>,
    /// What plugins take for now, as `2022-12-31T00:00:00Z` or `2022-12-31` [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::time, help_heading = "Pipeline")]
    pub(crate) run_timestamp: Option<DateTime<Utc>>,
}

impl PipelineArgs {
    /// The pipeline, read and checked. Of a variable that is given twice the last value counts.
    pub(crate) fn load(&self) -> Result<Pipeline, Diagnostics> {
        let variables: BTreeMap<String, String> = self.var.iter().cloned().collect();
        Pipeline::load(&self.file, &variables, &environment::variable)
    }

    /// How it is to be run.
    pub(crate) fn options(&self) -> RunOptions {
        let options = RunOptions::default();
        let run_timestamp = self.run_timestamp.unwrap_or(options.run_timestamp);
        RunOptions { run_timestamp, job: self.job.clone(), ..options }
    }
}

/// Where compiled plugins are kept.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "this is the text of the help")]
pub(crate) struct CacheArgs {
    /// Keep compiled plugins here [default: $ETL_HOST_CACHE, or ~/.cache/etl-host/plugins]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Plugins")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Keep no compiled plugins, and use none
    #[arg(long, conflicts_with = "cache_dir", help_heading = "Plugins")]
    pub(crate) no_cache: bool,
}

impl CacheArgs {
    /// How the engine is to be set up.
    pub(crate) fn engine(&self) -> error::Result<EngineOptions> {
        Ok(EngineOptions { cache: self.folder(), stores: stores::options()? })
    }
}

/// How a run is traced and recorded.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "this is the text of the help")]
pub(crate) struct TraceArgs {
    /// Continue this trace: an `X-Amzn-Trace-Id` or `traceparent` header [default: $_X_AMZN_TRACE_ID, $TRACEPARENT]
    #[arg(long, value_name = "HEADER", value_parser = values::trace_header, help_heading = "Telemetry")]
    pub(crate) trace_header: Option<String>,
    /// How many calls of a plugin become spans of their own; the totals are exact with any
    #[arg(long, value_enum, value_name = "HOW", default_value_t, help_heading = "Telemetry")]
    pub(crate) trace_calls: TraceCalls,
    /// Record the run in a folder under this one [default: $ETL_HOST_DIR/runs, or .host/runs]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Telemetry")]
    pub(crate) runs_dir: Option<PathBuf>,
    /// Record nothing on this machine
    #[arg(long, conflicts_with = "runs_dir", help_heading = "Telemetry")]
    pub(crate) no_record: bool,
    #[command(flatten)]
    pub(crate) xray: XRayArgs,
}

/// How many calls become spans.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum TraceCalls {
    /// No call
    None,
    /// Of every stage the first, the slowest and the failed ones
    #[default]
    Some,
    /// Every call: may be more than X-Ray takes
    All,
}

impl From<TraceCalls> for CallBudget {
    fn from(calls: TraceCalls) -> Self {
        match calls {
            TraceCalls::None => Self::None,
            TraceCalls::Some => Self::default(),
            TraceCalls::All => Self::All,
        }
    }
}

/// What is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
#[expect(clippy::doc_markdown, reason = "this is the text of the help")]
pub(crate) struct OutputArgs {
    /// Print the result as one JSON document to standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print all there is to know
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Colour the output; `auto` does so on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: Colour,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
