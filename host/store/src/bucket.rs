//! One bucket, and the requests that there are.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, PutMode, PutOptions, PutPayload, UpdateVersion,
    multipart::MultipartStore, path::Path,
};

use crate::{
    error::Error,
    fault::Fault,
    http::{Condition, watched},
    io::{Io, Job},
    retry::{Attempts, Listener, Retry},
};

/// A bucket. Clones share its connections.
#[derive(Clone)]
pub struct Bucket {
    /// `s3://bucket`
    pub(crate) url: Arc<str>,
    pub(crate) store: Arc<dyn ObjectStore>,
    /// A plain web server has none.
    pub(crate) multipart: Option<Arc<dyn MultipartStore>>,
    pub(crate) io: Io,
    pub(crate) retry: Retry,
    pub(crate) listener: Arc<dyn Listener>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.url).finish()
    }
}

/// An object as it was at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key in the bucket.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// Says which content it has.
    pub etag: Option<String>,
    /// When it was written, by the service's clock, in milliseconds since 1970.
    pub modified: i64,
}

impl From<ObjectMeta> for Object {
    fn from(meta: ObjectMeta) -> Self {
        let modified = meta.last_modified.timestamp_millis();
        Self { key: meta.location.into(), bytes: meta.size, etag: meta.e_tag, modified }
    }
}

impl Bucket {
    /// The same bucket, whose attempts `listener` hears.
    #[must_use]
    pub fn with_listener(&self, listener: Arc<dyn Listener>) -> Self {
        Self { listener, ..self.clone() }
    }

    /// The same bucket, asked with another patience; what one attempt may take stays.
    #[must_use]
    pub fn with_retry(&self, retry: Retry) -> Self {
        Self { retry, ..self.clone() }
    }

    /// The URL of an object.
    pub fn location(&self, key: &str) -> String {
        format!("{}/{key}", self.url)
    }

    pub(crate) fn attempts(&self, operation: &'static str, key: &str) -> Attempts {
        Attempts::new(&self.retry, &self.listener, operation, self.location(key))
    }

    pub(crate) fn path(&self, key: &str) -> Result<Path, Error> {
        Path::parse(key)
            .map_err(|error| Error::Location { location: self.location(key), why: error.to_string() })
    }

    /// Runs work on the network's thread.
    pub(crate) fn spawn<T: Send + 'static, F>(&self, work: impl FnOnce(Self) -> F) -> Job<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        self.io.spawn(work(self.clone()))
    }

    /// What is known of an object without reading it.
    pub async fn head(&self, key: &str) -> Result<Object, Error> {
        let key = key.to_owned();
        self.spawn(|bucket| async move { bucket.head_here(&key).await }).await
    }

    pub(crate) async fn head_here(&self, key: &str) -> Result<Object, Error> {
        let path = self.path(key)?;
        let mut attempts = self.attempts("head", key);
        loop {
            let options = GetOptions { head: true, ..GetOptions::default() };
            match watched(Condition::Always, self.store.get_opts(&path, options)).await {
                Ok(found) => {
                    attempts.succeeded(0);
                    return Ok(found.meta.into());
                }
                Err(fault) => attempts.failed(self.explained(&path, fault).await, 0).await?,
            }
        }
    }

    /// A reply to HEAD has no body, and so no code. A reply to GET of the first byte has.
    async fn explained(&self, path: &Path, fault: Fault) -> Fault {
        let is_clear = fault.status().is_none() || fault.code().is_some();
        if is_clear || fault.is_transient() || fault.about_credentials {
            return fault;
        }
        let options = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
        match watched(Condition::Always, self.store.get_opts(path, options)).await {
            Err(explained) if explained.status() == fault.status() => explained,
            _ => fault,
        }
    }

    /// All objects whose keys begin with `folder/`; all there are, for "".
    pub async fn list(&self, folder: &str) -> Result<Vec<Object>, Error> {
        let folder = folder.to_owned();
        self.spawn(|bucket| async move { bucket.list_here(&folder).await }).await
    }

    pub(crate) async fn list_here(&self, folder: &str) -> Result<Vec<Object>, Error> {
        let path = self.path(folder)?;
        let prefix = (!folder.is_empty()).then_some(&path);
        let mut attempts = self.attempts("list", folder);
        loop {
            let list = self.store.list(prefix).map_ok(Object::from).try_collect::<Vec<_>>();
            match watched(Condition::Always, list).await {
                Ok(objects) => {
                    attempts.succeeded(0);
                    return Ok(objects);
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }

    /// Writes a small object in one request.
    pub async fn put(
        &self,
        key: &str,
        content: Bytes,
        condition: Condition,
    ) -> Result<Option<String>, Error> {
        let key = key.to_owned();
        self.spawn(|bucket| async move { bucket.put_here(&key, content, condition).await }).await
    }

    /// Gives the new etag.
    pub(crate) async fn put_here(
        &self,
        key: &str,
        content: Bytes,
        condition: Condition,
    ) -> Result<Option<String>, Error> {
        let path = self.path(key)?;
        let bytes = content.len() as u64;
        let mut attempts = self.attempts("put", key);
        loop {
            let mode = match &condition {
                Condition::Always => PutMode::Overwrite,
                Condition::Absent => PutMode::Create,
                Condition::Unchanged(etag) => {
                    PutMode::Update(UpdateVersion { e_tag: Some(etag.clone()), version: None })
                }
            };
            let options = PutOptions { mode, ..PutOptions::default() };
            let put = self.store.put_opts(&path, PutPayload::from_bytes(content.clone()), options);
            match watched(Condition::Always, put).await {
                Ok(put) => {
                    attempts.succeeded(bytes);
                    return Ok(put.e_tag);
                }
                // An attempt whose reply was lost may have written it: then what is there is ours.
                Err(fault) if fault.status() == Some(412) && attempts.repeated() => {
                    let options = GetOptions::default();
                    let found = watched(Condition::Always, self.store.get_opts(&path, options)).await;
                    if let Ok(found) = found
                        && found.meta.size == bytes
                    {
                        let etag = found.meta.e_tag.clone();
                        if found.bytes().await.is_ok_and(|found| found == content) {
                            attempts.succeeded(bytes);
                            return Ok(etag);
                        }
                    }
                    attempts.failed(fault, 0).await?;
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }

    /// Deletes objects; those that are not there are no error.
    pub async fn delete(&self, keys: Vec<String>) -> Result<(), Error> {
        self.spawn(|bucket| async move { bucket.delete_here(keys).await }).await
    }

    pub(crate) async fn delete_here(&self, keys: Vec<String>) -> Result<(), Error> {
        let Some(first) = keys.first() else { return Ok(()) };
        let paths = keys.iter().map(|key| self.path(key)).collect::<Result<Vec<_>, _>>()?;
        let mut attempts = self.attempts("delete", first);
        loop {
            let paths = futures::stream::iter(paths.clone().into_iter().map(Ok)).boxed();
            let delete = self.store.delete_stream(paths).try_for_each(async |_| Ok(()));
            match watched(Condition::Always, delete).await {
                Ok(()) => {
                    attempts.succeeded(0);
                    return Ok(());
                }
                Err(fault) if fault.status() == Some(404) && fault.code() != Some("NoSuchBucket") => {
                    attempts.succeeded(0);
                    return Ok(());
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }
}
