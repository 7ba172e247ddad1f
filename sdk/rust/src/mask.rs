//! Bits by row: selections and validity.

/// One bit for each row, low bit first, as Arrow keeps them. Bits beyond the last row are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    bytes: Vec<u8>,
    len: usize,
}

impl Mask {
    /// The same bit for every row.
    pub fn new(bit: bool, len: usize) -> Self {
        let mut mask = Self { bytes: vec![if bit { 0xff } else { 0 }; len.div_ceil(8)], len };
        mask.clear_tail();
        mask
    }

    /// The bit of each row, computed.
    pub fn from_fn(len: usize, mut bit: impl FnMut(usize) -> bool) -> Self {
        let mut bytes = Vec::with_capacity(len.div_ceil(8));
        for start in (0..len).step_by(8) {
            let rows = (len - start).min(8);
            bytes.push((0..rows).fold(0_u8, |byte, k| byte | (u8::from(bit(start + k)) << k)));
        }
        Self { bytes, len }
    }

    /// From the bytes of a bitmap. Missing bytes are 0.
    pub fn from_bytes(mut bytes: Vec<u8>, len: usize) -> Self {
        bytes.resize(len.div_ceil(8), 0);
        let mut mask = Self { bytes, len };
        mask.clear_tail();
        mask
    }

    /// The bytes of the bitmap.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit of a row; false beyond the end.
    pub fn get(&self, row: usize) -> bool {
        self.bytes.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
    }

    /// Sets the bit of a row. Beyond the end nothing happens.
    pub fn set(&mut self, row: usize, bit: bool) {
        if row < self.len {
            let flag = 1 << (row % 8);
            let byte = &mut self.bytes[row / 8];
            *byte = if bit { *byte | flag } else { *byte & !flag };
        }
    }

    /// Adds a row.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, bit);
    }

    /// How many bits are set.
    pub fn count(&self) -> usize {
        let (words, rest) = self.bytes.as_chunks::<8>();
        let words = words.iter().map(|word| u64::from_le_bytes(*word).count_ones()).sum::<u32>();
        (words + rest.iter().map(|byte| byte.count_ones()).sum::<u32>()) as usize
    }

    /// Whether all bits are set.
    pub fn is_all(&self) -> bool {
        self.count() == self.len
    }

    /// Set where both are.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.bytes.iter_mut().zip(&other.bytes).for_each(|(left, right)| *left &= right);
        self
    }

    /// Set where either is.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        self.bytes.iter_mut().zip(&other.bytes).for_each(|(left, right)| *left |= right);
        self
    }

    /// Set where it was not.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads with `and` and `or`")]
    pub fn not(mut self) -> Self {
        self.bytes.iter_mut().for_each(|byte| *byte = !*byte);
        self.clear_tail();
        self
    }

    /// The bit of each row.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len).map(|row| self.bytes[row / 8] >> (row % 8) & 1 == 1)
    }

    /// The rows whose bit is set.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.bytes.iter().enumerate().flat_map(|(at, byte)| {
            let mut rest = *byte;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    at * 8 + bit
                })
            })
        })
    }

    fn clear_tail(&mut self) {
        if let (Some(last), used @ 1..) = (self.bytes.last_mut(), self.len % 8) {
            *last &= (1 << used) - 1;
        }
    }
}

impl FromIterator<bool> for Mask {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut mask = Self::new(false, 0);
        bits.into_iter().for_each(|bit| mask.push(bit));
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_list_of_bools(left in prop::collection::vec(any::<bool>(), 0..200), seed in any::<u64>()) {
            let right = (0..left.len()).map(|i| seed >> (i % 64) & 1 == 1).collect::<Vec<_>>();
            let (a, b) = (Mask::from_fn(left.len(), |i| left[i]), right.iter().copied().collect::<Mask>());
            prop_assert_eq!(a.iter().collect::<Vec<_>>(), left.clone());
            prop_assert_eq!(a.count(), left.iter().filter(|bit| **bit).count());
            prop_assert_eq!(a.rows().collect::<Vec<_>>(), (0..left.len()).filter(|i| left[*i]).collect::<Vec<_>>());
            let zip = || left.iter().zip(&right);
            prop_assert_eq!(a.clone().and(&b), zip().map(|(x, y)| *x && *y).collect::<Mask>());
            prop_assert_eq!(a.clone().or(&b), zip().map(|(x, y)| *x || *y).collect::<Mask>());
            prop_assert_eq!(a.clone().not(), left.iter().map(|x| !x).collect::<Mask>());
            prop_assert_eq!(Mask::from_bytes(a.bytes().to_vec(), a.len()), a);
        }
    }
}
