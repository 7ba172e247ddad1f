//! Streams with rising positions, merged into one: whole batches where they do not overlap, else slices.

use arrow_array::RecordBatch;
use datafusion_common::Result;

use crate::position::positions;
use crate::spool::SpoolReader;

/// The next batch of each stream.
#[derive(Debug)]
pub(crate) struct Heads {
    heads: Vec<Option<RecordBatch>>,
}

impl Heads {
    pub(crate) fn new(streams: usize) -> Self {
        Self { heads: vec![None; streams] }
    }

    /// Whether this stream's next batch is wanted.
    pub(crate) fn wants(&self, stream: usize) -> bool {
        self.heads[stream].is_none()
    }

    /// Takes a stream's next batch; an empty one changes nothing.
    pub(crate) fn put(&mut self, stream: usize, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            self.heads[stream] = Some(batch);
        }
    }

    /// The rows that come next; `None` if there are none. To be asked when all streams that have not ended have
    /// their next batch here.
    pub(crate) fn pop(&mut self) -> Option<RecordBatch> {
        let first = |batch: &RecordBatch| positions(batch).value(0);
        let known =
            self.heads.iter().enumerate().filter_map(|(stream, head)| Some((first(head.as_ref()?), stream)));
        let mut in_order = known.collect::<Vec<_>>();
        in_order.sort_unstable();
        let (_, stream) = *in_order.first()?;
        let head = self.heads[stream].take()?;
        let Some((limit, other)) = in_order.get(1).copied() else { return Some(head) };
        // Of equal positions those of the stream with the smaller number come first.
        let fits = |position: u64| position < limit || (position == limit && stream < other);
        let found = positions(&head).values();
        if found.last().is_none_or(|last| fits(*last)) {
            return Some(head);
        }
        let rows = found.partition_point(|position| fits(*position));
        self.heads[stream] = Some(head.slice(rows, head.num_rows() - rows));
        Some(head.slice(0, rows))
    }
}

/// All rows of streams that are complete, in order.
pub(crate) fn merge(streams: Vec<SpoolReader>) -> impl Iterator<Item = Result<RecordBatch>> {
    let mut heads = Heads::new(streams.len());
    let mut next = move || {
        for (stream, batches) in streams.iter().enumerate() {
            while heads.wants(stream)
                && let Some(batch) = batches.next()?
            {
                heads.put(stream, batch);
            }
        }
        Ok(heads.pop())
    };
    std::iter::from_fn(move || next().transpose())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::position::positioned;
    use arrow_array::UInt64Array;
    use arrow_schema::Schema;
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::Arc;

    use crate::memory::Memory;
    use crate::spool::Spool;

    fn batch(positions: &[u64]) -> RecordBatch {
        let schema = positioned(&Schema::empty());
        RecordBatch::try_new(schema, vec![Arc::new(UInt64Array::from(positions.to_vec()))]).unwrap()
    }

    fn merged(streams: &[&[&[u64]]]) -> Vec<Vec<u64>> {
        let memory = Arc::new(Memory::new(1 << 20, 1 << 20, Path::new("none")).unwrap());
        let spool = |stream: &&[&[u64]]| {
            let mut spool = Spool::new(&memory, &positioned(&Schema::empty()));
            for rows in *stream {
                spool.push(batch(rows)).unwrap();
            }
            spool.finish().unwrap()
        };
        merge(streams.iter().map(spool).collect())
            .map(|batch| positions(&batch.unwrap()).values().to_vec())
            .collect()
    }

    #[test]
    fn batches_that_do_not_overlap_stay_whole() {
        assert_eq!(
            merged(&[&[&[0, 1], &[6]], &[&[2, 5], &[], &[7]]]),
            [vec![0, 1], vec![2, 5], vec![6], vec![7]]
        );
    }

    #[test]
    fn batches_that_overlap_are_sliced() {
        assert_eq!(merged(&[&[&[0, 4, 5]], &[&[1, 2, 9]]]), [vec![0], vec![1, 2], vec![4, 5], vec![9]]);
    }

    #[test]
    fn equal_positions_come_in_the_order_of_the_streams() {
        assert_eq!(merged(&[&[&[3, 3]], &[&[3], &[3, 4]]]), [vec![3, 3], vec![3], vec![3, 4]]);
        assert_eq!(merged(&[]), Vec::<Vec<u64>>::new());
    }

    proptest! {
        #[test]
        fn all_rows_come_out_once_and_in_order(owners in prop::collection::vec((0..4_usize, any::<bool>()), 0..200)) {
            let mut streams = vec![vec![vec![]]; 4];
            for (position, (owner, cut)) in owners.iter().enumerate() {
                streams[*owner].last_mut().unwrap().push(position as u64);
                if *cut {
                    streams[*owner].push(vec![]);
                }
            }
            let streams = streams.iter().map(|stream| stream.iter().map(Vec::as_slice).collect::<Vec<_>>()).collect::<Vec<_>>();
            let merged = merged(&streams.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert_eq!(merged.concat(), (0..owners.len() as u64).collect::<Vec<_>>());
        }
    }
}
