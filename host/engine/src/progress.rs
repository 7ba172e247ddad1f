//! How far a run has come, for whoever watches it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::source::ScanProgress;

/// Looks at a scan or a spool that is being read.
pub(crate) type Probe = Arc<dyn Fn() -> ScanProgress + Send + Sync>;

/// How far a run has come. Clones see the same run.
#[derive(Clone, Default)]
pub struct Progress {
    current: Arc<Mutex<Current>>,
}

#[derive(Default)]
struct Current {
    job: String,
    step: String,
    probe: Option<Probe>,
}

/// One look at a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// The job that runs; empty before the first.
    pub job: String,
    /// The stage that its rows are on the way to, or `write`.
    pub step: String,
    /// Rows read.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What `bytes` comes to at the end, about.
    pub bytes_total: u64,
}

impl Progress {
    /// How far the run has come now.
    pub fn snapshot(&self) -> ProgressSnapshot {
        let (job, step, probe) = {
            let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            (current.job.clone(), current.step.clone(), current.probe.clone())
        };
        let scan = probe.map(|probe| probe()).unwrap_or_default();
        ProgressSnapshot { job, step, rows: scan.rows, bytes: scan.bytes_read, bytes_total: scan.bytes_total }
    }

    pub(crate) fn begin(&self, job: &str, step: &str, probe: Option<Probe>) {
        let current = Current { job: job.to_owned(), step: step.to_owned(), probe };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = current;
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("snapshot", &self.snapshot()).finish()
    }
}
