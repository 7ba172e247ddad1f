//! The row groups of objects, fetched whole before workers decode them: a group at a time, and the next one meanwhile.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

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
pub(super) struct Groups(Mutex<VecDeque<(Key, Arc<Group>)>>);

#[derive(Debug)]
struct Group {
    ranges: Vec<Range<u64>>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Coming(Fetch),
    There(Arc<Fetched>),
    Failed(Error),
}

impl Groups {
    /// Begins to fetch a group, unless that was begun.
    pub(super) fn begin(&self, key: Key, remote: &Remote, ranges: impl FnOnce() -> Vec<Range<u64>>) {
        self.group(key, remote, ranges);
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
        if let State::Coming(fetch) = &mut *state {
            *state = match remote.patience.wait(fetch) {
                Ok(parts) => State::There(Arc::new(Fetched::of(remote, &group.ranges, parts))),
                Err(error) => State::Failed(error),
            };
        }
        match &*state {
            State::There(fetched) => Ok(Input::Object(Arc::clone(fetched))),
            State::Failed(error) => Err(error.clone()),
            State::Coming(_) => Err(Error::Interrupted),
        }
    }

    fn group(&self, key: Key, remote: &Remote, ranges: impl FnOnce() -> Vec<Range<u64>>) -> Arc<Group> {
        let mut groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, group)) = groups.iter().find(|(known, _)| *known == key) {
            return Arc::clone(group);
        }
        let ranges = ranges();
        let fetch = remote.bucket.fetch(&remote.object, ranges.clone());
        let group = Arc::new(Group { ranges, state: Mutex::new(State::Coming(fetch)) });
        // A worker that is still at the oldest holds it.
        if groups.len() == GROUPS {
            groups.pop_front();
        }
        groups.push_back((key, Arc::clone(&group)));
        group
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
