//! Sums of floats without rounding on the way.

use super::{Decoder, Encoder, Summary};
use crate::Result;

/// The exact sum of any number of floats, rounded once when it is asked for. It does not depend on
/// the order of the values.
///
/// It is one long fixed-point number: limb k counts multiples of 2^(32k - 1074), and only the limbs
/// that were touched are kept. A limb takes 2^31 additions before it must pass its carry on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactSum {
    first: usize,
    limbs: Vec<i64>,
    additions: u32,
    infinities: [u64; 2],
    nans: u64,
}

const LIMB_BITS: u32 = 32;
const LOW: i64 = (1 << LIMB_BITS) - 1;
const MANTISSA: u64 = (1 << 52) - 1;
const LEAST_EXPONENT: i32 = -1074;

impl ExactSum {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            match value {
                f64::INFINITY => self.infinities[0] += 1,
                f64::NEG_INFINITY => self.infinities[1] += 1,
                _ => self.nans += 1,
            }
            return;
        }
        let bits = value.to_bits();
        let exponent = u32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
        let mantissa = bits & MANTISSA | u64::from(exponent > 0) << 52;
        if mantissa == 0 {
            return;
        }
        let place = exponent.saturating_sub(1);
        let (limb, shift) = ((place / LIMB_BITS) as usize, place % LIMB_BITS);
        if self.additions == 1 << 30 {
            self.carry();
        }
        self.additions += 1;
        let start = self.touch(limb, limb + 3);
        let wide = u128::from(mantissa) << shift;
        for (k, limb) in self.limbs[start..start + 3].iter_mut().enumerate() {
            let part = i64::from(u32::try_from(wide >> (32 * k) & 0xffff_ffff).unwrap_or(0));
            *limb += if value.is_sign_negative() { -part } else { part };
        }
    }

    /// The sum, rounded to the nearest float, half to even.
    pub fn value(&self) -> f64 {
        if self.nans > 0 || self.infinities.iter().all(|count| *count > 0) {
            return f64::NAN;
        }
        if let Some(sign) = self.infinities.iter().position(|count| *count > 0) {
            return [f64::INFINITY, f64::NEG_INFINITY][sign];
        }
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.limbs.last().is_some_and(|top| *top < 0);
        if negative {
            sum.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            sum.carry();
        }
        let Some(top) = sum.limbs.iter().rposition(|limb| *limb != 0) else {
            return 0.0;
        };
        // Three limbs hold more bits than a float; all beneath only breaks ties.
        let lowest = top.saturating_sub(2);
        let digits = sum.limbs[lowest..=top]
            .iter()
            .rev()
            .fold(0_u128, |wide, limb| wide << LIMB_BITS | u128::from(limb.cast_unsigned()));
        let rest = sum.limbs[..lowest].iter().any(|limb| *limb != 0);
        #[expect(clippy::cast_precision_loss, reason = "this is the one rounding")]
        let rounded = (digits | u128::from(rest)) as f64;
        let places = i32::try_from((sum.first + lowest) * LIMB_BITS as usize).unwrap_or(i32::MAX);
        let value = scale(rounded, places.saturating_add(LEAST_EXPONENT));
        if negative { -value } else { value }
    }

    /// Floats, the greatest first, that add up to the sum: few, unless it is spread widely.
    pub(super) fn parts(&self) -> Vec<f64> {
        let mut rest = self.clone();
        let mut parts = Vec::new();
        loop {
            let part = rest.value();
            if part == 0.0 {
                return parts;
            }
            parts.push(part);
            if !part.is_finite() {
                return parts;
            }
            rest.add(-part);
        }
    }

    /// Makes the limbs from `from` to `to` present; returns where the first of them is kept.
    fn touch(&mut self, from: usize, to: usize) -> usize {
        if self.limbs.is_empty() {
            self.first = from;
        }
        if from < self.first {
            self.limbs.splice(0..0, std::iter::repeat_n(0, self.first - from));
            self.first = from;
        }
        if to > self.first + self.limbs.len() {
            self.limbs.resize(to - self.first, 0);
        }
        from - self.first
    }

    /// Passes carries on: all limbs but the last are then from 0 to 2^32 - 1, and the last has the sign.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limbs {
            let value = *limb + carry;
            *limb = value & LOW;
            carry = value >> LIMB_BITS;
        }
        while carry != 0 && carry != -1 {
            self.limbs.push(carry & LOW);
            carry >>= LIMB_BITS;
        }
        if carry == -1
            && let Some(top) = self.limbs.last_mut()
        {
            *top -= 1 << LIMB_BITS;
        }
        self.additions = 0;
    }
}

