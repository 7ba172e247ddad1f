//! Who may write a folder: claiming it, staying alive, and taking a dead run's place.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{sync, time::sleep};

use super::{Claim, Register, Shared, names};
use crate::{bucket::Bucket, error::Error, io::Job};

/// How far two clocks may be apart: S3 refuses requests that are further from its own (`RequestTimeTooSkewed`).
const SKEW: Duration = Duration::from_mins(15);

impl Shared {
    pub(super) async fn begin(bucket: Bucket, target: String, claim: Claim) -> Result<Self, Error> {
        check_replaceable(&bucket, &target).await?;
        let register = claim_register(&bucket, &target, &claim).await?;
        let (register, complete, about) = (sync::Mutex::new(register), Mutex::default(), Mutex::default());
        // A run may come again with the same id.
        let generation = format!("{}-{:08x}", claim.run, fastrand::u32(..));
        let shared = Self { bucket, target, claim, generation, register, complete, about };
        shared.clear_up().await?;
        Ok(shared)
    }

    /// Aborts what dead runs had begun, and deletes what they had completed and not named.
    async fn clear_up(&self) -> Result<(), Error> {
        let record = self.register.lock().await.record.clone();
        let inherited = record.writer.as_ref().map_or(&[][..], |writer| &writer.inherited);
        if inherited.is_empty() {
            return Ok(());
        }
        for upload in inherited {
            self.bucket.abort_here(&names::join(&self.target, &upload.name), &upload.id).await?;
        }
        let current = record.names();
        let unnamed = inherited.iter().filter(|upload| {
            // The one file of a first run is whole, or not there: to those who list it is better than nothing.
            let is_first = record.current.is_none() && names::is_stable(&upload.name);
            !is_first && !current.contains(upload.name.as_str())
        });
        let keys = unnamed.map(|upload| names::join(&self.target, &upload.name)).collect();
        self.bucket.delete_here(keys).await?;
        if record.current.is_some() {
            self.clean().await?;
        }
        self.change(|record| {
            if let Some(writer) = &mut record.writer {
                writer.inherited.clear();
            }
        })
        .await
    }

    /// Deletes all files that the register does not name.
    pub(super) async fn clean(&self) -> Result<(), Error> {
        let record = self.register.lock().await.record.clone();
        let current = record.names();
        let listed = self.bucket.list_here(&self.target).await?;
        let unnamed = listed.into_iter().map(|object| object.key).filter(|key| {
            let name = names::name(key, &self.target);
            names::is_part(name) && !current.contains(name)
        });
        self.bucket.delete_here(unnamed.collect()).await
    }
}

/// Enters a run as the writer, when there is none or the one there is is dead.
async fn claim_register(bucket: &Bucket, target: &str, claim: &Claim) -> Result<Register, Error> {
    // What another run's entry was when we looked first, and when that was.
    let mut seen: Option<(Option<String>, Instant)> = None;
    loop {
        let mut register = Register::read(bucket, target).await?;
        if let Some(writer) = &register.record.writer
            && !is_long_ago(register.modified, writer.lease())
        {
            let (etag, since) = seen.get_or_insert_with(|| (register.etag.clone(), Instant::now()));
            if *etag != register.etag {
                return Err(Error::Busy { location: bucket.location(target), run: writer.run.clone() });
            }
            if since.elapsed() <= writer.lease() {
                sleep(writer.lease() / 10).await;
                continue;
            }
        }
        let claimed = register.record.claimed(claim);
        match register.swap(claimed).await {
            Ok(()) => return Ok(register),
            // Somebody was faster: look again who.
            Err(Error::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a time of the service's clock is more than a lease ago by any clock that it would talk to.
fn is_long_ago(modified: i64, lease: Duration) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = Duration::from_millis(modified.try_into().unwrap_or_default());
    now.saturating_sub(then) > lease + SKEW
}

/// A target may be missing, empty or an earlier output: a slip in a URL must not delete anything else.
async fn check_replaceable(bucket: &Bucket, target: &str) -> Result<(), Error> {
    if !target.is_empty() {
        match bucket.head_here(target).await {
            Ok(_) => return Err(Error::NotAFolder { location: bucket.location(target) }),
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    for object in bucket.list_here(target).await? {
        let name = names::name(&object.key, target);
        if !(name.is_empty() || name == names::MANIFEST || names::is_part(name)) {
            return Err(Error::Foreign { location: bucket.location(target), entry: name.to_owned() });
        }
    }
    Ok(())
}

/// Gives signs of life until the folder is gone or lost.
pub(super) fn renew(shared: &Arc<Shared>) -> Job<()> {
    let (pause, weak) = (shared.claim.lease / 3, Arc::downgrade(shared));
    shared.bucket.spawn(|_| async move {
        loop {
            sleep(pause).await;
            let Some(shared) = weak.upgrade() else { return };
            // What fails for now may succeed next time, and whether the folder is still ours the commit asks.
            let _ = shared.beat().await;
        }
    })
}
