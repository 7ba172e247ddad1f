//! The memory that all instances use together.

use std::fmt;
use std::sync::Arc;

/// Sums what instances use, of all runtimes and plugins that share it: their linear memory, and the host's memory that
/// their columns and batches keep alive. What two instances share counts twice.
pub trait MemoryMeter: Send + Sync {
    /// Takes `bytes` more, if there is as much.
    fn try_grow(&self, bytes: u64) -> bool;
    /// Gives back what was taken.
    fn shrink(&self, bytes: u64);
}

/// A meter that never says no.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl MemoryMeter for Unlimited {
    fn try_grow(&self, _: u64) -> bool {
        true
    }
    fn shrink(&self, _: u64) {}
}

/// What one instance has taken of a meter, for one purpose. It goes back when the instance does.
pub(crate) struct Share {
    meter: Arc<dyn MemoryMeter>,
    taken: u64,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share").field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Share {
    pub(crate) fn new(meter: &Arc<dyn MemoryMeter>) -> Self {
        Self { meter: Arc::clone(meter), taken: 0 }
    }

    /// Sees to it that at least `bytes` are taken; says whether they are.
    pub(crate) fn cover(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.taken);
        let granted = more == 0 || self.meter.try_grow(more);
        self.taken += if granted { more } else { 0 };
        granted
    }

    /// Gives back what is more than `bytes`.
    pub(crate) fn shrink_to(&mut self, bytes: u64) {
        let less = self.taken.saturating_sub(bytes);
        if less > 0 {
            self.meter.shrink(less);
            self.taken -= less;
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

/// The meter said no.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Starved {
    /// What was asked for, in bytes.
    pub(crate) bytes: u64,
}

impl fmt::Display for Starved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no memory left: {} bytes more", self.bytes)
    }
}

impl std::error::Error for Starved {}
