//! How often each value occurs: medians, modes and ranks are exact with it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::marker::PhantomData;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Decoder, Encoder, Summary};
use crate::Result;

/// Values with a total order that 64 bits keep.
pub trait Ordered: Copy + 'static {
    /// Bits that compare as the values do.
    fn to_bits(self) -> u64;
    /// The value of such bits.
    fn from_bits(bits: u64) -> Self;
}

const SIGN: u64 = 1 << 63;

impl Ordered for i64 {
    fn to_bits(self) -> u64 {
        self.cast_unsigned() ^ SIGN
    }

    fn from_bits(bits: u64) -> Self {
        (bits ^ SIGN).cast_signed()
    }
}

/// -0.0 counts as 0.0, and all NaN as one value, greater than any number.
impl Ordered for f64 {
    fn to_bits(self) -> u64 {
        let value = if self.is_nan() { f64::NAN } else { self + 0.0 };
        let bits = value.to_bits();
        if bits & SIGN == 0 { bits | SIGN } else { !bits }
    }

    fn from_bits(bits: u64) -> Self {
        f64::from_bits(if bits & SIGN == 0 { !bits } else { bits ^ SIGN })
    }
}

/// Values with the number of times that each occurs.
#[derive(Clone)]
pub struct Multiset<T> {
    /// In ascending order: what came of other sets.
    sorted: Vec<(u64, u64)>,
    /// What was inserted since.
    counts: HashMap<u64, u64, FixedState>,
    total: u64,
    values: PhantomData<T>,
}

impl<T> Default for Multiset<T> {
    fn default() -> Self {
        let counts = HashMap::with_hasher(FixedState::with_seed(0));
        Self { sorted: Vec::new(), counts, total: 0, values: PhantomData }
    }
}

impl<T: Ordered> Multiset<T> {
    /// Counts a value once more.
    pub fn insert(&mut self, value: T) {
        *self.counts.entry(value.to_bits()).or_insert(0) += 1;
        self.total += 1;
    }

    /// Values in all, repeated ones too.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Different values.
    pub fn distinct(&self) -> usize {
        self.sorted_bits().len()
    }

    /// All different values in ascending order, each with its count.
    pub fn sorted(&self) -> Vec<(T, u64)> {
        self.sorted_bits().iter().map(|(bits, count)| (T::from_bits(*bits), *count)).collect()
    }

    /// The two values in the middle of all in ascending order: twice the same if their number is odd.
    /// `None` if there are no values.
    pub fn middle(&self) -> Option<(T, T)> {
        let last = self.total.checked_sub(1)?;
        let sorted = self.sorted_bits();
        let at = |position: u64| {
            let mut seen = 0;
            let found = sorted.iter().find(|(_, count)| {
                seen += count;
                seen > position
            });
            found.map(|(bits, _)| T::from_bits(*bits))
        };
        Some((at(last / 2)?, at(self.total / 2)?))
    }

    /// The most frequent value, the least of them if there are several; `None` if there are no values.
    pub fn mode(&self) -> Option<T> {
        let sorted = self.sorted_bits();
        let most = sorted.iter().max_by_key(|(bits, count)| (*count, std::cmp::Reverse(*bits)));
        most.map(|(bits, _)| T::from_bits(*bits))
    }

    fn sorted_bits(&self) -> Cow<'_, [(u64, u64)]> {
        if self.counts.is_empty() {
            return Cow::Borrowed(&self.sorted);
        }
        let mut inserted = self.counts.iter().map(|(bits, count)| (*bits, *count)).collect::<Vec<_>>();
        inserted.sort_unstable();
        Cow::Owned(if self.sorted.is_empty() { inserted } else { union(&self.sorted, &inserted) })
    }
}

/// Two ascending lists as one; the counts of what is in both are added.
fn union(left: &[(u64, u64)], right: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    while let (Some((one, count)), Some((other, more))) = (left.peek().copied(), right.peek().copied()) {
        match one.cmp(&other) {
            Ordering::Less => all.extend(left.next()),
            Ordering::Greater => all.extend(right.next()),
            Ordering::Equal => {
                all.push((one, count + more));
                left.next();
                right.next();
            }
        }
    }
    all.extend(left);
    all.extend(right);
    all
}

impl Multiset<f64> {
    /// The median: the mean of the middle two for an even number of values.
    pub fn median(&self) -> Option<f64> {
        self.middle().map(|(low, high)| f64::midpoint(low, high))
    }
}

impl<T: Ordered> Summary for Multiset<T> {
    fn encode(&self, out: &mut Encoder) {
        let sorted = self.sorted_bits();
        out.number(sorted.len() as u64);
        let mut before = 0;
        for (bits, count) in sorted.iter() {
            out.number(bits - before);
            out.number(*count);
            before = *bits;
        }
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        let mut set = Self::default();
        let mut before = 0_u64;
        for _ in 0..bytes.number()? {
            before = before.saturating_add(bytes.number()?);
            let count = bytes.number()?;
            set.sorted.push((before, count));
            set.total += count;
        }
        Ok(set)
    }

    fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.sorted = if self.sorted.is_empty() && self.counts.is_empty() {
            other.sorted_bits().into_owned()
        } else {
            union(&self.sorted_bits(), &other.sorted_bits())
        };
        self.counts.clear();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn set<T: Ordered>(values: impl IntoIterator<Item = T>) -> Multiset<T> {
        let mut set = Multiset::default();
        values.into_iter().for_each(|value| set.insert(value));
        set
    }

    #[test]
    fn floats_keep_their_order() {
        let sorted = set([f64::NAN, 1.5, -0.0, f64::INFINITY, 0.0, f64::NEG_INFINITY, -2.0]).sorted();
        let text =
            sorted.iter().map(|(value, count)| format!("{value}x{count}")).collect::<Vec<_>>().join(" ");
        insta::assert_snapshot!(text, @"-infx1 -2x1 0x2 1.5x1 infx1 NaNx1");
    }

    #[test]
    fn median_and_mode() {
        assert_eq!(set([3.0, 1.0, 2.0, 10.0]).median(), Some(2.5));
        assert_eq!(set([3.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(set::<f64>([]).median(), None);
        assert_eq!(set([5_i64, 3, 5, 3, 9]).mode(), Some(3));
    }

    proptest! {
        #[test]
        fn parts_don_t_matter(values in prop::collection::vec(-1e6..1e6_f64, 1..60), cut in 0..60_usize) {
            let cut = cut.min(values.len());
            let whole = set(values.iter().copied());
            let mut parts = Multiset::default();
            for part in [&values[cut..], &values[..cut]] {
                let mut out = Encoder::default();
                set(part.iter().copied()).encode(&mut out);
                parts.merge(Multiset::<f64>::decode(&mut Decoder::new(&out.finish())).unwrap());
            }
            prop_assert_eq!(parts.sorted(), whole.sorted());
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let middle = (sorted[(values.len() - 1) / 2], sorted[values.len() / 2]);
            prop_assert_eq!(parts.middle(), Some(middle));
        }
    }
}
