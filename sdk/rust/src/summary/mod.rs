//! Summaries of rows that may be made in parts and merged: the same, whichever instance saw which
//! row, and exact.

mod grouped;
mod multiset;
mod squares;
mod sum;
mod wire;

pub use grouped::Grouped;
pub use multiset::{Multiset, Ordered};
pub use squares::SquareSum;
pub use sum::ExactSum;
pub use wire::{Decoder, Encoder};

use crate::Result;

/// What a two-pass operation gathers of all rows. Merging must not depend on the order of the parts.
pub trait Summary: Default + 'static {
    /// Writes the summary as bytes, for the other instances.
    fn encode(&self, out: &mut Encoder);
    /// Reads what `encode` wrote.
    fn decode(bytes: &mut Decoder<'_>) -> Result<Self>;
    /// Adds the rows of another part.
    fn merge(&mut self, other: Self);
}

/// Nothing.
impl Summary for () {
    fn encode(&self, _: &mut Encoder) {}

    fn decode(_: &mut Decoder<'_>) -> Result<Self> {
        Ok(())
    }

    fn merge(&mut self, (): Self) {}
}

/// A count.
impl Summary for u64 {
    fn encode(&self, out: &mut Encoder) {
        out.number(*self);
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        bytes.number()
    }

    fn merge(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// A sum of integers: 2^64 of 64 bits each fit.
impl Summary for i128 {
    fn encode(&self, out: &mut Encoder) {
        out.array(self.to_le_bytes());
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        bytes.array().map(Self::from_le_bytes)
    }

    fn merge(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// Several summaries, merged place by place; the shorter list counts as padded with empty ones.
impl<S: Summary> Summary for Vec<S> {
    fn encode(&self, out: &mut Encoder) {
        out.number(self.len() as u64);
        for part in self {
            part.encode(out);
        }
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        (0..bytes.number()?).map(|_| S::decode(bytes)).collect()
    }

    fn merge(&mut self, other: Self) {
        if self.len() < other.len() {
            self.resize_with(other.len(), S::default);
        }
        self.iter_mut().zip(other).for_each(|(mine, other)| mine.merge(other));
    }
}

macro_rules! tuple {
    ($($part:ident $index:tt),+) => {
        /// Several summaries side by side.
        impl<$($part: Summary),+> Summary for ($($part,)+) {
            fn encode(&self, out: &mut Encoder) {
                $(self.$index.encode(out);)+
            }

            fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
                Ok(($($part::decode(bytes)?,)+))
            }

            fn merge(&mut self, other: Self) {
                $(self.$index.merge(other.$index);)+
            }
        }
    };
}
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
