//! All buckets that are in use, each with its connections.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use object_store::{ObjectStore, multipart::MultipartStore};

use crate::{
    aws::{Environment, Settings},
    bucket::Bucket,
    error::Error,
    io::Io,
    location::{ObjectUrl, Scheme},
    retry::{Listener, Retry},
};

/// The way to every bucket: made once, asked for each location.
#[derive(Debug)]
pub struct Stores {
    environment: Environment,
    pub(crate) retry: Retry,
    pub(crate) listener: Arc<dyn Listener>,
    pub(crate) io: Io,
    buckets: Mutex<HashMap<(Scheme, String), Bucket>>,
}

impl Stores {
    /// Finds credentials and endpoints in `environment` when a bucket is asked for.
    pub fn new(environment: Environment, retry: Retry, listener: Arc<dyn Listener>) -> Result<Self, Error> {
        let io = Io::start().map_err(|error| Error::Settings {
            location: "the network".to_owned(),
            why: format!("can't start a thread: {error}"),
            hint: "the system's limit of threads or open files may be too low",
        })?;
        Ok(Self { environment, retry, listener, io, buckets: Mutex::default() })
    }

    /// The bucket that a location is in. Nothing is asked of the network yet.
    pub fn bucket(&self, location: &ObjectUrl) -> Result<Bucket, Error> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (location.scheme, location.bucket.clone());
        if let Some(bucket) = buckets.get(&key) {
            return Ok(bucket.clone());
        }
        let bucket = self.open(location)?;
        buckets.insert(key, bucket.clone());
        Ok(bucket)
    }

    fn open(&self, location: &ObjectUrl) -> Result<Bucket, Error> {
        let url = ObjectUrl { key: String::new(), ..location.clone() }.to_string();
        let url = url.trim_end_matches('/');
        let (store, multipart) = self.connect(location, url)?;
        Ok(Bucket {
            url: url.into(),
            store,
            multipart,
            io: self.io.clone(),
            retry: self.retry.clone(),
            listener: Arc::clone(&self.listener),
        })
    }

    fn connect(&self, location: &ObjectUrl, url: &str) -> Result<Connected, Error> {
        let failed = |error: object_store::Error| Error::Settings {
            location: url.to_owned(),
            why: error.to_string(),
            hint: "look at the variables that say where the store is and who asks",
        };
        match location.scheme {
            Scheme::S3 => {
                let settings = Settings::find(&self.environment, url)?;
                let store = settings.open(&location.bucket, &self.retry).map_err(failed)?;
                Ok(both(store))
            }
            _ => crate::others::connect(location, url, &self.retry).map_err(failed),
        }
    }
}

pub(crate) type Connected = (Arc<dyn ObjectStore>, Option<Arc<dyn MultipartStore>>);

/// One store in its two roles.
pub(crate) fn both<S: ObjectStore + MultipartStore>(store: S) -> Connected {
    let store = Arc::new(store);
    let multipart: Arc<dyn MultipartStore> = Arc::<S>::clone(&store);
    (store, Some(multipart))
}
