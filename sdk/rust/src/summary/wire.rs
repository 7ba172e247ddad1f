//! The bytes of a partial summary.

use crate::{Error, Result};

/// Writes a summary compactly.
#[derive(Default)]
pub struct Encoder(Vec<u8>);

impl Encoder {
    /// A number in as many groups of seven bits as it needs.
    pub fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    /// A signed number; small ones are short.
    pub fn signed(&mut self, value: i64) {
        self.number((value << 1 ^ value >> 63).cast_unsigned());
    }

    /// A float, all bits.
    pub fn float(&mut self, value: f64) {
        self.array(value.to_le_bytes());
    }

    /// So many bytes, without their length.
    pub fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.extend_from_slice(&bytes);
    }

    /// Bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads a summary in the order in which it was written.
pub struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Reads these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What `Encoder::number` wrote.
    pub fn number(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    /// What `Encoder::signed` wrote.
    pub fn signed(&mut self) -> Result<i64> {
        let value = self.number()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// What `Encoder::float` wrote.
    pub fn float(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// What `Encoder::bytes` wrote.
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.number()?).map_err(|_| damaged())?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// What `Encoder::array` wrote.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(*bytes)
    }
}

fn damaged() -> Error {
    Error::internal("the partial summary of another instance is damaged")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_was_written(a in any::<u64>(), b in any::<i64>(), c in any::<f64>(), d in any::<Vec<u8>>()) {
            let mut out = Encoder::default();
            out.number(a);
            out.signed(b);
            out.float(c);
            out.bytes(&d);
            let bytes = out.finish();
            let mut input = Decoder::new(&bytes);
            prop_assert_eq!(input.number().unwrap(), a);
            prop_assert_eq!(input.signed().unwrap(), b);
            prop_assert_eq!(input.float().unwrap().to_bits(), c.to_bits());
            prop_assert_eq!(input.bytes().unwrap(), d.as_slice());
            prop_assert!(input.number().is_err());
        }
    }
}
