//! One object on its own.

use bytes::Bytes;

use super::{Multipart, multipart::PART_BYTES};
use crate::{bucket::Bucket, error::Error, http::Condition};

/// An object that is being written. It is seen when it is finished; dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Upload {
    bucket: Bucket,
    key: String,
    condition: Condition,
    /// Until it is clear that it is more than one part.
    held: Vec<Bytes>,
    held_bytes: usize,
    parts: Option<Multipart>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its size.
    pub bytes: u64,
    /// Says which content it has.
    pub etag: Option<String>,
}

impl Bucket {
    /// Begins an object, which takes the place of the one of this key if the condition holds at the end.
    pub fn upload(&self, key: &str, condition: Condition) -> Upload {
        let (bucket, key) = (self.clone(), key.to_owned());
        Upload { bucket, key, condition, held: Vec::new(), held_bytes: 0, parts: None }
    }
}

impl Upload {
    /// Appends. Waits while the network is behind.
    pub async fn write(&mut self, content: Bytes) -> Result<(), Error> {
        if let Some(parts) = &mut self.parts {
            return parts.write(content).await;
        }
        self.held_bytes += content.len();
        self.held.push(content);
        if self.held_bytes < PART_BYTES {
            return Ok(());
        }
        let parts = self.parts.insert(Multipart::begin(&self.bucket, &self.key).await?);
        for content in self.held.drain(..) {
            parts.write(content).await?;
        }
        Ok(())
    }

    /// Makes the object seen: with one request where it is small, else by completing it.
    pub async fn finish(self) -> Result<Written, Error> {
        if let Some(parts) = self.parts {
            let complete = parts.finish().await?;
            let bytes = complete.bytes;
            return Ok(Written { bytes, etag: complete.complete(self.condition).await? });
        }
        let content = Bytes::from(self.held.concat());
        let bytes = content.len() as u64;
        Ok(Written { bytes, etag: self.bucket.put(&self.key, content, self.condition).await? })
    }
}
