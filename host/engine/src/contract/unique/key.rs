//! A value as sixteen bytes.

use sha2::{Digest, Sha256};

/// Says that the other bytes are of a digest; else the last byte is the value's length.
const DIGEST: u8 = u8::MAX;

/// What stands for a value, given in Arrow's row format, in which equal values have equal bytes. A value of up to fifteen
/// bytes, as all numbers and times but the largest decimals are, is its own key. A longer one has 120 bits of its SHA-256: two
/// values out of 10⁹ share them by chance with a probability of 10⁻¹⁸, and nobody can choose values so that they do.
pub(super) fn key(value: &[u8]) -> u128 {
    let mut key = [0; 16];
    let length = if value.len() < key.len() {
        key[..value.len()].copy_from_slice(value);
        u8::try_from(value.len()).unwrap_or(DIGEST)
    } else {
        key.copy_from_slice(&Sha256::digest(value)[..16]);
        DIGEST
    };
    key[15] = length;
    u128::from_be_bytes(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn different_values_have_different_keys(one in vec(0u8..3, 0..40), other in vec(0u8..3, 0..40)) {
            prop_assert_eq!(key(&one) == key(&other), one == other);
        }
    }

    #[test]
    fn a_value_and_the_same_with_a_zero_are_two() {
        assert_ne!(key(&[1]), key(&[1, 0]));
        assert_ne!(key(&[0; 15]), key(&[0; 16]));
    }
}
