//! What can be asked about runs.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `host trace`.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "this is the text of the help")]
pub(crate) struct ShowArgs {
    /// The run
    #[arg(default_value = "last")]
    pub(crate) run: String,
    /// Write the run to this file, as a page that needs nothing else
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,
    /// Compare two runs: rows, time, plugins and columns of their stages
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["run", "html"])]
    pub(crate) diff: Option<Vec<String>>,
    /// List the runs, the newest first
    #[arg(long, conflicts_with_all = ["run", "html", "diff"])]
    pub(crate) list: bool,
    /// Delete all recorded runs but the newest N
    #[arg(long, value_name = "N", conflicts_with_all = ["run", "html", "diff", "list"])]
    pub(crate) prune: Option<usize>,
    /// Where runs are recorded [default: $ETL_HOST_DIR/runs, or .host/runs]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) runs_dir: Option<PathBuf>,
}