/// `value` times two to the power of `exponent`, in steps that a float can hold.
fn scale(value: f64, exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(u64::try_from(exponent + 1023).unwrap_or(0) << 52);
    if exponent < -1022 {
        // 2^-1074 itself is below the normal floats; a multiple of it needs no rounding.
        value * f64::from_bits(1 << (exponent - LEAST_EXPONENT))
    } else if exponent > 1023 {
        value * power(1023) * power((exponent - 1023).min(1023))
    } else {
        value * power(exponent)
    }
}

impl Summary for ExactSum {
    fn encode(&self, out: &mut Encoder) {
        let mut sum = self.clone();
        sum.carry();
        out.number(sum.first as u64);
        out.number(sum.limbs.len() as u64);
        for limb in &sum.limbs {
            out.signed(*limb);
        }
        for count in [sum.infinities[0], sum.infinities[1], sum.nans] {
            out.number(count);
        }
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        let first = usize::try_from(bytes.number()?).unwrap_or(0);
        let limbs = (0..bytes.number()?).map(|_| bytes.signed()).collect::<Result<_>>()?;
        let infinities = [bytes.number()?, bytes.number()?];
        Ok(Self { first, limbs, additions: 0, infinities, nans: bytes.number()? })
    }

    fn merge(&mut self, mut other: Self) {
        self.carry();
        other.carry();
        if !other.limbs.is_empty() {
            let start = self.touch(other.first, other.first + other.limbs.len());
            self.limbs[start..].iter_mut().zip(&other.limbs).for_each(|(mine, other)| *mine += other);
        }
        self.additions = 2;
        self.nans += other.nans;
        self.infinities[0] += other.infinities[0];
        self.infinities[1] += other.infinities[1];
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    #![expect(clippy::float_cmp, reason = "the sums are exact")]

    use super::*;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for value in values {
            sum.add(*value);
        }
        sum
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        assert_eq!(sum(&[1e308, 1e308, -1e308, -1e308, 1.0]).value(), 1.0);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[1e16, 1.0, 1e-16]).value(), 10_000_000_000_000_002.0);
        assert_eq!(sum(&[1e16, 1.0]).value(), 1e16);
        assert_eq!(sum(&[-1e16, -1.0, -1e-16]).value(), -10_000_000_000_000_002.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
        assert_eq!(sum(&[5e-324, 5e-324]).value(), 1e-323);
        assert_eq!(sum(&[]).value(), 0.0);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).value().is_nan());
        assert_eq!(sum(&[f64::NEG_INFINITY, 1.0]).value(), f64::NEG_INFINITY);
    }

    #[test]
    fn the_parts_are_the_sum() {
        assert_eq!(sum(&[1e16, 1.5]).parts(), [10_000_000_000_000_002.0, -0.5]);
        assert_eq!(sum(&[-1.5]).parts(), [-1.5]);
        assert!(sum(&[1.0, -1.0]).parts().is_empty());
        assert_eq!(sum(&[f64::MAX, f64::MAX]).parts(), [f64::INFINITY]);
    }

    proptest! {
        #[test]
        fn one_value_and_the_sum_of_two_are_as_the_machine_rounds(
            a in any::<f64>().prop_filter("finite", |x| x.is_finite()),
            b in any::<f64>().prop_filter("finite", |x| x.is_finite()),
        ) {
            prop_assert_eq!(sum(&[a]).value(), a + 0.0);
            prop_assert_eq!(sum(&[a, b]).value(), a + b);
            prop_assert_eq!(sum(&[a, b, -a]).value(), b + 0.0);
        }

        #[test]
        fn parts_don_t_matter(values in prop::collection::vec(-1e18..1e18_f64, 0..40), cut in 0..40_usize) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut out = Encoder::default();
            sum(right).encode(&mut out);
            let mut parts = ExactSum::decode(&mut Decoder::new(&out.finish())).unwrap();
            parts.merge(sum(left));
            prop_assert_eq!(parts.value().to_bits(), sum(&values).value().to_bits());
        }
    }
}
