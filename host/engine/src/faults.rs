//! The one place where a run's first failure is kept, while streams only pass on that there is one.

use std::sync::{Mutex, PoisonError};

use datafusion_common::DataFusionError;

use crate::Failure;

/// The first failure of a job.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    first: Mutex<Option<Failure>>,
}

impl Faults {
    /// Keeps the failure if it is the first; gives what a stream ends with.
    pub(crate) fn report(&self, failure: Failure) -> DataFusionError {
        let message = failure.message.clone();
        self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        DataFusionError::Execution(message)
    }

    /// The first failure, if there was one.
    pub(crate) fn take(&self) -> Option<Failure> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
