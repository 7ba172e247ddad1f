//! The register of a folder: one object that is changed on the condition that it is as it was read.

use std::{collections::HashSet, fmt::Write, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Claim, names};
use crate::{bucket::Bucket, error::Error, http::Condition};

/// A register of more bytes is none of ours.
const MOST_BYTES: u64 = 64 << 20;
/// The version of the form.
const VERSION: u32 = 1;

/// What is in the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    /// What readers see.
    #[serde(default)]
    pub(super) current: Option<Generation>,
    /// The run that writes.
    #[serde(default)]
    pub(super) writer: Option<Writer>,
}

/// What one run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Generation {
    run: String,
    pub(super) files: Vec<File>,
    /// In hexadecimal digits: what readers of ours are to know of the files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
}

impl Generation {
    /// What was said of the files; nothing where it is no text of ours.
    pub(super) fn about(&self) -> Vec<u8> {
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let bytes = self.about.as_bytes().chunks(2).map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        });
        bytes.collect::<Option<_>>().unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Writer {
    pub(super) run: String,
    lease_ms: u64,
    /// Makes every content another one, so that a change whose reply is lost is known again.
    token: u64,
    beat: u64,
    /// Those that it has begun.
    pub(super) uploads: Vec<Upload>,
    /// Those of dead runs, until they are aborted.
    pub(super) inherited: Vec<Upload>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) id: String,
}

impl Default for Record {
    fn default() -> Self {
        Self { version: VERSION, current: None, writer: None }
    }
}

impl Writer {
    pub(super) fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }
}

impl Record {
    /// The same with another writer, who has the former one's uploads to clear up.
    pub(super) fn claimed(&self, claim: &Claim) -> Self {
        let former = self.writer.clone();
        let inherited = former.map_or_else(Vec::new, |writer| [writer.uploads, writer.inherited].concat());
        let writer = Writer {
            run: claim.run.clone(),
            lease_ms: claim.lease.as_millis().try_into().unwrap_or(u64::MAX),
            token: fastrand::u64(..),
            beat: 0,
            uploads: Vec::new(),
            inherited,
        };
        Self { writer: Some(writer), ..self.clone() }
    }

    pub(super) fn enter(&mut self, upload: Upload) {
        if let Some(writer) = &mut self.writer {
            writer.uploads.push(upload);
        }
    }

    /// The names of the current generation.
    pub(super) fn names(&self) -> HashSet<&str> {
        let files = self.current.iter().flat_map(|current| &current.files);
        files.map(|file| file.name.as_str()).collect()
    }

    /// What is to be seen from now on.
    pub(super) fn publish(&mut self, run: &str, files: Vec<File>, about: &[u8]) {
        let about = about.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        self.current = Some(Generation { run: run.to_owned(), files, about });
    }
}

/// The register as it was read or written last.
#[derive(Debug)]
pub(super) struct Register {
    bucket: Bucket,
    key: String,
    /// None where there is no register yet.
    pub(super) etag: Option<String>,
    /// When it was written, by the service's clock.
    pub(super) modified: i64,
    pub(super) record: Record,
}

impl Register {
    pub(super) async fn read(bucket: &Bucket, target: &str) -> Result<Self, Error> {
        Self::read_key(bucket, &names::join(target, names::MANIFEST)).await
    }

    async fn read_key(bucket: &Bucket, key: &str) -> Result<Self, Error> {
        let (bucket, key) = (bucket.clone(), key.to_owned());
        let (object, content) = match bucket.get_here(&key, MOST_BYTES).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => {
                return Ok(Self { bucket, key, etag: None, modified: 0, record: Record::default() });
            }
            Err(error) => return Err(error),
        };
        let unreadable = |why: String| Error::Manifest { location: bucket.location(&key), why };
        let record: Record =
            serde_json::from_slice(&content).map_err(|error| unreadable(error.to_string()))?;
        if record.version != VERSION {
            return Err(unreadable(format!(
                "it is of version {}, and this host knows {VERSION}",
                record.version
            )));
        }
        let etag = object.etag.ok_or_else(|| unreadable("the store gives no etags".to_owned()))?;
        Ok(Self { bucket, key, etag: Some(etag), modified: object.modified, record })
    }

    /// Writes `record` unless somebody else has written since.
    pub(super) async fn swap(&mut self, mut record: Record) -> Result<(), Error> {
        if let Some(writer) = &mut record.writer {
            writer.beat += 1;
        }
        let condition = self.etag.clone().map_or(Condition::Absent, Condition::Unchanged);
        let content = serde_json::to_vec_pretty(&record).map_err(|error| Error::Manifest {
            location: self.bucket.location(&self.key),
            why: error.to_string(),
        })?;
        match self.bucket.put_here(&self.key, content.into(), condition).await {
            Ok(etag) => (self.etag, self.record) = (etag, record),
            Err(error @ Error::Conflict { .. }) => return Err(error),
            // It may have been written all the same: no other content is equal.
            Err(error) => match Self::read_key(&self.bucket, &self.key).await {
                Ok(there) if there.record == record => *self = there,
                _ => return Err(error),
            },
        }
        Ok(())
    }
}
