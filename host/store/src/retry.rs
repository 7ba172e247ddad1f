//! When to ask again, and who is told.
//!
//! `object_store`'s own retries are off: it would repeat unseen, and with the signature of the first attempt.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{error::Error, fault::Fault};

/// How patient to be. The pause before an attempt is drawn from zero to a limit that doubles ("full jitter"), so
/// that many clients that were refused together do not come back together.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Attempts at most, with the first.
    pub attempts: u32,
    /// Limit of the first pause.
    pub first_pause: Duration,
    /// Limit of every pause.
    pub longest_pause: Duration,
    /// No attempt begins later than this after the first.
    pub total: Duration,
    /// How long one attempt may take, with its body.
    pub attempt: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(20),
            total: Duration::from_mins(2),
            attempt: Duration::from_mins(1),
        }
    }
}

impl Retry {
    fn pause(&self, failed: u32) -> Duration {
        let doubled = self.first_pause.saturating_mul(1_u32.checked_shl(failed - 1).unwrap_or(u32::MAX));
        doubled.min(self.longest_pause).mul_f64(fastrand::f64())
    }
}

/// One request, as it ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// "get", "put", "list", …
    pub operation: &'static str,
    /// What it is about, as a URL.
    pub location: &'a str,
    /// From 1.
    pub number: u32,
    /// Why it failed, if it did.
    pub error: Option<&'a Fault>,
    /// The pause before the next attempt, where there is one.
    pub delay: Option<Duration>,
    /// Bytes of data that it moved.
    pub bytes: u64,
    /// How long it took.
    pub duration: Duration,
}

/// Hears of every attempt. It is called on the threads that do the work, so it must be quick.
pub trait Listener: fmt::Debug + Send + Sync {
    /// An attempt has ended.
    fn attempt(&self, attempt: &Attempt<'_>);
}

/// For those who do not listen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deaf;

impl Listener for Deaf {
    fn attempt(&self, _: &Attempt<'_>) {}
}

/// The attempts of one operation.
pub(crate) struct Attempts {
    retry: Retry,
    listener: Arc<dyn Listener>,
    operation: &'static str,
    location: String,
    number: u32,
    began: Instant,
    attempt_began: Instant,
}

impl Attempts {
    pub(crate) fn new(
        retry: &Retry,
        listener: &Arc<dyn Listener>,
        operation: &'static str,
        location: String,
    ) -> Self {
        let now = Instant::now();
        let (retry, listener) = (retry.clone(), Arc::clone(listener));
        Self { retry, listener, operation, location, number: 1, began: now, attempt_began: now }
    }

    /// Whether an attempt has failed, so that what is found may be its work.
    pub(crate) fn repeated(&self) -> bool {
        self.number > 1
    }

    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    /// The attempt was the last, and it did what it should.
    pub(crate) fn succeeded(&self, bytes: u64) {
        self.tell(None, None, bytes);
    }

    /// Waits for the time of the next attempt, if there is to be one.
    pub(crate) async fn failed(&mut self, fault: Fault, bytes: u64) -> Result<(), Error> {
        let pause = self.retry.pause(self.number);
        let goes_on = fault.is_transient()
            && self.number < self.retry.attempts
            && self.began.elapsed() + pause < self.retry.total;
        self.tell(Some(&fault), goes_on.then_some(pause), bytes);
        if !goes_on {
            return Err(Error::of(self.operation, &self.location, fault, self.number, self.began.elapsed()));
        }
        tokio::time::sleep(pause).await;
        self.number += 1;
        self.attempt_began = Instant::now();
        Ok(())
    }

    fn tell(&self, error: Option<&Fault>, delay: Option<Duration>, bytes: u64) {
        self.listener.attempt(&Attempt {
            operation: self.operation,
            location: &self.location,
            number: self.number,
            error,
            delay,
            bytes,
            duration: self.attempt_began.elapsed(),
        });
    }
}
