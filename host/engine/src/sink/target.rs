//! Where an output's files go: a folder that is seen whole or not at all, of this machine or of a store.

use std::{
    fs,
    path::{Path, PathBuf},
};

use etl_pipeline::Sink;

use super::{SinkError, folder::Staging, objects::ObjectFolder, out_file::OutFile, read_back::write_synced};
use crate::{objects::Access, source::SCHEMA_FILE};

/// A folder that is being written. Dropping it leaves what was there before.
#[derive(Debug)]
pub(super) enum Target {
    Local(Staging),
    Objects(ObjectFolder),
}

impl Target {
    /// Claims the folder of `sink`.
    pub(super) fn create(sink: &Sink, run_id: &str, access: &Access) -> Result<Self, SinkError> {
        Ok(match access.target(&sink.url)? {
            Some(place) => Self::Objects(ObjectFolder::create(place, sink, run_id, access.lease())?),
            None => Self::Local(Staging::create(&sink.url, run_id)?),
        })
    }

    /// Where it is written, for messages.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Local(staging) => staging.path(),
            Self::Objects(objects) => objects.path(),
        }
    }

    /// Where it will be.
    pub(super) fn place(&self) -> &Path {
        match self {
            Self::Local(staging) => staging.target(),
            Self::Objects(objects) => objects.path(),
        }
    }

    /// Begins the file number `number` of a folder in it, or of none, "". Where there may be `many`, a file of this
    /// machine is closed between two writes.
    pub(super) fn file(
        &self,
        folder: &str,
        number: usize,
        extension: &str,
        many: bool,
    ) -> Result<OutFile, SinkError> {
        match self {
            Self::Local(staging) => {
                let folder = staging.path().join(folder);
                fs::create_dir_all(&folder).map_err(|error| SinkError::io(&folder, error))?;
                OutFile::create(folder.join(format!("part-{number:05}.{extension}")), many)
            }
            Self::Objects(objects) => objects.file(folder, number, extension),
        }
    }

    /// Keeps the schema beside the files.
    pub(super) fn describe(&self, schema: Vec<u8>) -> Result<(), SinkError> {
        match self {
            Self::Local(staging) => {
                let path: PathBuf = staging.path().join(SCHEMA_FILE);
                write_synced(&path, &schema).map_err(|error| SinkError::io(&path, error))
            }
            Self::Objects(objects) => {
                objects.describe(schema);
                Ok(())
            }
        }
    }

    /// Takes its place. Its files must be finished.
    pub(super) fn commit(self) -> Result<(), SinkError> {
        match self {
            Self::Local(staging) => staging.commit(),
            Self::Objects(objects) => objects.commit(),
        }
    }
}
