//! An object that is sent in parts, several at a time, and is seen when it is completed.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use object_store::{
    PutPayload,
    multipart::{MultipartStore, PartId},
    path::Path,
};

use crate::{
    bucket::Bucket,
    error::Error,
    fault::Fault,
    http::{Condition, watched},
    io::Job,
};

/// Of the first parts.
pub(super) const PART_BYTES: usize = 8 << 20;
/// After as many parts, parts are twice as large: the 10,000 that S3 takes then hold 8 TB, more than it takes.
const PARTS_OF_A_SIZE: usize = 1_000;
/// Parts on their way at a time, beside the one that is being filled.
const PARALLEL_PARTS: usize = 4;

/// An upload that has begun. Dropping it aborts it.
#[derive(Debug)]
pub(crate) struct Multipart {
    upload: Arc<Begun>,
    filling: Vec<Bytes>,
    filled: usize,
    /// In the order of the parts.
    sending: VecDeque<Job<Result<PartId, Error>>>,
    sent: Vec<PartId>,
    bytes: u64,
}

/// All parts are there. Dropping it aborts the upload.
#[derive(Debug)]
pub(crate) struct Complete {
    upload: Arc<Begun>,
    parts: Vec<PartId>,
    pub(crate) bytes: u64,
}

struct Begun {
    bucket: Bucket,
    store: Arc<dyn MultipartStore>,
    key: String,
    path: Path,
    id: String,
    /// Nothing is left to abort.
    over: std::sync::atomic::AtomicBool,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("key", &self.key).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Multipart {
    pub(crate) async fn begin(bucket: &Bucket, key: &str) -> Result<Self, Error> {
        let key = key.to_owned();
        let upload = bucket.spawn(|bucket| async move { Begun::new(bucket, key).await }).await?;
        let (filling, sending, sent) = (Vec::new(), VecDeque::new(), Vec::new());
        Ok(Self { upload: Arc::new(upload), filling, filled: 0, sending, sent, bytes: 0 })
    }

    pub(crate) fn id(&self) -> &str {
        &self.upload.id
    }

    pub(crate) fn location(&self) -> String {
        self.upload.bucket.location(&self.upload.key)
    }

    /// Appends; waits while as many parts are on their way as may be.
    pub(crate) async fn write(&mut self, mut content: Bytes) -> Result<(), Error> {
        while !content.is_empty() {
            let room = self.part_bytes() - self.filled;
            let piece = content.split_to(room.min(content.len()));
            self.filled += piece.len();
            self.filling.push(piece);
            if self.filled == self.part_bytes() {
                self.send().await?;
            }
        }
        Ok(())
    }

    fn part_bytes(&self) -> usize {
        PART_BYTES << ((self.sent.len() + self.sending.len()) / PARTS_OF_A_SIZE)
    }

    async fn send(&mut self) -> Result<(), Error> {
        while self.sending.len() >= PARALLEL_PARTS {
            self.take_sent().await?;
        }
        let index = self.sent.len() + self.sending.len();
        let payload = std::mem::take(&mut self.filling).into_iter().collect::<PutPayload>();
        self.bytes += std::mem::take(&mut self.filled) as u64;
        let upload = Arc::clone(&self.upload);
        let job = self.upload.bucket.spawn(|_| async move { upload.put_part(index, payload).await });
        self.sending.push_back(job);
        Ok(())
    }

    async fn take_sent(&mut self) -> Result<(), Error> {
        if let Some(part) = self.sending.front_mut() {
            let part = part.await?;
            self.sending.pop_front();
            self.sent.push(part);
        }
        Ok(())
    }

    /// Sends what is left, and waits for all parts.
    pub(crate) async fn finish(mut self) -> Result<Complete, Error> {
        // An object of no bytes is one part of no bytes.
        if self.filled > 0 || (self.sent.is_empty() && self.sending.is_empty()) {
            self.send().await?;
        }
        while !self.sending.is_empty() {
            self.take_sent().await?;
        }
        let (upload, parts) = (Arc::clone(&self.upload), std::mem::take(&mut self.sent));
        Ok(Complete { upload, parts, bytes: self.bytes })
    }
}

impl Complete {
    pub(crate) fn key(&self) -> &str {
        &self.upload.key
    }

