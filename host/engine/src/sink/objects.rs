//! An output in an object store.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::BytesMut;
use etl_pipeline::Sink;
use etl_store::{Claim, Draft, Files, Folder, wait};

use super::{SinkError, out_file::OutFile};
use crate::objects::{Patience, Place};

/// How much is handed on at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// A folder of objects that is being written. Dropping it gives it up.
#[derive(Debug)]
pub(super) struct ObjectFolder {
    /// `None`: it is over.
    folder: Option<Folder>,
    path: PathBuf,
    patience: Patience,
}

/// An object that is being written.
#[derive(Debug)]
pub(super) struct ObjectFile {
    draft: Draft,
    buffer: BytesMut,
    patience: Patience,
}

impl ObjectFolder {
    pub(super) fn create(
        place: Place,
        sink: &Sink,
        run_id: &str,
        lease: Option<Duration>,
    ) -> Result<Self, SinkError> {
        let Place { bucket, key, patience } = place;
        let is_one = sink.partition_by.is_empty() && sink.rows_per_file.is_none();
        let claim = Claim::new(run_id, if is_one { Files::One } else { Files::Many });
        let claim = Claim { lease: lease.unwrap_or(claim.lease), ..claim };
        let folder = patience.wait(Folder::begin(&bucket, &key, claim))?;
        Ok(Self { folder: Some(folder), path: bucket.location(&key).into(), patience })
    }

    /// Its url.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self, folder: &str, number: usize, extension: &str) -> Result<OutFile, SinkError> {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let create = async {
            match &self.folder {
                Some(open) => open.create(folder, number, extension).await,
                None => Err(etl_store::Error::Interrupted),
            }
        };
        let draft = self.patience.wait(create)?;
        let path = draft.location().into();
        let file = ObjectFile { draft, buffer: BytesMut::new(), patience: self.patience.clone() };
        Ok(OutFile::object(path, file))
    }

    pub(super) fn describe(&self, schema: Vec<u8>) {
        if let Some(folder) = &self.folder {
            folder.describe(schema);
        }
    }

    pub(super) fn commit(mut self) -> Result<(), SinkError> {
        // Not to be interrupted: half of it is worse than a moment.
        if let Some(folder) = self.folder.take() {
            wait(folder.commit())?;
        }
        Ok(())
    }
}

impl Drop for ObjectFolder {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            // What can't be aborted now, the next run finds.
            let _ = wait(folder.abort());
        }
    }
}

impl ObjectFile {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), etl_store::Error> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), etl_store::Error> {
        let content = std::mem::take(&mut self.buffer).freeze();
        self.patience.wait(self.draft.write(content))
    }

    /// Sends what is left; gives the size.
    pub(super) fn finish(mut self) -> Result<u64, etl_store::Error> {
        self.send()?;
        self.patience.wait(self.draft.finish())
    }
}
