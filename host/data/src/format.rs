//! Type trees as flat lists with Arrow C data interface format strings.
//!
//! Source of the strings: <https://arrow.apache.org/docs/format/CDataInterface.html#data-type-description-format-strings>.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, IntervalUnit, Schema, TimeUnit};

use crate::{DataError, plain};

/// How deep a type tree may be: far beyond real schemas, far below what recursion can bear.
pub const MAX_DEPTH: usize = 32;

/// One node of a type tree, flattened depth-first: its `children` direct children follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatField {
    /// Column name, or the name within a struct.
    pub name: String,
    /// Arrow C data interface format string.
    pub format: String,
    /// Whether nulls may occur.
    pub nullable: bool,
    /// Direct children that follow.
    pub children: u32,
    /// Key-value metadata of the field.
    pub metadata: Vec<(String, String)>,
}

/// Flattens a field to the type tree of its base layout.
pub fn flatten(field: &Field) -> Result<Vec<FlatField>, DataError> {
    let mut out = Vec::with_capacity(1);
    push(field, 0, &mut out)?;
    Ok(out)
}

/// Flattens all fields of a schema, one after the other.
pub fn flatten_schema(schema: &Schema) -> Result<Vec<FlatField>, DataError> {
    let mut out = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        push(field, 0, &mut out)?;
    }
    Ok(out)
}

fn push(field: &Field, depth: usize, out: &mut Vec<FlatField>) -> Result<(), DataError> {
    if depth >= MAX_DEPTH {
        return Err(too_deep());
    }
    let data_type = plain(field.data_type());
    let children: Vec<&Field> = match &data_type {
        DataType::List(item) | DataType::FixedSizeList(item, _) | DataType::Map(item, _) => vec![item],
        DataType::Struct(fields) => fields.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    };
    let mut metadata: Vec<_> = field.metadata().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    metadata.sort_unstable();
    out.push(FlatField {
        name: field.name().clone(),
        format: format_of(&data_type)?,
        nullable: field.is_nullable(),
        children: u32::try_from(children.len()).map_err(|_| too_deep())?,
        metadata,
    });
    children.into_iter().try_for_each(|child| push(child, depth + 1, out))
}

/// Rebuilds the fields of a flattened schema.
pub fn unflatten(flat: &[FlatField]) -> Result<Vec<Field>, DataError> {
    let mut rest = flat;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        fields.push(pull(&mut rest, 0)?);
    }
    Ok(fields)
}

fn pull(rest: &mut &[FlatField], depth: usize) -> Result<Field, DataError> {
    if depth >= MAX_DEPTH {
        return Err(too_deep());
    }
    let (first, tail) = rest.split_first().ok_or_else(|| bad_type("a child is missing"))?;
    *rest = tail;
    if first.children as usize > rest.len() {
        return Err(bad_type(format!(
            "`{}` says {} children, {} follow",
            first.name,
            first.children,
            rest.len()
        )));
    }
    let children =
        (0..first.children).map(|_| pull(rest, depth + 1)).collect::<Result<Vec<Field>, DataError>>()?;
    let field = Field::new(&first.name, data_type_of(&first.format, children)?, first.nullable);
    Ok(field.with_metadata(first.metadata.iter().cloned().collect()))
}

fn too_deep() -> DataError {
    bad_type(format!("it is nested more than {MAX_DEPTH} deep"))
}

fn bad_type(reason: impl Into<String>) -> DataError {
    DataError::BadType { reason: reason.into() }
}

/// The letters of the types that have neither parameters nor children.
const FIXED: &[(&str, DataType)] = &[
    ("n", DataType::Null),
    ("b", DataType::Boolean),
    ("c", DataType::Int8),
    ("C", DataType::UInt8),
    ("s", DataType::Int16),
    ("S", DataType::UInt16),
    ("i", DataType::Int32),
    ("I", DataType::UInt32),
    ("l", DataType::Int64),
    ("L", DataType::UInt64),
    ("e", DataType::Float16),
    ("f", DataType::Float32),
    ("g", DataType::Float64),
    ("z", DataType::Binary),
    ("u", DataType::Utf8),
    ("tdD", DataType::Date32),
    ("tdm", DataType::Date64),
    ("tts", DataType::Time32(TimeUnit::Second)),
    ("ttm", DataType::Time32(TimeUnit::Millisecond)),
    ("ttu", DataType::Time64(TimeUnit::Microsecond)),
    ("ttn", DataType::Time64(TimeUnit::Nanosecond)),
    ("tDs", DataType::Duration(TimeUnit::Second)),
    ("tDm", DataType::Duration(TimeUnit::Millisecond)),
    ("tDu", DataType::Duration(TimeUnit::Microsecond)),
    ("tDn", DataType::Duration(TimeUnit::Nanosecond)),
    ("tiM", DataType::Interval(IntervalUnit::YearMonth)),
    ("tiD", DataType::Interval(IntervalUnit::DayTime)),
    ("tin", DataType::Interval(IntervalUnit::MonthDayNano)),
];

