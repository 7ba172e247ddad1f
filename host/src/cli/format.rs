//! Numbers as people read them.

use std::time::Duration;

/// `1,234,567`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `512 B`, `1.5 kB`, `12.3 MB`.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1e3, 0);
    // From here on one decimal rounds up to the next unit.
    while size >= 999.95 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1e3, unit + 1);
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// `0.4 ms`, `12.3 ms`, `1.24 s`, `3 min 05 s`.
pub(crate) fn milliseconds(milliseconds: f64) -> String {
    match milliseconds {
        time if time < 999.95 => format!("{time:.1} ms"),
        time if time < 59_995.0 => format!("{:.2} s", time / 1e3),
        time => {
            let seconds = (time / 1e3).round();
            format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), seconds % 60.0)
        }
    }
}

/// Bytes of a second, as `12.3 MB/s`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "one decimal is shown, and both are positive"
)]
pub(crate) fn rate(amount: u64, time: Duration) -> String {
    let per_second = amount as f64 / time.as_secs_f64().max(0.001);
    format!("{}/s", bytes(per_second as u64))
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, milliseconds, rate};
    use std::time::Duration;

    #[test]
    fn counts_have_separators() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn sizes_have_the_largest_unit_that_fits() {
        let sizes = [0, 999, 1000, 999_949, 999_950, 12_345_678, u64::MAX];
        let shown = ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "12.3 MB", "18446.7 PB"];
        assert_eq!(sizes.map(bytes), shown);
    }

    #[test]
    fn times_have_the_unit_that_reads_best() {
        let times = [0.0, 0.44, 999.94, 999.95, 59_994.9, 59_995.0, 185_000.0];
        let shown = ["0.0 ms", "0.4 ms", "999.9 ms", "1.00 s", "59.99 s", "1 min 00 s", "3 min 05 s"];
        assert_eq!(times.map(milliseconds), shown);
    }

    #[test]
    fn a_rate_of_no_time_is_no_division_by_zero() {
        assert_eq!(rate(1_000_000, Duration::from_millis(500)), "2.0 MB/s");
        assert_eq!(rate(0, Duration::ZERO), "0 B/s");
    }
}
