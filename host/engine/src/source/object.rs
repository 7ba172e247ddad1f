//! An object as a file that is read.

use std::io::{self, Read, Seek, SeekFrom};

use bytes::{Buf, Bytes};
use etl_store::{ReadAhead, Stream};

use super::input::Remote;

/// How much is fetched where reading begins: often a header is all that is wanted.
const FIRST_BYTES: u64 = 256 << 10;

/// So much is read and left out, rather than that reading begins anew behind it.
const SKIPPED_BYTES: u64 = 1 << 20;

/// Reads an object, ahead of whoever asks once more than its beginning is wanted.
#[derive(Debug)]
pub(super) struct ObjectReader {
    remote: Remote,
    /// The byte that is read next, which `chunk` begins with.
    position: u64,
    chunk: Bytes,
    stream: Option<Stream>,
    /// Up to where `stream` goes.
    end: u64,
}

impl ObjectReader {
    pub(super) fn new(remote: &Remote) -> Self {
        Self { remote: remote.clone(), position: 0, chunk: Bytes::new(), stream: None, end: 0 }
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.chunk.is_empty() && self.position < self.remote.object.bytes {
            let Some(stream) = &mut self.stream else {
                self.begin();
                continue;
            };
            match self.remote.patience.wait(stream.next_chunk()).map_err(io::Error::other)? {
                Some(chunk) => self.chunk = chunk,
                None => self.stream = None,
            }
        }
        Ok(())
    }

    fn begin(&mut self) {
        let Remote { bucket, object, .. } = &self.remote;
        let is_first = self.end != self.position || self.position == 0;
        let (length, ahead) = if is_first {
            (FIRST_BYTES, ReadAhead { part_bytes: FIRST_BYTES, parts: 1 })
        } else {
            (object.bytes, ReadAhead::default())
        };
        self.end = object.bytes.min(self.position.saturating_add(length));
        self.stream = Some(bucket.stream(object, self.position..self.end, ahead));
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let length = self.chunk.len().min(buffer.len());
        self.chunk.copy_to_slice(&mut buffer[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for ObjectReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.remote.object.bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        match target.checked_sub(self.position) {
            Some(distance) if distance <= SKIPPED_BYTES && target <= self.end => {
                io::copy(&mut self.by_ref().take(distance), &mut io::sink())?;
            }
            _ => (self.chunk, self.stream, self.end) = (Bytes::new(), None, 0),
        }
        self.position = target;
        Ok(target)
    }
}
