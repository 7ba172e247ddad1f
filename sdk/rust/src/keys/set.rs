//! Sets of keys.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::slice;
use crate::Result;
use crate::backend::narrow;
use crate::summary::{Decoder, Encoder, Summary};

/// A set of keys that numbers them in the order in which they came, kept in one piece of memory.
#[derive(Default)]
pub struct KeySet {
    table: HashTable<u32>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl KeySet {
    /// The number of a key, from 0, and whether it is new.
    pub fn insert(&mut self, key: &[u8]) -> (usize, bool) {
        let Self { table, bytes, ends } = self;
        let hash = hash(key);
        if let Some(id) = table.find(hash, |id| slice(bytes, ends, *id as usize) == key) {
            return (*id as usize, false);
        }
        let id = ends.len();
        bytes.extend_from_slice(key);
        ends.push(bytes.len());
        table.insert_unique(hash, narrow(id), |id| self::hash(slice(bytes, ends, *id as usize)));
        (id, true)
    }

    /// The number of a key, if it is there.
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        let found = self.table.find(hash(key), |id| self.get(*id as usize) == key);
        found.map(|id| *id as usize)
    }

    /// The key of this number; empty if there is none.
    pub fn get(&self, id: usize) -> &[u8] {
        slice(&self.bytes, &self.ends, id)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The numbers of all keys, in ascending order of the keys.
    pub fn order(&self) -> Vec<usize> {
        let mut order = (0..self.len()).collect::<Vec<_>>();
        order.sort_unstable_by_key(|id| self.get(*id));
        order
    }
}

/// The different keys of all rows. Merging keeps them, but not their numbers.
impl Summary for KeySet {
    fn encode(&self, out: &mut Encoder) {
        out.number(self.len() as u64);
        self.order().into_iter().for_each(|id| out.bytes(self.get(id)));
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        let mut set = Self::default();
        for _ in 0..bytes.number()? {
            set.insert(bytes.bytes()?);
        }
        Ok(set)
    }

    fn merge(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
        } else {
            for id in 0..other.len() {
                self.insert(other.get(id));
            }
        }
    }
}

fn hash(key: &[u8]) -> u64 {
    FixedState::with_seed(0).hash_one(key)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_set_holds_many_keys() {
        let mut set = KeySet::default();
        for number in (0..5_000_u32).chain(0..5_000) {
            let (id, new) = set.insert(&number.to_le_bytes());
            assert_eq!((id, new), (number as usize, set.len() == number as usize + 1 && new));
        }
        assert_eq!(set.len(), 5_000);
        assert_eq!(set.find(b"no"), None);
    }

    #[test]
    fn merges_the_different_keys() {
        let of = |keys: &[&str]| {
            let mut set = KeySet::default();
            for key in keys {
                set.insert(key.as_bytes());
            }
            set
        };
        let mut out = Encoder::default();
        of(&["c", "b"]).encode(&mut out);
        let mut set = of(&["b", "a"]);
        set.merge(KeySet::decode(&mut Decoder::new(&out.finish())).unwrap());
        assert_eq!((set.len(), set.order()), (3, vec![1, 0, 2]));
    }
}
