//! Reading objects: whole, in ranges, and from one end to the other.

mod stream;

use std::{
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange};

pub use stream::{BlockingStream, ReadAhead, Stream};

use crate::{
    bucket::{Bucket, Object},
    error::Error,
    fault::Fault,
    http::{Condition, watched},
    io::Job,
};

/// How many ranges are fetched at a time.
const PARALLEL_RANGES: usize = 8;

/// Ranges of an object that are on their way. Dropping it gives them up.
#[derive(Debug)]
pub struct Fetch(Job<Result<Vec<Bytes>, Error>>);

impl Future for Fetch {
    type Output = Result<Vec<Bytes>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl Bucket {
    /// A whole object of at most `limit` bytes, and what it is.
    pub async fn get(&self, key: &str, limit: u64) -> Result<(Object, Bytes), Error> {
        let key = key.to_owned();
        self.spawn(|bucket| async move { bucket.get_here(&key, limit).await }).await
    }

    pub(crate) async fn get_here(&self, key: &str, limit: u64) -> Result<(Object, Bytes), Error> {
        let path = self.path(key)?;
        let mut attempts = self.attempts("get", key);
        loop {
            let get = async {
                let found = self.store.get_opts(&path, GetOptions::default()).await?;
                let object = Object::from(found.meta.clone());
                let content = if object.bytes > limit { Bytes::new() } else { found.bytes().await? };
                Ok((object, content))
            };
            match watched(Condition::Always, get).await {
                Ok((object, _)) if object.bytes > limit => {
                    return Err(Error::TooLarge { location: self.location(key), limit });
                }
                Ok((object, content)) => {
                    attempts.succeeded(object.bytes);
                    return Ok((object, content));
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }

    /// Some bytes of an object, which must still be the one that is given.
    pub async fn read_range(&self, object: &Object, range: Range<u64>) -> Result<Bytes, Error> {
        let object = object.clone();
        self.spawn(|bucket| async move { bucket.read_range_here(&object, range).await }).await
    }

    /// Several ranges of an object, fetched at the same time, in the order in which they are given.
    pub async fn read_ranges(&self, object: &Object, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error> {
        self.fetch(object, ranges.to_vec()).await
    }

    /// The same, begun at once: whoever needs them later finds them there.
    pub fn fetch(&self, object: &Object, ranges: Vec<Range<u64>>) -> Fetch {
        let object = object.clone();
        Fetch(self.spawn(|bucket| async move {
            // Each one of its own on the thread, so that what comes is read whoever is polled.
            let read = |range| {
                let object = object.clone();
                bucket.spawn(|bucket| async move { bucket.read_range_here(&object, range).await })
            };
            futures::stream::iter(ranges.into_iter().map(read)).buffered(PARALLEL_RANGES).try_collect().await
        }))
    }

    pub(crate) async fn read_range_here(&self, object: &Object, range: Range<u64>) -> Result<Bytes, Error> {
        let mut attempts = self.attempts("get", &object.key);
        let mut read = BytesMut::new();
        loop {
            let before = read.len() as u64;
            let rest = range.start + before..range.end;
            if rest.is_empty() {
                return Ok(read.freeze());
            }
            // What has come stays: the next attempt asks for the rest.
            let end = self.read_into(&mut read, object, rest).await;
            let came = read.len() as u64 - before;
            match end {
                Ok(()) => {
                    attempts.succeeded(came);
                    return Ok(read.freeze());
                }
                // Shorter by now, or gone.
                Err(fault) if fault.status() == Some(416) || fault.code() == Some("NoSuchKey") => {
                    return Err(Error::Changed { location: attempts.location().to_owned() });
                }
                Err(fault) => attempts.failed(fault, came).await?,
            }
        }
    }

    async fn read_into(&self, read: &mut BytesMut, object: &Object, range: Range<u64>) -> Result<(), Fault> {
        let path = self.path(&object.key).map_err(|error| Fault::other(error.to_string()))?;
        let wanted = range.end - range.start;
        let options = GetOptions {
            // Another content of the same size would go unseen.
            if_match: object.etag.clone(),
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        watched(Condition::Always, async {
            let mut chunks = self.store.get_opts(&path, options).await?.into_stream();
            let before = read.len();
            while let Some(chunk) = chunks.next().await {
                read.extend_from_slice(&chunk?);
            }
            Ok((read.len() - before) as u64)
        })
        .await
        .and_then(|came| if came < wanted { Err(Fault::truncated()) } else { Ok(()) })
    }
}
