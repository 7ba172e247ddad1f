//! The narrowest type that holds the values of two.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

/// Where two types meet that no type holds.
#[derive(Debug, PartialEq)]
pub(super) struct Clash {
    /// From the column down, as in `.zip` of a column `address`; empty for the column itself.
    pub(super) path: String,
    pub(super) one: DataType,
    pub(super) other: DataType,
}

impl Clash {
    fn below(self, name: &str) -> Self {
        Self { path: format!(".{name}{}", self.path), ..self }
    }
}

/// Numbers become wider numbers, days become times, other scalars text, and structs get the fields of both by name.
/// Where nested types meet others there is none.
pub(super) fn widen(one: &DataType, other: &DataType) -> Result<DataType, Clash> {
    use DataType::{FixedSizeList, List, Map, Null, Struct};
    let clash = || Clash { path: String::new(), one: one.clone(), other: other.clone() };
    match (one, other) {
        _ if one == other => Ok(one.clone()),
        (Null, known) | (known, Null) => Ok(known.clone()),
        (Struct(fields), Struct(others)) if by_name(fields) && by_name(others) => {
            merge(fields, others).map(Struct)
        }
        (FixedSizeList(item, size), FixedSizeList(others, size_of_other)) if size == size_of_other => {
            Ok(FixedSizeList(field(item, others)?, *size))
        }
        (List(item) | FixedSizeList(item, _), List(others) | FixedSizeList(others, _)) => {
            Ok(List(field(item, others)?))
        }
        (Map(entries, sorted), Map(others, sorted_other)) => {
            Ok(Map(map_entries(entries, others).ok_or_else(clash)??, *sorted && *sorted_other))
        }
        _ => scalar(one, other).ok_or_else(clash),
    }
}

/// Whether names tell the fields apart.
fn by_name(fields: &Fields) -> bool {
    fields
        .iter()
        .enumerate()
        .all(|(index, field)| fields.find(field.name()).is_some_and(|found| found.0 == index))
}

/// The fields of both, in the order in which they are met.
fn merge(fields: &Fields, others: &Fields) -> Result<Fields, Clash> {
    let optional = |field: &FieldRef| Arc::new(Field::clone(field).with_nullable(true));
    let known = fields.iter().map(|one| match others.find(one.name()) {
        Some((_, other)) => field(one, other).map_err(|clash| clash.below(one.name())),
        None => Ok(optional(one)),
    });
    let more = others.iter().filter(|other| fields.find(other.name()).is_none());
    known.chain(more.map(|other| Ok(optional(other)))).collect()
}

/// What holds the values of both within another type, where text and bytes are plain.
fn field(one: &FieldRef, other: &FieldRef) -> Result<FieldRef, Clash> {
    let data_type = etl_data::plain(&widen(one.data_type(), other.data_type())?);
    let nullable = one.is_nullable() || other.is_nullable();
    Ok(Arc::new(Field::clone(one).with_data_type(data_type).with_nullable(nullable)))
}

/// Keys and values by their places: writers name them differently. `None`: what should be entries is none.
fn map_entries(one: &FieldRef, other: &FieldRef) -> Option<Result<FieldRef, Clash>> {
    let (DataType::Struct(fields), DataType::Struct(others)) = (one.data_type(), other.data_type()) else {
        return None;
    };
    let both = fields.iter().zip(others).map(|(one, other)| field(one, other)).collect::<Result<Fields, _>>();
    Some(both.map(|fields| Arc::new(Field::clone(one).with_data_type(DataType::Struct(fields)))))
}

/// `None`: there is none.
fn scalar(one: &DataType, other: &DataType) -> Option<DataType> {
    let is_bytes = |data_type: &DataType| {
        data_type.is_binary() || matches!(data_type, DataType::BinaryView | DataType::FixedSizeBinary(_))
    };
    if [one, other].into_iter().any(|data_type| data_type.is_nested() || is_bytes(data_type)) {
        return None;
    }
    Some(number(one, other).or_else(|| time(one, other)).unwrap_or(DataType::Utf8View))
}

