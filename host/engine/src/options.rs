//! How a run is to be done.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::replay::Replay;

/// How a run is to be done. None of it but the timestamp changes a byte of the output.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The identity of the run.
    pub run_id: String,
    /// What plugins take for now, so that a run can be repeated.
    pub run_timestamp: DateTime<Utc>,
    /// Only this job; it then reads what an earlier run has left.
    pub job: Option<String>,
    /// Workers of a parallel stage.
    pub threads: NonZeroUsize,
    /// Rows of a batch, at most.
    pub batch_rows: NonZeroUsize,
    /// Memory of the run, in bytes; `None`: as the pipeline says, else three fifths of what there is.
    pub memory: Option<u64>,
    /// Disk for rows that do not fit into memory, in bytes; `None`: as the pipeline says, else 100 GB.
    pub max_spill: Option<u64>,
    /// Where that disk is; `None`: the system's folder for temporary files.
    pub spill_folder: Option<PathBuf>,
    /// What takes the place of the source: of one job, which is then the only one that runs.
    pub replay: Option<Replay>,
}

/// Disk for rows that do not fit into memory, unless told.
pub(crate) const MAX_SPILL: u64 = 100_000_000_000;

/// Rows of a batch unless told: its columns fit a core's cache, and a call's cost is spread over them.
pub(crate) const BATCH_ROWS: NonZeroUsize = NonZeroUsize::new(8192).unwrap();

/// Instances that may live at a time: a job spreads over as many workers as its stages leave room for.
pub(crate) const INSTANCES: u32 = 1000;

impl Default for RunOptions {
    /// All jobs on all cores, in batches of 8,192 rows, now.
    fn default() -> Self {
        Self {
            run_id: "run".to_owned(),
            run_timestamp: Utc::now(),
            job: None,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            batch_rows: BATCH_ROWS,
            memory: None,
            max_spill: None,
            spill_folder: None,
            replay: None,
        }
    }
}
