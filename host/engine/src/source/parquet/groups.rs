//! The row groups of objects, fetched whole before workers decode them: a group at a time, and the next one meanwhile.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use datafusion_execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use etl_store::{Error, Fetch};
use parquet::arrow::{ProjectionMask, arrow_reader::ArrowReaderMetadata};

use super::{
    super::input::Remote,
    input::{Fetched, Input},
};

/// Columns this near are fetched with what is between.
const GAP_BYTES: u64 = 64 << 10;

/// Columns are fetched together up to so much, so that several parts are on their way at a time.
const PART_BYTES: u64 = 8 << 20;

/// Groups that are kept: those that workers are at, and the next.
const GROUPS: usize = 3;

/// Number of the file, and of the group in it.
type Key = (usize, usize);

/// Groups that are there or on their way.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Mutex<VecDeque<(Key, Arc<Group>)>>,
    memory: OnceLock<Arc<dyn MemoryPool>>,
}

#[derive(Debug)]
struct Group {
    ranges: Vec<Range<u64>>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// With what it counts for.
    Coming(Fetch, Option<MemoryReservation>),
    There(Arc<Fetched>),
    Failed(Error),
}

impl Groups {
    /// Counts what is fetched against this memory.
    pub(super) fn count_against(&self, memory: &Arc<dyn MemoryPool>) {
        self.memory.get_or_init(|| Arc::clone(memory));
    }

    /// Begins to fetch a group, unless that was begun, or there is no memory for it yet.
    pub(super) fn begin(&self, key: Key, remote: &Remote, ranges: impl FnOnce() -> Vec<Range<u64>>) {
        self.group(key, remote, ranges, false);
    }

    /// The bytes of a group, once they are there.
    pub(super) fn get(
        &self,
        key: Key,
        remote: &Remote,
        ranges: impl FnOnce() -> Vec<Range<u64>>,
    ) -> Result<Input, Error> {
        let Some(group) = self.group(key, remote, ranges, true) else { return Err(Error::Interrupted) };
        // Other workers of the group wait here.
        let mut state = group.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Coming(fetch, memory) = &mut *state {
            *state = match remote.patience.wait(fetch) {
                Ok(parts) => State::There(Arc::new(Fetched::of(remote, &group.ranges, parts, memory.take()))),
                Err(error) => State::Failed(error),
            };
        }
        match &*state {
            State::There(fetched) => Ok(Input::Object(Arc::clone(fetched))),
            State::Failed(error) => Err(error.clone()),
            State::Coming(..) => Err(Error::Interrupted),
        }
    }

    /// A group, fetched from now on unless it was before; nothing where there is no memory for one that is not needed yet.
    fn group(
        &self,
        key: Key,
        remote: &Remote,
        ranges: impl FnOnce() -> Vec<Range<u64>>,
        needed: bool,
    ) -> Option<Arc<Group>> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, group)) = groups.iter().find(|(known, _)| *known == key) {
            return Some(Arc::clone(group));
        }
        let ranges = ranges();
        let memory = self.memory.get().map(|memory| MemoryConsumer::new("row groups").register(memory));
        if let Some(memory) = &memory {
            let bytes = ranges.iter().map(|range| range.end - range.start).sum::<u64>();
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            while memory.try_grow(bytes).is_err() {
                if !needed {
                    return None;
                }
                // Those before it are with the workers that need them. What is needed is fetched in any case: others that
                // find no memory then put aside what they hold.
                if groups.pop_front().is_none() {
                    memory.grow(bytes);
                    break;
                }
            }
        }
        let fetch = remote.bucket.fetch(&remote.object, ranges.clone());
        let group = Arc::new(Group { ranges, state: Mutex::new(State::Coming(fetch, memory)) });
        // A worker that is still at the oldest holds it.
        if groups.len() == GROUPS {
            groups.pop_front();
        }
        groups.push_back((key, Arc::clone(&group)));
        Some(group)
    }
}

/// Where the columns of a group are.
pub(super) fn ranges(metadata: &ArrowReaderMetadata, group: usize, mask: &ProjectionMask) -> Vec<Range<u64>> {
    let group = metadata.metadata().row_group(group);
    let columns = (0..group.num_columns()).filter(|leaf| mask.leaf_included(*leaf));
    let mut columns = columns
        .map(|leaf| {
            let (start, length) = group.column(leaf).byte_range();
            start..start + length
        })
        .collect::<Vec<_>>();
    columns.sort_unstable_by_key(|range| range.start);
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for column in columns {
        match ranges.last_mut() {
            Some(last) if column.start <= last.end + GAP_BYTES && column.end - last.start <= PART_BYTES => {
                last.end = last.end.max(column.end);
            }
            _ => ranges.push(column),
        }
    }
    ranges
}