fn number(one: &DataType, other: &DataType) -> Option<DataType> {
    if !one.is_numeric() || !other.is_numeric() {
        return None;
    }
    if one.is_floating() || other.is_floating() {
        let narrow = |data_type: &DataType| matches!(data_type, DataType::Float16 | DataType::Float32);
        return Some(if narrow(one) && narrow(other) { DataType::Float32 } else { DataType::Float64 });
    }
    if one.is_integer() && other.is_integer() {
        return integer(one, other);
    }
    let (one, other) = (digits(one)?, digits(other)?);
    let scale = one.1.max(other.1);
    let before = (i16::from(one.0) - i16::from(one.1)).max(i16::from(other.0) - i16::from(other.1));
    let precision = u8::try_from(before + i16::from(scale)).ok()?;
    match precision {
        1..=38 => Some(DataType::Decimal128(precision, scale)),
        39..=76 => Some(DataType::Decimal256(precision, scale)),
        _ => None,
    }
}

/// Beyond 64 bits there is none: numbers would lose digits as floats.
fn integer(one: &DataType, other: &DataType) -> Option<DataType> {
    let bits = |data_type: &DataType| {
        let bits = data_type.primitive_width().unwrap_or(8) * 8;
        // A sign takes a bit, which an unsigned number needs.
        (data_type.is_signed_integer(), bits)
    };
    let ((signed, bits_one), (signed_other, bits_other)) = (bits(one), bits(other));
    let needed = match (signed, signed_other) {
        (true, true) | (false, false) => bits_one.max(bits_other),
        (true, false) => bits_one.max(bits_other * 2),
        (false, true) => bits_other.max(bits_one * 2),
    };
    match (signed || signed_other, needed) {
        (true, 16) => Some(DataType::Int16),
        (true, 32) => Some(DataType::Int32),
        (true, 64) => Some(DataType::Int64),
        (false, 16) => Some(DataType::UInt16),
        (false, 32) => Some(DataType::UInt32),
        (false, 64) => Some(DataType::UInt64),
        _ => None,
    }
}

/// Digits in all, and how many of them after the point.
fn digits(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((*precision, *scale)),
        DataType::Int8 | DataType::UInt8 => Some((3, 0)),
        DataType::Int16 | DataType::UInt16 => Some((5, 0)),
        DataType::Int32 | DataType::UInt32 => Some((10, 0)),
        DataType::Int64 => Some((19, 0)),
        DataType::UInt64 => Some((20, 0)),
        _ => None,
    }
}

fn time(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType::{Date32, Date64, Duration, Time32, Time64, Timestamp};
    Some(match (one, other) {
        (Date32, Date64) | (Date64, Date32) => Date64,
        (Date32 | Date64, Timestamp(unit, None)) | (Timestamp(unit, None), Date32 | Date64) => {
            Timestamp(finer(*unit, TimeUnit::Millisecond), None)
        }
        (Timestamp(one, zone), Timestamp(other, zone_of_other)) if zone == zone_of_other => {
            Timestamp(finer(*one, *other), zone.clone())
        }
        (Duration(one), Duration(other)) => Duration(finer(*one, *other)),
        (Time32(one) | Time64(one), Time32(other) | Time64(other)) => match finer(*one, *other) {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => Time32(unit),
            unit => Time64(unit),
        },
        _ => return None,
    })
}

fn finer(one: TimeUnit, other: TimeUnit) -> TimeUnit {
    one.max(other)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::widen;
    use crate::source::types::{data_type, type_name};

    #[test]
    fn the_narrowest_type_that_holds_both() {
        for (one, other, both) in [
            ("int8", "int8", "int8"),
            ("null", "bool", "bool"),
            ("int8", "int32", "int32"),
            ("uint8", "int8", "int16"),
            ("uint32", "int8", "int64"),
            ("uint64", "int8", "utf8"),
            ("int64", "float32", "float64"),
            ("float32", "float16", "float32"),
            ("int64", "decimal(10, 2)", "decimal(21, 2)"),
            ("decimal(38, 2)", "decimal(38, 10)", "decimal(46, 10)"),
            ("decimal(10, 2)", "float64", "float64"),
            ("date32", "timestamp[s]", "timestamp[ms]"),
            ("date32", "timestamp[us, UTC]", "utf8"),
            ("timestamp[us, UTC]", "timestamp[ns, UTC]", "timestamp[ns, UTC]"),
            ("time32[s]", "time64[ns]", "time64[ns]"),
            ("bool", "int8", "utf8"),
            ("utf8", "float64", "utf8"),
        ] {
            let types = (data_type(one).unwrap(), data_type(other).unwrap());
            let found = widen(&types.0, &types.1).unwrap();
            assert_eq!(type_name(&found), both, "{one} and {other}");
            assert_eq!(widen(&types.1, &types.0), Ok(found), "{other} and {one}");
        }
        widen(&data_type("binary").unwrap(), &data_type("utf8").unwrap()).unwrap_err();
    }
}
