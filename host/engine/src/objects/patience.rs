//! Waiting for a store, until the run is cancelled.

use std::pin::pin;

use etl_store::{Error, wait};
use futures::future::{Either, select};
use tokio::sync::watch;

/// How long to wait: as long as the run goes on.
#[derive(Clone, Debug)]
pub(crate) struct Patience(watch::Receiver<bool>);

impl Patience {
    pub(super) fn new(cancelled: watch::Receiver<bool>) -> Self {
        Self(cancelled)
    }

    /// Blocks this thread, whatever it is for: the network has one of its own.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut cancelled = self.0.clone();
        wait(async move {
            match select(pin!(work), pin!(cancelled.wait_for(|cancelled| *cancelled))).await {
                Either::Left((done, _)) => done,
                Either::Right((Ok(_), _)) => Err(Error::Interrupted),
                // Nobody is left who could cancel.
                Either::Right((Err(_), work)) => work.await,
            }
        })
    }
}
