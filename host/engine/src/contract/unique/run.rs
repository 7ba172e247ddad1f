//! Keys on disk, sorted.

use std::io::{BufReader, BufWriter, Read, Write};

use datafusion_common::{DataFusionError, Result};
use parquet::bloom_filter::Sbbf;

use crate::memory::{Disk, DiskFile};

/// Bytes of a key.
const KEY: usize = size_of::<u128>();

/// Keys of a page, which is what is read to look for one: 4 KiB.
const PAGE: usize = 256;

/// Bytes of a block of the filter.
const BLOCK: usize = 32;

/// Keys that a block of the filter is for: ten bits each, by which one in a hundred that is not there seems to be.
const KEYS_PER_BLOCK: usize = BLOCK * 8 / 10;

/// Bytes that are read or written at a time where all are.
const BUFFER: usize = 64 << 10;

/// Different keys, in a file in their order.
pub(super) struct Run {
    file: DiskFile,
    length: usize,
    /// The first key of each page.
    firsts: Vec<u128>,
    filter: Sbbf,
}

impl Run {
    /// What a run of so many keys takes in memory.
    pub(super) fn memory_of(length: usize) -> usize {
        length.div_ceil(PAGE) * KEY + blocks(length) * BLOCK
    }

    pub(super) fn memory(&self) -> usize {
        Self::memory_of(self.length)
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn contains(&self, key: u128) -> Result<bool> {
        if !self.filter.check(&key.to_le_bytes()[..]) {
            return Ok(false);
        }
        let Some(page) = self.firsts.partition_point(|first| *first <= key).checked_sub(1) else {
            return Ok(false);
        };
        let begin = page * PAGE;
        let mut bytes = [0; PAGE * KEY];
        let bytes = &mut bytes[..PAGE.min(self.length - begin) * KEY];
        self.file.read_exact_at(bytes, (begin * KEY) as u64).map_err(DataFusionError::IoError)?;
        Ok(bytes.as_chunks().0.binary_search_by_key(&key, |bytes| u128::from_le_bytes(*bytes)).is_ok())
    }

    /// All keys in their order, without what is in memory of them.
    pub(super) fn into_keys(self) -> impl Iterator<Item = Result<u128>> {
        let mut file = BufReader::with_capacity(BUFFER, self.file);
        (0..self.length).map(move |_| {
            let mut key = [0; KEY];
            file.read_exact(&mut key)?;
            Ok(u128::from_le_bytes(key))
        })
    }
}

/// A run that is written.
pub(super) struct RunBuilder {
    run: Run,
    writer: BufWriter<DiskFile>,
}

impl RunBuilder {
    /// Begins a run of so many keys.
    pub(super) fn new(disk: &Disk, length: usize) -> Result<Self> {
        let file = disk.file().map_err(|error| DataFusionError::External(Box::new(error)))?;
        let run = Run {
            file: file.clone(),
            length: 0,
            firsts: Vec::with_capacity(length.div_ceil(PAGE)),
            filter: Sbbf::new(&vec![0; blocks(length) * BLOCK]),
        };
        Ok(Self { run, writer: BufWriter::with_capacity(BUFFER, file) })
    }

    /// Adds a key that is larger than all before.
    pub(super) fn push(&mut self, key: u128) -> Result<()> {
        let bytes = key.to_le_bytes();
        if self.run.length.is_multiple_of(PAGE) {
            self.run.firsts.push(key);
        }
        self.run.length += 1;
        self.run.filter.insert(&bytes[..]);
        Ok(self.writer.write_all(&bytes)?)
    }

    pub(super) fn finish(mut self) -> Result<Run> {
        self.writer.flush()?;
        Ok(self.run)
    }
}

fn blocks(length: usize) -> usize {
    length.div_ceil(KEYS_PER_BLOCK).max(1)
}

/// The keys of sorted sources, sorted. After an error there is no going on.
pub(super) struct Merge<S> {
    heads: Vec<(u128, S)>,
}

impl<S: Iterator<Item = Result<u128>>> Merge<S> {
    pub(super) fn new(sources: Vec<S>) -> Result<Self> {
        let heads = sources.into_iter().filter_map(|mut source| {
            let first = source.next()?;
            Some(first.map(|first| (first, source)))
        });
        Ok(Self { heads: heads.collect::<Result<_>>()? })
    }
}

impl<S: Iterator<Item = Result<u128>>> Iterator for Merge<S> {
    type Item = Result<u128>;

    fn next(&mut self) -> Option<Self::Item> {
        let least = (0..self.heads.len()).min_by_key(|source| self.heads[*source].0)?;
        let (key, source) = &mut self.heads[least];
        match source.next() {
            Some(Ok(next)) => Some(Ok(std::mem::replace(key, next))),
            Some(Err(error)) => Some(Err(error)),
            None => Some(Ok(self.heads.swap_remove(least).0)),
        }
    }
}
