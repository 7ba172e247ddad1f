//! A file to read, wherever it is.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use etl_store::{Bucket, Object};

use super::object::ObjectReader;
use crate::objects::Patience;

/// A file to read.
#[derive(Clone, Debug)]
pub(crate) struct InputFile {
    /// As it was named or found: a path, or `s3://bucket/key`.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// Where it is no file of this machine.
    pub(super) remote: Option<Remote>,
}

/// An object, as it was when it was found: what is read later must be that.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    pub(super) bucket: Bucket,
    pub(super) object: Object,
    pub(super) patience: Patience,
}

impl PartialEq for InputFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.bytes) == (&other.path, other.bytes)
    }
}

impl Eq for InputFile {}

/// What can be read from any place of it.
pub(super) trait ReadSeek: Read + Seek + Send + std::fmt::Debug {}
impl<T: Read + Seek + Send + std::fmt::Debug> ReadSeek for T {}

impl InputFile {
    /// A file of this machine.
    pub(crate) fn local(path: &Path, bytes: u64) -> Self {
        Self { path: path.to_owned(), bytes, remote: None }
    }

    pub(super) fn remote(remote: Remote) -> Self {
        let path = remote.bucket.location(&remote.object.key).into();
        Self { path, bytes: remote.object.bytes, remote: Some(remote) }
    }

    /// From one end to the other.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.remote {
            Some(remote) => Box::new(ObjectReader::new(remote)),
            None => Box::new(File::open(&self.path)?),
        })
    }

    /// In any order.
    pub(super) fn open_anywhere(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(match &self.remote {
            Some(remote) => Box::new(ObjectReader::new(remote)),
            None => Box::new(BufReader::new(File::open(&self.path)?)),
        })
    }
}
