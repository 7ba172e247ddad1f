//! The way to object stores, for all that a run reads, writes and loads.

mod patience;
mod requests;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use etl_store::{Bucket, Deaf, Environment, Error, Listener, Location, ObjectUrl, Retry, Stores};
use tokio::sync::watch;

pub(crate) use patience::Patience;
pub(crate) use requests::{Hearing, Requests};

/// How object stores are asked. Where they are, and who asks, AWS's own variables say.
#[derive(Clone, Debug, Default)]
pub struct StoreOptions {
    /// Attempts of a request, at most; 6 unless told.
    pub attempts: Option<u32>,
    /// Time that an attempt may take; a minute unless told.
    pub timeout: Option<Duration>,
    /// After how long without a sign of life a run that writes may be taken for dead; 30 seconds unless told.
    pub lease: Option<Duration>,
}

/// All object stores. Nothing is set up before the first is asked for.
#[derive(Debug)]
pub(crate) struct Objects {
    options: StoreOptions,
    stores: OnceLock<Result<Stores, Error>>,
    pub(crate) patience: Patience,
}

/// A place in a store: an object, a folder or a glob.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) bucket: Bucket,
    pub(crate) key: String,
    pub(crate) patience: Patience,
}

impl Objects {
    /// Whoever waits for a store gives up when `cancelled` is set.
    pub(crate) fn new(options: StoreOptions, cancelled: watch::Receiver<bool>) -> Self {
        Self { options, stores: OnceLock::new(), patience: Patience::new(cancelled) }
    }

    /// After how long without a sign of life a run may be taken for dead, where that is told.
    pub(crate) fn lease(&self) -> Option<Duration> {
        self.options.lease
    }

    /// The stores, set up.
    pub(crate) fn stores(&self) -> Result<&Stores, Error> {
        let set_up = || {
            let usual = Retry::default();
            let retry = Retry {
                attempts: self.options.attempts.unwrap_or(usual.attempts),
                attempt: self.options.timeout.unwrap_or(usual.attempt),
                ..usual
            };
            Stores::new(Environment::of_process(), retry, Arc::new(Deaf))
        };
        self.stores.get_or_init(set_up).as_ref().map_err(Clone::clone)
    }

    /// Where a url leads, whose requests are heard; `None`: it is a path.
    pub(crate) fn place(&self, url: &str, heard: &Arc<Requests>) -> Result<Option<Place>, Error> {
        match Location::parse(url)? {
            Location::Object(location) => self.object(location, heard).map(Some),
            Location::Local(_) => Ok(None),
        }
    }

    fn object(&self, location: ObjectUrl, heard: &Arc<Requests>) -> Result<Place, Error> {
        let listener: Arc<dyn Listener> = Arc::<Requests>::clone(heard);
        let bucket = self.stores()?.bucket(&location)?.with_listener(listener);
        Ok(Place { bucket, key: location.key, patience: self.patience.clone() })
    }
}

/// The stores as one user of them has them.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    objects: Arc<Objects>,
    /// What this user asks of them.
    pub(crate) requests: Arc<Requests>,
}

impl Access {
    pub(crate) fn new(objects: &Arc<Objects>) -> Self {
        Self { objects: Arc::clone(objects), requests: Arc::default() }
    }

    /// Where a url leads; `None`: it is a path.
    pub(crate) fn place(&self, url: &str) -> Result<Option<Place>, Error> {
        self.objects.place(url, &self.requests)
    }

    /// Where an output's url leads; `None`: it is a path.
    pub(crate) fn target(&self, url: &str) -> Result<Option<Place>, Error> {
        let Location::Object(location) = Location::parse(url)? else { return Ok(None) };
        location.check_writable()?;
        self.objects.object(location, &self.requests).map(Some)
    }

    /// After how long without a sign of life a run may be taken for dead, where that is told.
    pub(crate) fn lease(&self) -> Option<Duration> {
        self.objects.lease()
    }

    /// For tests of what is on this machine.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn for_tests() -> Self {
        Self::new(&Arc::new(Objects::new(StoreOptions::default(), watch::channel(false).1)))
    }
}
