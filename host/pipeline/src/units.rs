//! Sizes and times with their units.

/// Bytes of a size such as `256MiB`; otherwise what is wrong with it.
pub fn bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("B", 1),
        ("kB", 1_000),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
    ];
    quantity(text, &units)
}

/// Milliseconds of a time such as `30s`; otherwise what is wrong with it.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    quantity(text, &[("ms", 1), ("s", 1_000), ("m", 60_000), ("min", 60_000), ("h", 3_600_000)])
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err("a whole number comes first".into());
    }
    let unit = unit.trim_start();
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(if unit.is_empty() {
            "the unit is missing".into()
        } else {
            format!("unknown unit `{unit}`")
        });
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor)) {
        Some(0) => Err("more than nothing is needed".into()),
        Some(quantity) => Ok(quantity),
        None => Err("too much".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, milliseconds};

    #[test]
    fn a_quantity_is_a_number_and_a_unit() {
        assert_eq!(bytes("256MiB"), Ok(256 << 20));
        assert_eq!(bytes("2 GB"), Ok(2_000_000_000));
        assert_eq!(milliseconds("30s"), Ok(30_000));
        assert_eq!(milliseconds("2h"), Ok(7_200_000));
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        assert_eq!(bytes("256"), Err("the unit is missing".into()));
        assert_eq!(bytes("MiB"), Err("a whole number comes first".into()));
        assert_eq!(bytes("-1MiB"), Err("a whole number comes first".into()));
        assert_eq!(bytes("1.5MiB"), Err("unknown unit `.5MiB`".into()));
        assert_eq!(bytes("0MiB"), Err("more than nothing is needed".into()));
        assert_eq!(bytes("99999999999GiB"), Err("too much".into()));
        assert_eq!(milliseconds("30 sec"), Err("unknown unit `sec`".into()));
    }
}
