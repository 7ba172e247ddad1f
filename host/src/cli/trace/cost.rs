//! What a stage cost and bore with.

use super::run::Stage;
use crate::cli::format::count;

/// What the time of a stage went to, as people are told.
pub(super) const PARTS: [&str; 4] = ["plugin", "boundary", "host", "I/O"];

impl Stage {
    /// What its time went to, in the order of [`PARTS`]; nothing where the record is of a host that did not tell.
    pub(super) fn parts(&self) -> Option<[f64; 4]> {
        Some([self.guest_ms, self.boundary_ms?, self.host_ms?, self.io_ms?])
    }

    /// Its time, over all its instances.
    pub(super) fn time_ms(&self) -> f64 {
        self.parts().map_or(self.guest_ms, |parts| parts.iter().sum())
    }

    /// What did not go as it should, and was borne with: nothing where all went well.
    pub(super) fn bore(&self) -> Vec<String> {
        let facts = [
            (self.rejected, ["row rejected", "rows rejected"]),
            (self.skipped, ["row skipped", "rows skipped"]),
            (self.retries, ["retry", "retries"]),
            (self.restarts, ["restart", "restarts"]),
        ];
        let told = facts.into_iter().filter(|(number, _)| *number > 0);
        told.map(|(number, [one, more])| {
            format!("{} {}", count(number), if number == 1 { one } else { more })
        })
        .collect()
    }
}