    /// Makes the object seen. Gives its etag.
    pub(crate) async fn complete(self, condition: Condition) -> Result<Option<String>, Error> {
        let bucket = self.upload.bucket.clone();
        bucket.spawn(|_| async move { self.complete_here(condition).await }).await
    }

    pub(crate) async fn complete_here(self, condition: Condition) -> Result<Option<String>, Error> {
        let Begun { bucket, store, key, path, id, .. } = &*self.upload;
        let mut attempts = bucket.attempts("complete", key);
        loop {
            let complete = store.complete_multipart(path, id, self.parts.clone());
            match watched(condition.clone(), complete).await {
                Ok(put) => {
                    attempts.succeeded(0);
                    self.upload.is_over();
                    return Ok(put.e_tag);
                }
                // An attempt whose reply was lost may have done it: what is there is ours, then.
                Err(fault) if attempts.repeated() && matches!(fault.status(), Some(404 | 412)) => {
                    match bucket.head_here(key).await {
                        Ok(found) if self.is(found.bytes, found.etag.as_deref(), &condition) => {
                            attempts.succeeded(0);
                            self.upload.is_over();
                            return Ok(found.etag);
                        }
                        _ => attempts.failed(fault, 0).await?,
                    }
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }

    /// Whether an object can be this one: the etag of an upload ends in the number of its parts.
    fn is(&self, bytes: u64, etag: Option<&str>, condition: &Condition) -> bool {
        let etag = etag.unwrap_or_default();
        let is_new = !matches!(condition, Condition::Unchanged(before) if before == etag);
        is_new && bytes == self.bytes && etag.trim_matches('"').ends_with(&format!("-{}", self.parts.len()))
    }
}

impl Begun {
    async fn new(bucket: Bucket, key: String) -> Result<Self, Error> {
        let path = bucket.path(&key)?;
        let mut attempts = bucket.attempts("create", &key);
        let Some(store) = bucket.multipart.clone() else {
            let fault = Box::new(Fault::other("this store takes no uploads in parts"));
            return Err(Error::Other { operation: "create", location: bucket.location(&key), fault });
        };
        loop {
            match watched(Condition::Always, store.create_multipart(&path)).await {
                Ok(id) => {
                    attempts.succeeded(0);
                    return Ok(Self { bucket, store, key, path, id, over: false.into() });
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }

    async fn put_part(&self, index: usize, payload: PutPayload) -> Result<PartId, Error> {
        let bytes = payload.content_length() as u64;
        let mut attempts = self.bucket.attempts("upload", &self.key);
        loop {
            let part = self.store.put_part(&self.path, &self.id, index, payload.clone());
            match watched(Condition::Always, part).await {
                Ok(part) => {
                    attempts.succeeded(bytes);
                    return Ok(part);
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }

    fn is_over(&self) {
        self.over.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Bucket {
    /// Aborts an upload, of this run or of another. One that is no more is no error.
    pub(crate) async fn abort_here(&self, key: &str, id: &str) -> Result<(), Error> {
        let Some(store) = &self.multipart else { return Ok(()) };
        let (path, id) = (self.path(key)?, id.to_owned());
        let mut attempts = self.attempts("abort", key);
        loop {
            match watched(Condition::Always, store.abort_multipart(&path, &id)).await {
                Ok(()) => {
                    attempts.succeeded(0);
                    return Ok(());
                }
                Err(fault) if fault.status() == Some(404) => {
                    attempts.succeeded(0);
                    return Ok(());
                }
                Err(fault) => attempts.failed(fault, 0).await?,
            }
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Its parts would be kept, and paid for, unseen.
        if !self.over.load(std::sync::atomic::Ordering::Relaxed) {
            let (bucket, key, id) = (self.bucket.clone(), self.key.clone(), self.id.clone());
            self.bucket.io.leave(async move {
                // The next run of a folder finds what can't be aborted now; so does a lifecycle rule.
                let _ = bucket.abort_here(&key, &id).await;
            });
        }
    }
}
