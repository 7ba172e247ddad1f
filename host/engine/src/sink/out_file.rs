//! The bytes of one file of an output, wherever it goes.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{SinkError, objects::ObjectFile};

/// A file or an object that is being written.
#[derive(Debug)]
pub(super) struct OutFile {
    path: PathBuf,
    to: To,
}

#[derive(Debug)]
enum To {
    File(File),
    /// Opened for each write: there may be more of them than can be open at a time.
    Closed,
    Object(Box<ObjectFile>),
}

impl OutFile {
    pub(super) fn create(path: PathBuf, many: bool) -> Result<Self, SinkError> {
        let file = File::create(&path).map_err(|error| SinkError::io(&path, error))?;
        Ok(Self { path, to: if many { To::Closed } else { To::File(file) } })
    }

    pub(super) fn object(path: PathBuf, object: ObjectFile) -> Self {
        Self { path, to: To::Object(Box::new(object)) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has it on disk, or in the store; returns its size.
    pub(super) fn sync(self) -> Result<u64, SinkError> {
        let sync = |file: File| {
            file.sync_all()?;
            Ok(file.metadata()?.len())
        };
        let synced = match self.to {
            To::File(file) => sync(file),
            To::Closed => File::open(&self.path).and_then(sync),
            To::Object(object) => return Ok(object.finish()?),
        };
        synced.map_err(|error| SinkError::io(&self.path, error))
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::File(file) => file.write(bytes),
            To::Closed => OpenOptions::new().append(true).open(&self.path)?.write(bytes),
            To::Object(object) => object.write(bytes).map(|()| bytes.len()).map_err(io::Error::other),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
