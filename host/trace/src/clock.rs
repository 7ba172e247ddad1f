//! Time and ids.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall-clock times from a monotonic clock: one look at the wall clock per trace, so spans never run backwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    instant: Instant,
    system: SystemTime,
}

impl Clock {
    pub(crate) fn new(instant: Instant, system: SystemTime) -> Self {
        Self { instant, system }
    }

    pub(crate) fn now() -> Self {
        Self::new(Instant::now(), SystemTime::now())
    }

    pub(crate) fn time(&self, at: Instant) -> SystemTime {
        match at.checked_duration_since(self.instant) {
            Some(later) => self.system + later,
            None => self.system - self.instant.duration_since(at),
        }
    }

    /// A trace id as X-Ray wants it: the first four bytes are the seconds since 1970.
    pub(crate) fn trace_id(&self, random: &mut fastrand::Rng) -> [u8; 16] {
        let since = self.system.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut id = random.u128(1..).to_be_bytes();
        // X-Ray's ids have 32 bits of time: they last until 2106.
        id[..4].copy_from_slice(&u32::try_from(since.as_secs()).unwrap_or(u32::MAX).to_be_bytes());
        id
    }
}

/// A span's id: anything but zero.
pub(crate) fn span_id(random: &mut fastrand::Rng) -> [u8; 8] {
    random.u64(1..).to_be_bytes()
}

/// A time as spans and reports tell it, in milliseconds: the number nearest to its nanoseconds, so that what one tells is
/// the same number in the other.
#[expect(clippy::cast_precision_loss, reason = "a duration of 100 days still has microseconds")]
#[must_use]
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}
