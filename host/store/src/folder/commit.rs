//! Showing a new generation, or leaving the old one.

use std::sync::PoisonError;

use futures::{StreamExt, TryStreamExt};

use super::{Entry, Files, Register, Shared, names, register::File};
use crate::{error::Error, fault::Fault, http::Condition, write::Complete};

/// Uploads that are completed at a time.
const PARALLEL: usize = 8;

impl Shared {
    pub(super) async fn commit(&self) -> Result<Vec<Entry>, Error> {
        let complete = std::mem::take(&mut *self.complete.lock().unwrap_or_else(PoisonError::into_inner));
        let mut entries = complete
            .iter()
            .map(|file| Entry { key: file.key().to_owned(), bytes: file.bytes })
            .collect::<Vec<_>>();
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        let shown = self.show(complete, &entries).await;
        if let Err(error) = shown {
            // The error is the one that is told; what can't be taken back now, the next run takes back.
            let _ = self.take_back(&entries).await;
            return Err(error);
        }
        self.clean().await?;
        // The generation is in place. A writer's entry that stays is taken for dead after a lease.
        let _ = self.change(|record| record.writer = None).await;
        Ok(entries)
    }

    async fn show(&self, complete: Vec<Complete>, entries: &[Entry]) -> Result<(), Error> {
        self.check_whole(complete.len()).await?;
        // Nothing is shown in a folder that is another's by now.
        self.beat().await?;
        let completing = complete.into_iter().map(|file| async {
            let condition = self.condition(file.key()).await?;
            file.complete_here(condition).await
        });
        futures::stream::iter(completing).buffer_unordered(PARALLEL).try_collect::<Vec<_>>().await?;
        let name = |entry: &Entry| names::name(&entry.key, &self.target).to_owned();
        let files = entries.iter().map(|entry| File { name: name(entry), bytes: entry.bytes }).collect();
        let about = std::mem::take(&mut *self.about.lock().unwrap_or_else(PoisonError::into_inner));
        self.change(|record| record.publish(&self.claim.run, files, &about)).await
    }

    /// A file that was begun and not finished would be missing, and nobody would know.
    async fn check_whole(&self, finished: usize) -> Result<(), Error> {
        let begun =
            self.register.lock().await.record.writer.as_ref().map_or(0, |writer| writer.uploads.len());
        let wrong = match self.claim.files {
            _ if begun != finished => format!("{finished} of {begun} files are finished"),
            Files::One if begun > 1 => format!("it is to have one file, and {begun} were begun"),
            _ => return Ok(()),
        };
        let fault = Box::new(Fault::other(wrong));
        Err(Error::Other { operation: "commit", location: self.bucket.location(&self.target), fault })
    }

    /// A file that keeps its key replaces the one that is there; a file with the run in its key is new.
    async fn condition(&self, key: &str) -> Result<Condition, Error> {
        if self.claim.files == Files::Many {
            return Ok(Condition::Absent);
        }
        match self.bucket.head_here(key).await {
            Ok(object) => Ok(object.etag.map_or(Condition::Always, Condition::Unchanged)),
            Err(Error::NotFound { .. }) => Ok(Condition::Absent),
            Err(error) => Err(error),
        }
    }

    /// After a commit that failed: what is shown of many files is deleted, and the folder given up.
    async fn take_back(&self, entries: &[Entry]) -> Result<(), Error> {
        // What one file has replaced is gone, and what replaced it is whole.
        if self.claim.files == Files::Many {
            // As it is, not as we think it is. Where it can't be read, the next run will see.
            let register = Register::read(&self.bucket, &self.target).await?;
            let named = register.record.names();
            let keys = entries.iter().map(|entry| &entry.key);
            let unnamed = keys.filter(|key| !named.contains(names::name(key, &self.target)));
            self.bucket.delete_here(unnamed.cloned().collect()).await?;
        }
        self.abandon().await
    }

    /// Aborts what is begun, and removes the writer's entry.
    pub(super) async fn abandon(&self) -> Result<(), Error> {
        self.complete.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let uploads =
            self.register.lock().await.record.writer.clone().map_or_else(Vec::new, |writer| writer.uploads);
        for upload in uploads {
            self.bucket.abort_here(&names::join(&self.target, &upload.name), &upload.id).await?;
        }
        self.change(|record| record.writer = None).await
    }
}
