//! Memory of the host that a guest's columns and batches keep alive.

use etl_data::{Batch, Column, Footprint};
use wasmtime::component::Resource;

use crate::limits::{Exceeded, LimitKind};
use crate::state::{Reject, State};

/// What the estimate may have above the last count before it is worth another: a count looks at every handle, and so
/// must be rare where there are many.
const SLACK: u64 = 8 << 20;

/// An estimate that is never less than what is retained. What is dropped is not subtracted, because buffers are
/// shared: it is counted anew when the estimate gets too far off.
#[derive(Debug, Default)]
pub(crate) struct Retained {
    estimate: u64,
    counted: u64,
}

impl Retained {
    fn is_worth_counting(&self) -> bool {
        self.estimate > self.counted + self.counted / 4 + SLACK
    }
}

impl State {
    /// Gives the guest a batch from outside.
    pub(crate) fn receive(&mut self, batch: Batch) -> wasmtime::Result<Resource<Batch>> {
        let mut footprint = Footprint::default();
        footprint.add_batch(&batch);
        self.reserve(footprint.bytes())?;
        self.push(batch)
    }

    /// Makes sure that there is room for `bytes` more of data, before they are allocated.
    pub(crate) fn reserve(&mut self, bytes: u64) -> wasmtime::Result<()> {
        let limit = self.limits.retained_bytes;
        self.retained.estimate = self.retained.estimate.saturating_add(bytes);
        if self.retained.estimate > limit {
            self.count_retained(bytes);
        }
        if self.retained.estimate > limit {
            return Err(Exceeded::error(LimitKind::RetainedMemory, limit, self.retained.estimate));
        }
        Ok(())
    }

    /// After a call: what was dropped or emitted in it is no longer the guest's.
    pub(crate) fn settle_retained(&mut self) {
        if self.table.is_empty() {
            self.retained = Retained::default();
        } else if self.retained.is_worth_counting() {
            self.count_retained(0);
        }
    }

    /// Counts anew; `more` is about to come.
    fn count_retained(&mut self, more: u64) {
        self.retained.counted = self.retained_bytes();
        self.retained.estimate = self.retained.counted.saturating_add(more);
    }

    fn retained_bytes(&mut self) -> u64 {
        let mut footprint = Footprint::default();
        for entry in self.table.iter_mut() {
            if let Some(column) = entry.downcast_ref::<Column>() {
                footprint.add(column);
            } else if let Some(batch) = entry.downcast_ref::<Batch>() {
                footprint.add_batch(batch);
            }
        }
        self.emitted.iter().for_each(|emitted| footprint.add_batch(&emitted.batch));
        self.rejected.iter().for_each(|rejected| footprint.add_batch(&rejected.source));
        let reasons = self.rejected.iter().map(Reject::bytes).sum::<u64>();
        footprint.bytes().saturating_add(reasons)
    }
}
