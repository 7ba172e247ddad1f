//! The bytes of a Parquet file: of a file of this machine, or those that were fetched of an object.

use std::{fs::File, io::Read, ops::Range, sync::Arc};

use bytes::{Buf, Bytes};
use datafusion_execution::memory_pool::MemoryReservation;
use parquet::{
    errors::ParquetError,
    file::reader::{ChunkReader, Length},
};

use super::super::input::{InputFile, Remote};

/// How much of an object's end is fetched to find its footer in.
const TAIL_BYTES: u64 = 64 << 10;

/// What a reader of Parquet reads from.
#[derive(Debug)]
pub(super) enum Input {
    File(File),
    Object(Arc<Fetched>),
}

/// Parts of an object.
#[derive(Debug)]
pub(super) struct Fetched {
    bytes: u64,
    /// Each with where it begins.
    parts: Vec<(u64, Bytes)>,
    /// Where what is missing is fetched from; `None`: nothing should be missing.
    remote: Option<Remote>,
    /// What it counts for, as long as somebody reads from it.
    _memory: Option<MemoryReservation>,
}

impl Input {
    /// For the footer.
    pub(super) fn tail(file: &InputFile) -> Result<Self, ParquetError> {
        let Some(remote) = &file.remote else { return Ok(Self::File(File::open(&file.path)?)) };
        let start = remote.object.bytes.saturating_sub(TAIL_BYTES);
        let tail = fetch(remote, start..remote.object.bytes)?;
        let (parts, bytes) = (vec![(start, tail)], remote.object.bytes);
        Ok(Self::Object(Arc::new(Fetched { bytes, parts, remote: Some(remote.clone()), _memory: None })))
    }
}

fn fetch(remote: &Remote, range: Range<u64>) -> Result<Bytes, ParquetError> {
    let fetched = remote.patience.wait(remote.bucket.read_range(&remote.object, range));
    fetched.map_err(|error| ParquetError::External(Box::new(error)))
}

impl Fetched {
    /// Ranges of an object that have come, and what they count for.
    pub(super) fn of(
        remote: &Remote,
        ranges: &[Range<u64>],
        parts: Vec<Bytes>,
        memory: Option<MemoryReservation>,
    ) -> Self {
        let parts = ranges.iter().map(|range| range.start).zip(parts).collect();
        Self { bytes: remote.object.bytes, parts, remote: None, _memory: memory }
    }

    /// What is there from `start` on; something, unless nothing is there.
    fn from(&self, start: u64) -> Option<Bytes> {
        self.parts.iter().find_map(|(begin, part)| {
            let skipped = usize::try_from(start.checked_sub(*begin)?).ok()?;
            (skipped < part.len()).then(|| part.slice(skipped..))
        })
    }

    fn range(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match (self.from(start).filter(|found| found.len() >= length), &self.remote) {
            (Some(found), _) => Ok(found.slice(..length)),
            (None, _) if start.saturating_add(length as u64) > self.bytes => {
                Err(ParquetError::EOF(format!("it has {} bytes", self.bytes)))
            }
            (None, Some(remote)) => fetch(remote, start..start + length as u64),
            (None, None) => Err(ParquetError::General(format!("bytes from {start} on were not fetched"))),
        }
    }
}

impl Length for Input {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.len(),
            Self::Object(fetched) => fetched.bytes,
        }
    }
}

impl ChunkReader for Input {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Object(fetched) => match fetched.from(start) {
                Some(found) => Box::new(found.reader()),
                None => Box::new(
                    fetched.range(start, usize::try_from(fetched.bytes - start).unwrap_or(0))?.reader(),
                ),
            },
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Object(fetched) => fetched.range(start, length),
        }
    }
}
