//! Exact sums of squares, and what they say of the spread.

use super::{Decoder, Encoder, ExactSum, Summary};
use crate::Result;

/// The exact sum of the squares of any number of floats. With the [`ExactSum`] of the same floats it
/// gives their standard deviation, rounded only at the end, whatever their order.
///
/// Exact are squares that a float can hold: of magnitudes from about 1e-145 to 1e154.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SquareSum(ExactSum);

impl SquareSum {
    /// Adds the square of a value.
    pub fn add(&mut self, value: f64) {
        add_product(&mut self.0, value, value);
    }

    /// The standard deviation of the sample of `count` values that `sum` is of: with `count - 1` as the
    /// divisor. `None` for less than two values; NaN where the squares are too great.
    pub fn sample_deviation(&self, sum: &ExactSum, count: u64) -> Option<f64> {
        if count < 2 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "2^53 rows would take years")]
        let count = count as f64;
        let mean = sum.value() / count;
        if !mean.is_finite() || !self.0.value().is_finite() {
            return Some(f64::NAN);
        }
        // Σ(x - m)² = Σx² - 2m Σx + n m², without rounding for any m.
        let mut spread = self.0.clone();
        for part in sum.parts() {
            add_product(&mut spread, -2.0 * mean, part);
        }
        let (square, rest) = product(mean, mean);
        add_product(&mut spread, count, square);
        add_product(&mut spread, count, rest);
        // The mean was rounded to m: what Σ(x - m) is instead of 0 adds its square, divided by n.
        let mut off = sum.clone();
        add_product(&mut off, -count, mean);
        let off = off.value();
        let spread = (spread.value() - off * off / count).max(0.0);
        Some((spread / (count - 1.0)).sqrt())
    }
}

impl Summary for SquareSum {
    fn encode(&self, out: &mut Encoder) {
        self.0.encode(out);
    }

    fn decode(bytes: &mut Decoder<'_>) -> Result<Self> {
        ExactSum::decode(bytes).map(Self)
    }

    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

fn add_product(sum: &mut ExactSum, left: f64, right: f64) {
    let (high, low) = product(left, right);
    sum.add(high);
    if high.is_finite() {
        sum.add(low);
    }
}

/// A product as the nearest float and what that lacks (Dekker's method: Wasm has no fused
/// multiplication and addition).
fn product(left: f64, right: f64) -> (f64, f64) {
    let high = left * right;
    let ((a, b), (c, d)) = (halves(left), halves(right));
    (high, ((a * c - high) + a * d + b * c) + b * d)
}

/// A float as two with half of the digits each.
fn halves(value: f64) -> (f64, f64) {
    const SPLITTER: f64 = 134_217_729.0; // 2^27 + 1
    let wide = SPLITTER * value;
    let high = wide - (wide - value);
    (high, value - high)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use proptest::prelude::*;

    fn sums(values: &[f64]) -> (SquareSum, ExactSum) {
        let mut sums = (SquareSum::default(), ExactSum::default());
        for value in values {
            sums.0.add(*value);
            sums.1.add(*value);
        }
        sums
    }

    fn deviation(values: &[f64]) -> Option<f64> {
        let (squares, sum) = sums(values);
        squares.sample_deviation(&sum, values.len() as u64)
    }

    #[test]
    fn nothing_cancels_out() {
        assert_eq!(deviation(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]), Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!(deviation(&[1e15, 1e15 + 1.0, 1e15 + 2.0]), Some(1.0));
        assert_eq!(deviation(&[0.1; 3]), Some(0.0));
        let least = f64::EPSILON;
        assert_eq!(deviation(&[1.0, 1.0 + least]), Some((least * least / 2.0).sqrt()));
        assert_eq!((deviation(&[]), deviation(&[1.0])), (None, None));
        assert!(deviation(&[1.0, f64::INFINITY]).unwrap().is_nan());
        assert!(deviation(&[1.0, 1e200]).unwrap().is_nan());
    }

    proptest! {
        #[test]
        fn parts_don_t_matter(values in prop::collection::vec(-1e9..1e9_f64, 2..40), cut in 0..40_usize) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let ((left, left_sum), (right, right_sum)) = (sums(left), sums(right));
            let mut out = Encoder::default();
            right.encode(&mut out);
            let mut squares = SquareSum::decode(&mut Decoder::new(&out.finish())).unwrap();
            squares.merge(left);
            let mut sum = right_sum;
            sum.merge(left_sum);
            let parts = squares.sample_deviation(&sum, values.len() as u64).unwrap();
            prop_assert_eq!(parts.to_bits(), deviation(&values).unwrap().to_bits());
            let count = f64::from(u32::try_from(values.len()).unwrap());
            let mean = values.iter().sum::<f64>() / count;
            let plain = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
            prop_assert!((parts - plain).abs() <= plain * 1e-9, "{parts} is not {plain}");
        }
    }
}
