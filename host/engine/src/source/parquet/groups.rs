//! The row groups of objects, fetched whole before workers decode them: a group at a time, and the next one meanwhile.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
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

/// From the oldest on.
type Queue = VecDeque<(Key, Arc<Group>)>;

/// Groups that are there or on their way.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Mutex<Queue>,
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
        let mut groups = self.lock();
        if find(&groups, key).is_some() {
            return;
        }
        let (ranges, memory) = (ranges(), self.reservation());
        if memory.as_ref().is_none_or(|memory| memory.try_grow(bytes(&ranges)).is_ok()) {
            fetch(&mut groups, key, remote, ranges, memory);
        }
    }

    /// The bytes of a group, once they are there.
    pub(super) fn get(
        &self,
        key: Key,
        remote: &Remote,
        ranges: impl FnOnce() -> Vec<Range<u64>>,
    ) -> Result<Input, Error> {
        let group = self.group(key, remote, ranges);
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

    /// A group, fetched from now on unless it was before.
    fn group(&self, key: Key, remote: &Remote, ranges: impl FnOnce() -> Vec<Range<u64>>) -> Arc<Group> {
        let mut groups = self.lock();
        if let Some(group) = find(&groups, key) {
            return group;
        }
        let (ranges, memory) = (ranges(), self.reservation());
        if let Some(memory) = &memory {
            make_room(&mut groups, memory, bytes(&ranges));
        }
        fetch(&mut groups, key, remote, ranges, memory)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a group will count for, where groups count.
    fn reservation(&self) -> Option<MemoryReservation> {
        self.memory.get().map(|memory| MemoryConsumer::new("row groups").register(memory))
    }
}

fn find(groups: &Queue, key: Key) -> Option<Arc<Group>> {
    groups.iter().find(|(known, _)| *known == key).map(|(_, group)| Arc::clone(group))
}

fn bytes(ranges: &[Range<u64>]) -> usize {
    let bytes = ranges.iter().map(|range| range.end - range.start).sum::<u64>();
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Takes memory for a group that is needed, whether or not there is any: others that find none then put aside what they hold.
fn make_room(groups: &mut Queue, memory: &MemoryReservation, bytes: usize) {
    while memory.try_grow(bytes).is_err() {
        // Those before it are with the workers that need them.
        if groups.pop_front().is_none() {
            memory.grow(bytes);
            return;
        }
    }
}

fn fetch(
    groups: &mut Queue,
    key: Key,
    remote: &Remote,
    ranges: Vec<Range<u64>>,
    memory: Option<MemoryReservation>,
) -> Arc<Group> {
    let fetch = remote.bucket.fetch(&remote.object, ranges.clone());
    let group = Arc::new(Group { ranges, state: Mutex::new(State::Coming(fetch, memory)) });
    // A worker that is still at the oldest holds it.
    if groups.len() == GROUPS {
        groups.pop_front();
    }
    groups.push_back((key, Arc::clone(&group)));
    group
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
