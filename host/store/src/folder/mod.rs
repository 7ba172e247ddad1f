//! A folder of objects that is replaced as a whole.
//!
//! # What there is to build on
//!
//! S3 has no rename, and nothing that changes two objects at once. It has single objects that appear whole, readers
//! and lists that see what was written before ([consistency]), writes on a condition, of an object as of the
//! completion of an upload ([conditions]), and uploads in parts, of which nobody sees anything until they are
//! completed. The last is what the committers of EMR and of Hadoop's S3A are built on ([EMR], [S3A]); it needs no second
//! copy of the data, which staging and copying would, and completing takes the same time for any size.
//!
//! # The protocol
//!
//! `TARGET/_manifest.json` is a register: all changes of it are conditional on the etag that was read, so that they come
//! one after the other. It names the current generation, which is a run and its files, and the run that writes, with
//! the uploads that it has begun.
//!
//! 1. **Begin**: the run enters itself as the writer. A writer that is alive renews its entry three times in each lease.
//! 2. **Create**: an upload is begun, entered, and only then sent. Even an object of one byte is an upload, so that
//!    nothing is seen early, and all can be aborted.
//! 3. **Commit**: the entry is renewed, which shows that the folder is still ours; the uploads are completed; the
//!    register names the new generation; what it does not name is deleted; the writer's entry is removed.
//!
//! **A dead run** is one whose entry stays as it is for a lease while we look on, or is older than a lease and all the
//! difference that S3 allows between two clocks (15 minutes). Clocks of machines are not compared otherwise. Whoever
//! finds it dead takes its place in the register, aborts its uploads, and deletes what it had completed without getting
//! as far as the register. An abort is also the fence against a run that was only slow: what it completes later is no
//! upload any more, and what it writes to the register is on an old condition.
//!
//! **One file** ([`Files::One`]) has the same key in all generations: its completion, on the condition that the object
//! is as it was, is the commit, for everybody. **Many files** have the run in their names, so that generations do not
//! overwrite one another.
//!
//! # What is seen when
//!
//! | moment | our reader | who lists, one file | who lists, many files |
//! |---|---|---|---|
//! | until the commit | old | old | old |
//! | uploads are completed | old (one file: new) | old, then new | old, and more and more of the new |
//! | the register is written | new | new | old and new |
//! | the rest is deleted | new | new | less and less of the old, and new |
//! | after the commit | new | new | new |
//! | a run dies while it completes | as before | old or new | old and a part of the new, until the next run |
//!
//! No order of single steps would hide this from whoever lists a folder of many files: those who must not see both read
//! the names in `_manifest.json`, or have one file written. Tools that hold `_` for hidden, as Spark, Hive, Athena and
//! Arrow do, never see the register.
//!
//! A reader that has begun with the old generation, and finds an object replaced or deleted, gets an error, never a
//! mixture: it reads on the condition that the object stays as it was.
//!
//! # What is left
//!
//! An upload that is begun by a run that dies before it can enter it has no parts, and costs nothing. Where no further
//! run comes, parts of uploads stay and are paid for: a bucket should have a rule that aborts incomplete uploads
//! ([lifecycle]). A completion that S3 has begun, and that a dead run's successor can no longer abort, may show a file
//! of many to those who list until the next run.
//!
//! [consistency]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
//! [conditions]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
//! [EMR]: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-spark-committer-multipart.html
//! [S3A]: https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/committer_architecture.html
//! [lifecycle]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html

mod claim;
mod commit;
mod current;
mod names;
mod register;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync;

use crate::{
    bucket::Bucket,
    error::Error,
    io::Job,
    write::{Complete, Multipart},
};
use register::{Record, Register, Upload};

/// How many files a folder is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// One, whose key stays: it is replaced in one step, for everybody.
    One,
    /// Any number, whose keys have the run in them.
    Many,
}

/// Who writes a folder, and how.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The run's id.
    pub run: String,
    /// How many files.
    pub files: Files,
    /// After how long without a sign of life the run may be taken for dead.
    pub lease: Duration,
}

impl Claim {
    /// With the usual lease.
    pub fn new(run: &str, files: Files) -> Self {
        Self { run: run.to_owned(), files, lease: Duration::from_secs(30) }
    }
}

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its key in the bucket.
    pub key: String,
    /// Its size.
    pub bytes: u64,
}

