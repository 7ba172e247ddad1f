//! Names of data types, as pipeline.toml writes them.

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};

const PLAIN: &[(&str, DataType)] = &[
    ("null", DataType::Null),
    ("bool", DataType::Boolean),
    ("int8", DataType::Int8),
    ("int16", DataType::Int16),
    ("int32", DataType::Int32),
    ("int64", DataType::Int64),
    ("uint8", DataType::UInt8),
    ("uint16", DataType::UInt16),
    ("uint32", DataType::UInt32),
    ("uint64", DataType::UInt64),
    ("float16", DataType::Float16),
    ("float32", DataType::Float32),
    ("float64", DataType::Float64),
    ("utf8", DataType::Utf8View),
    ("binary", DataType::BinaryView),
    ("date32", DataType::Date32),
    ("date64", DataType::Date64),
    ("time32[s]", DataType::Time32(TimeUnit::Second)),
    ("time32[ms]", DataType::Time32(TimeUnit::Millisecond)),
    ("time64[us]", DataType::Time64(TimeUnit::Microsecond)),
    ("time64[ns]", DataType::Time64(TimeUnit::Nanosecond)),
    ("duration[s]", DataType::Duration(TimeUnit::Second)),
    ("duration[ms]", DataType::Duration(TimeUnit::Millisecond)),
    ("duration[us]", DataType::Duration(TimeUnit::Microsecond)),
    ("duration[ns]", DataType::Duration(TimeUnit::Nanosecond)),
];

/// The type that a name stands for, text and bytes as views; `None`: there is no such type.
pub(crate) fn data_type(name: &str) -> Option<DataType> {
    let name = name.trim();
    if let Some((_, plain)) = PLAIN.iter().find(|(known, _)| *known == name) {
        return Some(plain.clone());
    }
    if let Some(parameters) = within(name, "timestamp[", ']') {
        let (unit, zone) = match parameters.split_once(',') {
            Some((unit, zone)) => (unit.trim(), Some(zone.trim())),
            None => (parameters.trim(), None),
        };
        if zone == Some("") {
            return None;
        }
        let unit = match unit {
            "s" => TimeUnit::Second,
            "ms" => TimeUnit::Millisecond,
            "us" => TimeUnit::Microsecond,
            "ns" => TimeUnit::Nanosecond,
            _ => return None,
        };
        return Some(DataType::Timestamp(unit, zone.map(Arc::from)));
    }
    let (precision, scale) = within(name, "decimal(", ')')?.split_once(',')?;
    let (precision, scale) = (precision.trim().parse::<u8>().ok()?, scale.trim().parse::<i8>().ok()?);
    let fits = i16::from(scale) <= i16::from(precision);
    match precision {
        1..=38 if fits => Some(DataType::Decimal128(precision, scale)),
        39..=76 if fits => Some(DataType::Decimal256(precision, scale)),
        _ => None,
    }
}

fn within<'a>(name: &'a str, open: &str, close: char) -> Option<&'a str> {
    name.strip_prefix(open)?.strip_suffix(close)
}

/// The name of a type, as [`data_type`] reads it; of nested types as Arrow writes them.
pub(crate) fn type_name(data_type: &DataType) -> String {
    let plain = etl_data::canonical(data_type);
    if let Some((name, _)) = PLAIN.iter().find(|(_, known)| *known == plain) {
        return (*name).to_owned();
    }
    match &plain {
        DataType::Timestamp(unit, zone) => {
            let unit = match unit {
                TimeUnit::Second => "s",
                TimeUnit::Millisecond => "ms",
                TimeUnit::Microsecond => "us",
                TimeUnit::Nanosecond => "ns",
            };
            zone.as_ref()
                .map_or_else(|| format!("timestamp[{unit}]"), |zone| format!("timestamp[{unit}, {zone}]"))
        }
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision}, {scale})"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let decimals = ["decimal(38, 10)", "decimal(76, 0)", "decimal(5, -2)"];
        let stamps =
            ["timestamp[s]", "timestamp[us, UTC]", "timestamp[ns, Europe/Berlin]", "timestamp[ms, +02:00]"];
        for name in PLAIN.iter().map(|(name, _)| *name).chain(decimals).chain(stamps) {
            assert_eq!(data_type(name).as_ref().map(type_name).as_deref(), Some(name));
        }
    }

    #[test]
    fn unknown_names_are_none() {
        for name in [
            "",
            "int",
            "timestamp",
            "timestamp[m]",
            "timestamp[us, ]",
            "decimal(0, 0)",
            "decimal(77, 1)",
            "decimal(3, 4)",
        ] {
            assert_eq!(data_type(name), None, "{name}");
        }
    }
}
