//! Keeps what a listener hears.

use std::sync::{Mutex, PoisonError};

use crate::retry::{Attempt, Listener};

/// All attempts, as lines.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Vec<String>>);

impl Listener for Recorder {
    fn attempt(&self, attempt: &Attempt<'_>) {
        let Attempt { operation, number, bytes, .. } = attempt;
        let name = attempt.location.rsplit('/').next().unwrap_or_default();
        let end = attempt.error.map_or_else(|| "ok".to_owned(), ToString::to_string);
        let again = if attempt.delay.is_some() { ", again" } else { "" };
        let line = format!("{operation} {name} #{number}: {end}, {bytes} bytes{again}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Recorder {
    /// The attempts since the last time, one a line.
    pub fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).join("\n")
    }
}
