//! How much memory rows keep alive.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use arrow_buffer::{Buffer, NullBuffer};
use arrow_data::ArrayData;

/// Memory that batches keep alive together: a buffer that several share counts once, with the first of them.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    seen: HashSet<usize>,
}

impl Sizes {
    /// What this batch keeps alive that no batch before it did.
    pub(super) fn of(&mut self, batch: &RecordBatch) -> usize {
        batch.columns().iter().map(|column| self.data(&column.to_data())).sum()
    }

    fn data(&mut self, data: &ArrayData) -> usize {
        let nulls = data.nulls().map(NullBuffer::buffer);
        let buffers = data.buffers().iter().chain(nulls);
        let own = buffers.filter(|buffer| self.seen.insert(buffer.data_ptr().as_ptr().addr()));
        let own = own.map(Buffer::capacity).sum::<usize>();
        own + data.child_data().iter().map(|child| self.data(child)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::Sizes;
    use arrow_array::{ArrayRef, Int64Array, RecordBatch};
    use std::sync::Arc;

    #[test]
    fn what_is_shared_counts_once() {
        let column: ArrayRef = Arc::new((0..1000).collect::<Int64Array>());
        let batch = RecordBatch::try_from_iter([("n", Arc::clone(&column)), ("same", column)]).unwrap();
        let mut sizes = Sizes::default();
        let size = sizes.of(&batch.slice(0, 10));
        assert!((8000..9000).contains(&size), "{size}");
        assert_eq!(sizes.of(&batch.slice(10, 990)), 0);
    }
}
