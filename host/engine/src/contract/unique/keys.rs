//! A set of keys of any size, in bounded memory.

use std::hash::BuildHasher;
use std::sync::Arc;

use datafusion_common::{DataFusionError, Result};
use datafusion_execution::memory_pool::{MemoryConsumer, MemoryReservation};
use foldhash::quality::FixedState;
use hashbrown::HashTable;

use super::run::{Merge, Run, RunBuilder};
use crate::memory::{Memory, Spooled};

/// Keys that are held in memory at the least: some half a megabyte of them.
const LEAST: usize = 28_672;

/// So many runs of about the same size become one. More of them make fewer writes, and more filters to look into.
const MERGED: usize = 8;

/// The latest keys are in memory. When no more fit in, they become a sorted run on disk, with a filter in memory that tells
/// for nearly all keys that they are not in it: a log-structured merge tree (O'Neil et al., 1996) that is never read in order.
pub(super) struct Keys {
    memory: Arc<Memory>,
    latest: HashTable<u128>,
    hasher: FixedState,
    /// What `latest` takes beyond its least: as rows that wait in memory, for which there is a disk as well.
    room: Spooled,
    /// What can't do without memory: the least of `latest`, and what runs keep there.
    needed: MemoryReservation,
    /// From the most merged to the latest.
    runs: Vec<Leveled>,
}

struct Leveled {
    /// How often it was merged.
    level: u32,
    run: Run,
}

impl Keys {
    pub(super) fn new(memory: &Arc<Memory>) -> Result<Self> {
        let latest = HashTable::with_capacity(LEAST);
        let needed = MemoryConsumer::new("unique").register(&memory.environment().memory_pool);
        take(&needed, held(&latest))?;
        Ok(Self {
            memory: Arc::clone(memory),
            latest,
            hasher: FixedState::default(),
            room: Spooled::new(memory),
            needed,
            runs: Vec::new(),
        })
    }

    /// Adds a key, and says whether it is new.
    pub(super) fn insert(&mut self, key: u128) -> Result<bool> {
        let hash = self.hasher.hash_one(key);
        if self.latest.find(hash, |other| *other == key).is_some() {
            return Ok(false);
        }
        for Leveled { run, .. } in &self.runs {
            if run.contains(key)? {
                return Ok(false);
            }
        }
        if self.latest.len() == self.latest.capacity() && !self.grow() {
            self.put_aside()?;
        }
        self.latest.insert_unique(hash, key, |key| self.hasher.hash_one(key));
        Ok(true)
    }

    /// Makes room in memory for twice the keys, if there is any.
    fn grow(&mut self) -> bool {
        let granted = self.room.try_grow(held(&self.latest));
        if granted {
            self.latest.reserve(self.latest.capacity() + 1, |key| self.hasher.hash_one(key));
        }
        granted
    }

    /// Puts the latest keys on disk.
    fn put_aside(&mut self) -> Result<()> {
        let mut sorted = self.latest.drain().collect::<Vec<_>>();
        sorted.sort_unstable();
        let run = self.write(sorted.len(), sorted.into_iter().map(Ok))?;
        self.runs.push(Leveled { level: 0, run });
        while let Some(first) = self.runs.len().checked_sub(MERGED)
            && self.runs[first].level == self.runs[self.runs.len() - 1].level
        {
            let level = self.runs[first].level + 1;
            let merged = self.runs.split_off(first);
            let length = merged.iter().map(|merged| merged.run.len()).sum();
            let sources = merged.into_iter().map(|Leveled { run, .. }| {
                self.needed.shrink(run.memory());
                run.into_keys()
            });
            let run = self.write(length, Merge::new(sources.collect::<Vec<_>>())?)?;
            self.runs.push(Leveled { level, run });
        }
        Ok(())
    }

    fn write(&self, length: usize, keys: impl Iterator<Item = Result<u128>>) -> Result<Run> {
        take(&self.needed, Run::memory_of(length))?;
        let mut run = RunBuilder::new(self.memory.disk(), length)?;
        for key in keys {
            run.push(key?)?;
        }
        run.finish()
    }
}

/// What a table takes, and what its keys take while they are sorted.
fn held(table: &HashTable<u128>) -> usize {
    2 * table.allocation_size()
}

fn take(needed: &MemoryReservation, bytes: usize) -> Result<()> {
    needed.try_grow(bytes).map_err(|error| match error {
        DataFusionError::ResourcesExhausted(why) => {
            DataFusionError::ResourcesExhausted(format!("the values of a `unique` column: {why}"))
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn memory(limit: u64) -> (tempfile::TempDir, Arc<Memory>) {
        let folder = tempfile::tempdir().unwrap();
        let memory = Arc::new(Memory::new(limit, 1 << 30, folder.path()).unwrap());
        (folder, memory)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]

        /// More keys than fit, in any order and with any number of others between two that are the same.
        #[test]
        fn it_is_a_set(seed: u64, values in 1u64..500_000) {
            let (_folder, memory) = memory(3 << 20);
            let (mut keys, mut expected) = (Keys::new(&memory).unwrap(), std::collections::HashSet::new());
            let mut random = fastrand::Rng::with_seed(seed);
            for _ in 0..300_000 {
                let key = u128::from(random.u64(..values)) << 64;
                prop_assert_eq!(keys.insert(key).unwrap(), expected.insert(key));
            }
        }
    }

    #[test]
    fn what_does_not_fit_goes_to_disk_in_runs_that_are_merged() {
        let (_folder, memory) = memory(4 << 20);
        let mut keys = Keys::new(&memory).unwrap();
        for key in (0..1_000_000u128).rev() {
            assert!(keys.insert(key).unwrap());
        }
        let levels = keys.runs.iter().map(|run| run.level).collect::<Vec<_>>();
        assert!(levels.is_sorted_by(|one, other| one >= other), "{levels:?}");
        assert!(levels[0] > 0 && levels.len() < 2 * MERGED, "{levels:?}");
        assert_eq!(keys.runs.iter().map(|run| run.run.len()).sum::<usize>() + keys.latest.len(), 1_000_000);
        for key in [0, 1, 500_000, 999_999] {
            assert!(!keys.insert(key).unwrap());
        }
        assert!(memory.peak() <= 4 << 20);
        drop(keys);
        assert_eq!(memory.environment().memory_pool.reserved(), 0);
    }

    #[test]
    fn where_there_is_not_even_room_for_filters_it_says_so() {
        let (_folder, memory) = memory(1 << 20);
        let error = Keys::new(&memory).err().unwrap();
        assert!(error.to_string().contains("the values of a `unique` column"), "{error}");
    }
}
