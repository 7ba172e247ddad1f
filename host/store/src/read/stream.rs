//! An object from one end to the other, fetched ahead of the reader.

use std::{collections::VecDeque, io, ops::Range};

use bytes::{Buf, Bytes};

use crate::{
    bucket::{Bucket, Object},
    error::Error,
    io::{Job, wait},
};

/// How far ahead of its reader a stream fetches. It holds at most `parts + 1` parts.
#[derive(Clone, Copy, Debug)]
pub struct ReadAhead {
    /// Bytes of one request.
    pub part_bytes: u64,
    /// Requests at a time.
    pub parts: usize,
}

impl Default for ReadAhead {
    fn default() -> Self {
        Self { part_bytes: 8 << 20, parts: 4 }
    }
}

/// The bytes of an object in order.
#[derive(Debug)]
pub struct Stream {
    bucket: Bucket,
    object: Object,
    /// What is not asked for yet.
    rest: Range<u64>,
    ahead: ReadAhead,
    /// Of consecutive parts.
    fetches: VecDeque<Job<Result<Bytes, Error>>>,
}

impl Bucket {
    /// Begins to fetch a range of an object, which must stay the one that is given.
    pub fn stream(&self, object: &Object, range: Range<u64>, ahead: ReadAhead) -> Stream {
        let rest = range.start..range.end.min(object.bytes);
        let (bucket, object) = (self.clone(), object.clone());
        let mut stream = Stream { bucket, object, rest, ahead, fetches: VecDeque::new() };
        stream.fetch_ahead();
        stream
    }
}

impl Stream {
    fn fetch_ahead(&mut self) {
        while self.fetches.len() < self.ahead.parts.max(1) && !self.rest.is_empty() {
            let end = self.rest.end.min(self.rest.start.saturating_add(self.ahead.part_bytes.max(1)));
            let part = self.rest.start..end;
            self.rest.start = end;
            let object = self.object.clone();
            let fetch =
                self.bucket.spawn(|bucket| async move { bucket.read_range_here(&object, part).await });
            self.fetches.push_back(fetch);
        }
    }

    /// The next bytes; nothing at the end. After an error there is nothing more.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(fetch) = self.fetches.front_mut() else { return Ok(None) };
        // Not taken out before it is ready: whoever stops waiting may come back.
        let part = fetch.await;
        self.fetches.pop_front();
        match part {
            Ok(part) => {
                self.fetch_ahead();
                Ok(Some(part))
            }
            Err(error) => {
                self.fetches.clear();
                self.rest.start = self.rest.end;
                Err(error)
            }
        }
    }

    /// For a reader that blocks, on whatever thread.
    pub fn blocking(self) -> BlockingStream {
        BlockingStream { stream: self, chunk: Bytes::new() }
    }
}

/// A stream as [`io::Read`]. It blocks its thread; what fetches is another.
#[derive(Debug)]
pub struct BlockingStream {
    stream: Stream,
    chunk: Bytes,
}

impl io::Read for BlockingStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = io::BufRead::fill_buf(self)?;
        let length = chunk.len().min(buffer.len());
        buffer[..length].copy_from_slice(&chunk[..length]);
        io::BufRead::consume(self, length);
        Ok(length)
    }
}

impl io::BufRead for BlockingStream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.chunk.is_empty() {
            let next = wait(self.stream.next_chunk()).map_err(io::Error::other)?;
            self.chunk = next.unwrap_or_default();
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        self.chunk.advance(amount);
    }
}
