//! Memory of the host that a guest's columns and batches keep alive.

use std::sync::Arc;

use etl_data::{Batch, Column, Footprint};
use wasmtime::component::Resource;

use crate::limits::{Exceeded, LimitKind};
use crate::meter::{MemoryMeter, Share, Starved};
use crate::state::{Reject, State};

/// What the estimate may have above the last count before it is worth another: a count looks at every handle, and so
/// must be rare where there are many.
const SLACK: u64 = 8 << 20;

/// What is taken from the meter is a multiple of this, so that not every small column asks it.
const GRAIN: u64 = 64 << 10;

/// An estimate that is never less than what is retained. What is dropped is not subtracted, because buffers are
/// shared: it is counted anew when the estimate gets too far off.
#[derive(Debug)]
pub(crate) struct Retained {
    estimate: u64,
    counted: u64,
    share: Share,
}

impl Retained {
    pub(crate) fn new(meter: &Arc<dyn MemoryMeter>) -> Self {
        Self { estimate: 0, counted: 0, share: Share::new(meter) }
    }

    fn is_worth_counting(&self) -> bool {
        self.estimate > self.counted + self.counted / 4 + SLACK
    }

    fn set(&mut self, counted: u64, more: u64) {
        self.counted = counted;
        self.estimate = counted.saturating_add(more);
        self.share.shrink_to(self.grains());
    }

    /// What the meter must know of.
    fn grains(&self) -> u64 {
        self.estimate.checked_next_multiple_of(GRAIN).unwrap_or(u64::MAX)
    }

    fn is_metered(&mut self) -> bool {
        let grains = self.grains();
        self.share.cover(grains)
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
        if !self.retained.is_metered() {
            self.count_retained(bytes);
            if !self.retained.is_metered() {
                return Err(wasmtime::Error::new(Starved { bytes }));
            }
        }
        Ok(())
    }

    /// After a call: what was dropped or emitted in it is no longer the guest's.
    pub(crate) fn settle_retained(&mut self) {
        if self.table.is_empty() {
            self.retained.set(0, 0);
        } else if self.retained.is_worth_counting() {
            self.count_retained(0);
        }
    }

    /// Counts anew; `more` is about to come.
    fn count_retained(&mut self, more: u64) {
        let counted = self.retained_bytes();
        self.retained.set(counted, more);
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
