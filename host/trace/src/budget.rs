//! How many calls of a stage become spans of their own, and which.

use crate::call::Call;
use crate::calls::CallStart;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// How many calls of one stage become spans of their own; the others are folded into the stage's span.
///
/// X-Ray takes about 500 KB per trace, which is about a thousand spans. The default keeps a stage under 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallBudget {
    /// No call becomes a span.
    None,
    /// The first, the slowest and the failed calls become spans, counted over all workers of the stage.
    Some {
        /// The first calls that did not fail.
        first: usize,
        /// The slowest calls that did not fail and are not among the first.
        slowest: usize,
        /// The first calls that failed.
        errors: usize,
    },
    /// Every call becomes a span. For back ends without X-Ray's limits.
    All,
}

impl Default for CallBudget {
    fn default() -> Self {
        Self::Some { first: 8, slowest: 8, errors: 32 }
    }
}

/// A call with its times.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) start: CallStart,
    pub(crate) took: Duration,
    pub(crate) call: Call,
}

impl Ended {
    fn began(&self) -> Began {
        (self.start.at, self.start.span_id)
    }
}

/// The calls that may become spans. Every group keeps its best by a total order, so what is kept does not depend
/// on how the calls were split over workers.
pub(crate) struct Kept {
    budget: CallBudget,
    first: Best<Began>,
    slowest: Best<(Reverse<Duration>, Began)>,
    errors: Best<Began>,
}

/// Orders calls as they began; the id decides between equals, so that the order is total.
type Began = (Instant, [u8; 8]);

impl Kept {
    pub(crate) fn new(budget: CallBudget) -> Self {
        let (first, slowest, errors) = match budget {
            CallBudget::None | CallBudget::All => (0, 0, 0),
            CallBudget::Some { first, slowest, errors } => (first, slowest, errors),
        };
        Self { budget, first: Best::new(first), slowest: Best::new(slowest), errors: Best::new(errors) }
    }

    pub(crate) fn budget(&self) -> CallBudget {
        self.budget
    }

    /// Keeps the call if it may still become a span; gives back the call that may not (this one or another).
    pub(crate) fn offer(&mut self, call: Ended) -> Option<Ended> {
        if call.call.error.is_some() {
            return self.errors.offer(call.began(), call);
        }
        let later = self.first.offer(call.began(), call)?;
        self.slowest.offer((Reverse(later.took), later.began()), later)
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        for call in other.take() {
            self.offer(call);
        }
    }

    /// All that is kept, in the order in which it began.
    pub(crate) fn take(&mut self) -> Vec<Ended> {
        let mut calls = self.first.take();
        calls.append(&mut self.slowest.take());
        calls.append(&mut self.errors.take());
        calls.sort_unstable_by_key(Ended::began);
        calls
    }
}

/// The `most` calls of the smallest keys; the one of the greatest key on top, ready to make room.
struct Best<K> {
    most: usize,
    calls: BinaryHeap<Ranked<K>>,
}

impl<K: Ord> Best<K> {
    fn new(most: usize) -> Self {
        Self { most, calls: BinaryHeap::new() }
    }

    fn offer(&mut self, key: K, call: Ended) -> Option<Ended> {
        if self.calls.len() < self.most {
            self.calls.push(Ranked { key, call });
            return None;
        }
        let Some(mut worst) = self.calls.peek_mut().filter(|worst| key < worst.key) else {
            return Some(call);
        };
        Some(std::mem::replace(&mut *worst, Ranked { key, call }).call)
    }

    fn take(&mut self) -> Vec<Ended> {
        self.calls.drain().map(|ranked| ranked.call).collect()
    }
}

/// A call that is compared by its key.
struct Ranked<K> {
    key: K,
    call: Ended,
}

impl<K: Ord> Ord for Ranked<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<K: Ord> PartialOrd for Ranked<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> PartialEq for Ranked<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Ord> Eq for Ranked<K> {}
