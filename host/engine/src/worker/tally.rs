//! What a stage bore with, counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use etl_trace::{Span, attributes};

/// What a stage bore with, over all its instances.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rejected: AtomicU64,
    skipped: AtomicU64,
    retries: AtomicU64,
    restarts: AtomicU64,
    timeouts: AtomicU64,
    probed: AtomicBool,
    /// Whether an instance gave rows in `finish`: then it keeps something from one call to the next.
    kept: AtomicBool,
}

impl Tally {
    pub(super) fn rejected(&self, rows: u64) {
        self.rejected.fetch_add(rows, Relaxed);
    }

    pub(super) fn skipped(&self, rows: usize) {
        self.skipped.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    /// Counts a call that ran out of time; gives how many there were.
    pub(super) fn timed_out(&self) -> u64 {
        self.timeouts.fetch_add(1, Relaxed) + 1
    }

    /// Counts a new instance in the place of one that trapped; says whether one of the stage's instances kept rows.
    pub(super) fn restarted(&self) -> bool {
        self.restarts.fetch_add(1, Relaxed);
        self.kept.load(Relaxed)
    }

    /// Whether nobody has looked yet if an instance keeps rows.
    pub(super) fn is_first_probe(&self) -> bool {
        !self.probed.swap(true, Relaxed)
    }

    /// Notes that an instance gave rows at its end; says whether another one has trapped.
    pub(super) fn gave_at_the_end(&self) -> bool {
        self.kept.store(true, Relaxed);
        self.restarts.load(Relaxed) > 0
    }

    /// Rows rejected.
    pub(crate) fn rows_rejected(&self) -> u64 {
        self.rejected.load(Relaxed)
    }

    /// Rows that went on as they came, because the plugin gave an error for their batch.
    pub(crate) fn rows_skipped(&self) -> u64 {
        self.skipped.load(Relaxed)
    }

    /// Calls that were made again.
    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Relaxed)
    }

    /// Instances in the places of others that trapped.
    pub(crate) fn restarts(&self) -> u64 {
        self.restarts.load(Relaxed)
    }

    /// Sets on the stage's span what is not nothing.
    pub(super) fn tell(&self, span: &Span) {
        let told = [
            (attributes::ROWS_REJECTED, &self.rejected),
            (attributes::ROWS_SKIPPED, &self.skipped),
            (attributes::RETRIES, &self.retries),
            (attributes::RESTARTS, &self.restarts),
        ];
        for (name, count) in told {
            let count = count.load(Relaxed);
            if count > 0 {
                span.set(name, count);
            }
        }
    }
}
