//! A summary for each group of rows.

use super::{Decoder, Encoder, Summary};
use crate::{KeySet, Result};

/// A summary for each key: `Grouped<u64>` counts rows per group, `Grouped<Multiset<f64>>` has what a
/// rank within groups needs.
pub struct Grouped<S> {
    keys: KeySet,
    groups: Vec<S>,
}

impl<S> Default for Grouped<S> {
    fn default() -> Self {
        Self { keys: KeySet::default(), groups: Vec::new() }
    }
}

impl<S: Default> Grouped<S> {
    /// The summary of a key; a new one is empty.
    pub fn entry(&mut self, key: &[u8]) -> &mut S {
        let (id, new) = self.keys.insert(key);
        if new {
            self.groups.push(S::default());
        }
        &mut self.groups[id]
    }

    /// The summary of a key, if it has one.
    pub fn get(&self, key: &[u8]) -> Option<&S> {
        self.keys.find(key).and_then(|id| self.groups.get(id))
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The numbers of all keys, in ascending order of the keys.
    pub fn order(&self) -> Vec<usize> {
        self.keys.order()
    }

    /// The key of this number and its summary.
    pub fn at(&self, id: usize) -> Option<(&[u8], &S)> {
        self.groups.get(id).map(|group| (self.keys.get(id), group))
    }

    /// All keys in ascending order, each with its summary.
    pub fn sorted(&self) -> Vec<(&[u8], &S)> {
        self.order().into_iter().filter_map(|id| self.at(id)).collect()
    }
}

impl<S: Summary> Summary for Grouped<S> {
    fn encode(&self, out: &mut Encoder) {
        out.number(self.groups.len() as u64);
        for (key, group) in self.sorted() {
            out.bytes(key);
            group.encode(out);
        }
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        let mut all = Self::default();
        for _ in 0..bytes.number()? {
            let key = bytes.bytes()?;
            *all.entry(key) = S::decode(bytes)?;
        }
        Ok(all)
    }

    fn merge(&mut self, other: Self) {
        for (id, group) in other.groups.into_iter().enumerate() {
            self.entry(other.keys.get(id)).merge(group);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn merges_group_by_group() {
        let mut left = Grouped::<u64>::default();
        *left.entry(b"a") += 1;
        *left.entry(b"b") += 2;
        let mut right = Grouped::<u64>::default();
        *right.entry(b"c") += 3;
        *right.entry(b"b") += 4;
        let mut out = Encoder::default();
        right.encode(&mut out);
        left.merge(Grouped::decode(&mut Decoder::new(&out.finish())).unwrap());
        assert_eq!(left.sorted(), [(&b"a"[..], &1), (&b"b"[..], &6), (&b"c"[..], &3)]);
        assert_eq!((left.get(b"d"), left.len()), (None, 3));
    }
}