fn format_of(data_type: &DataType) -> Result<String, DataError> {
    if let Some((format, _)) = FIXED.iter().find(|(_, fixed)| fixed == data_type) {
        return Ok((*format).to_owned());
    }
    Ok(match data_type {
        DataType::Timestamp(unit, zone) => {
            let letter = match unit {
                TimeUnit::Second => 's',
                TimeUnit::Millisecond => 'm',
                TimeUnit::Microsecond => 'u',
                TimeUnit::Nanosecond => 'n',
            };
            format!("ts{letter}:{}", zone.as_deref().unwrap_or(""))
        }
        DataType::Decimal128(precision, scale) => format!("d:{precision},{scale}"),
        DataType::Decimal32(precision, scale) => format!("d:{precision},{scale},32"),
        DataType::Decimal64(precision, scale) => format!("d:{precision},{scale},64"),
        DataType::Decimal256(precision, scale) => format!("d:{precision},{scale},256"),
        DataType::FixedSizeBinary(width) => format!("w:{width}"),
        DataType::List(_) => "+l".to_owned(),
        DataType::FixedSizeList(_, size) => format!("+w:{size}"),
        DataType::Struct(_) => "+s".to_owned(),
        DataType::Map(_, _) => "+m".to_owned(),
        other => return Err(DataError::UnknownFormat { format: other.to_string() }),
    })
}

/// The type that a format string and its children name.
fn data_type_of(format: &str, children: Vec<Field>) -> Result<DataType, DataError> {
    let unknown = || DataError::UnknownFormat { format: format.to_owned() };
    if let Some(nested) = format.strip_prefix('+') {
        return nested_type_of(nested, children)
            .ok_or_else(|| bad_type(format!("`{format}` with wrong children")));
    }
    if !children.is_empty() {
        return Err(bad_type(format!("`{format}` can't have children")));
    }
    if let Some((_, fixed)) = FIXED.iter().find(|(name, _)| *name == format) {
        return Ok(fixed.clone());
    }
    let (kind, parameter) = format.split_once(':').ok_or_else(unknown)?;
    Ok(match kind {
        "tss" | "tsm" | "tsu" | "tsn" => {
            let unit = match kind {
                "tss" => TimeUnit::Second,
                "tsm" => TimeUnit::Millisecond,
                "tsu" => TimeUnit::Microsecond,
                _ => TimeUnit::Nanosecond,
            };
            DataType::Timestamp(unit, (!parameter.is_empty()).then(|| Arc::from(parameter)))
        }
        "w" => DataType::FixedSizeBinary(width(parameter).ok_or_else(unknown)?),
        "d" => decimal_of(parameter).ok_or_else(unknown)?,
        _ => return Err(unknown()),
    })
}

fn nested_type_of(format: &str, children: Vec<Field>) -> Option<DataType> {
    let mut children = children.into_iter().map(Arc::new);
    Some(match format {
        "s" => DataType::Struct(children.collect::<Fields>()),
        "l" => DataType::List(only(children)?),
        "m" => {
            let entries = only(children)?;
            match entries.data_type() {
                DataType::Struct(fields)
                    if fields.len() == 2 && !entries.is_nullable() && !fields[0].is_nullable() =>
                {
                    DataType::Map(entries, false)
                }
                _ => return None,
            }
        }
        _ => {
            let size = width(format.strip_prefix("w:")?)?;
            let item = children.next()?;
            (children.len() == 0).then_some(DataType::FixedSizeList(item, size))?
        }
    })
}

fn only<T>(mut items: impl ExactSizeIterator<Item = T>) -> Option<T> {
    if items.len() == 1 { items.next() } else { None }
}

/// A byte width or list size: the specification has no negative one, and zero hides the row count.
fn width(text: &str) -> Option<i32> {
    text.parse().ok().filter(|width| *width > 0)
}

/// Far below any use. Arrow's casts subtract two scales in 8 bits, and the highest is 76.
const LOWEST_SCALE: i8 = -38;

fn decimal_of(parameter: &str) -> Option<DataType> {
    let mut parts = parameter.split(',');
    let precision: u8 = parts.next()?.parse().ok()?;
    let scale: i8 = parts.next()?.parse().ok()?;
    let bits = parts.next().unwrap_or("128");
    if parts.next().is_some()
        || precision == 0
        || i16::from(scale) > i16::from(precision)
        || scale < LOWEST_SCALE
    {
        return None;
    }
    let (limit, data_type) = match bits {
        "32" => (9, DataType::Decimal32(precision, scale)),
        "64" => (18, DataType::Decimal64(precision, scale)),
        "128" => (38, DataType::Decimal128(precision, scale)),
        "256" => (76, DataType::Decimal256(precision, scale)),
        _ => return None,
    };
    (precision <= limit).then_some(data_type)
}