/// A folder that is being written. Dropping it leaves what was there before.
#[derive(Debug)]
pub struct Folder {
    shared: Arc<Shared>,
    over: bool,
    _renewing: Job<()>,
}

#[derive(Debug)]
struct Shared {
    bucket: Bucket,
    target: String,
    claim: Claim,
    /// What is in the names of many files.
    generation: String,
    /// One change at a time.
    register: sync::Mutex<Register>,
    /// Those that are to be completed.
    complete: Mutex<Vec<Complete>>,
    /// What readers of ours are to know of the files.
    about: Mutex<Vec<u8>>,
}

/// A file of a folder that is being written.
#[derive(Debug)]
pub struct Draft {
    shared: Arc<Shared>,
    parts: Multipart,
}

impl Folder {
    /// Claims `target` for a run, and clears up what a dead one has left. A folder that holds what no run wrote is
    /// refused, so that a slip in a URL deletes nothing.
    pub async fn begin(bucket: &Bucket, target: &str, claim: Claim) -> Result<Self, Error> {
        let target = target.to_owned();
        let shared = bucket.spawn(|bucket| Shared::begin(bucket, target, claim)).await?;
        let shared = Arc::new(shared);
        let renewing = claim::renew(&shared);
        Ok(Self { shared, over: false, _renewing: renewing })
    }

    /// What [`Bucket::written`] is to tell of the files: little, since it is kept in the register.
    pub fn describe(&self, about: Vec<u8>) {
        *self.shared.about.lock().unwrap_or_else(PoisonError::into_inner) = about;
    }

    /// Begins the file of this number, in a folder such as `year=2024/month=1` or in none, "". It is seen with all
    /// others, at the commit.
    pub async fn create(&self, folder: &str, index: u32, extension: &str) -> Result<Draft, Error> {
        let shared = Arc::clone(&self.shared);
        let run = (shared.claim.files == Files::Many).then_some(shared.generation.as_str());
        let name = names::part(folder, index, run, extension);
        let parts = Multipart::begin(&shared.bucket, &names::join(&shared.target, &name)).await?;
        let upload = Upload { name, id: parts.id().to_owned() };
        let entering = Arc::clone(&shared);
        // Nothing is sent before the register knows of it.
        let enter = async move { entering.change(|record| record.enter(upload)).await };
        shared.bucket.spawn(|_| enter).await?;
        Ok(Draft { shared, parts })
    }

    /// Shows all files, in place of those of before.
    pub async fn commit(mut self) -> Result<Vec<Entry>, Error> {
        self.over = true;
        let shared = Arc::clone(&self.shared);
        self.shared.bucket.spawn(|_| async move { shared.commit().await }).await
    }

    /// Gives the folder up, as it was before. Unlike dropping, this waits until it is done.
    pub async fn abort(mut self) -> Result<(), Error> {
        self.over = true;
        let shared = Arc::clone(&self.shared);
        self.shared.bucket.spawn(|_| async move { shared.abandon().await }).await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.over {
            let shared = Arc::clone(&self.shared);
            // Where this fails, the next run finds what is left.
            self.shared.bucket.io.leave(async move { drop(shared.abandon().await) });
        }
    }
}

impl Draft {
    /// Where it will be, as a URL.
    pub fn location(&self) -> String {
        self.parts.location()
    }

    /// Appends. Waits while the network is behind.
    pub async fn write(&mut self, content: Bytes) -> Result<(), Error> {
        self.parts.write(content).await
    }

    /// Sends what is left. Gives the file's size.
    pub async fn finish(self) -> Result<u64, Error> {
        let complete = self.parts.finish().await?;
        let bytes = complete.bytes;
        self.shared.complete.lock().unwrap_or_else(PoisonError::into_inner).push(complete);
        Ok(bytes)
    }
}

impl Shared {
    /// Gives a sign of life, and fails where another run has taken the folder.
    async fn beat(&self) -> Result<(), Error> {
        self.change(|_| {}).await
    }

    /// Changes the register, where it is still ours.
    async fn change(&self, change: impl FnOnce(&mut Record)) -> Result<(), Error> {
        let mut register = self.register.lock().await;
        let mut record = register.record.clone();
        // There is no writer any more: the folder is committed or given up.
        if record.writer.is_none() {
            return Ok(());
        }
        change(&mut record);
        match register.swap(record).await {
            Err(Error::Conflict { .. }) => {
                Err(Error::Lost { location: self.bucket.location(&self.target), lease: self.claim.lease })
            }
            end => end,
        }
    }
}
