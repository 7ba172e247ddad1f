//! From a guest's buffers to an Arrow array: nothing becomes one unchecked.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray, cast::AsArray, make_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::{ArrayData, ArrayDataBuilder};
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};

use crate::{ColumnData, DataError, FlatField, Node, canonical, unflatten};

/// Longest column that no bytes stand behind, one of nulls for one: it costs a guest nothing to make,
/// and the host much to work on.
pub const MAX_EMPTY_ROWS: u32 = 1 << 24;

/// Buffers of Arrow's own making end in up to this many bytes of padding.
const PADDING: usize = 64;

/// Builds the column of one type tree. Checks the number and length of all buffers, offsets, null
/// counts, UTF-8 and the lengths of children, and re-aligns what is not aligned for its type. Text
/// and bytes become views over the same memory.
pub fn array_from_data(flat: &[FlatField], data: ColumnData<Vec<u8>>) -> Result<ArrayRef, DataError> {
    let mut fields = unflatten(flat)?;
    let (Some(field), true) = (fields.pop(), fields.is_empty()) else {
        return Err(DataError::BadType { reason: "a column has one root field".to_owned() });
    };
    let mut nodes = data.nodes.into_iter();
    let mut buffers = data.buffers.into_iter();
    let array = make_array(pull(&field, &mut nodes, &mut buffers)?);
    if nodes.len() > 0 || buffers.len() > 0 {
        let reason = format!("{} nodes and {} buffers too many", nodes.len(), buffers.len());
        return Err(DataError::BadBuffers { data_type: field.data_type().clone(), reason });
    }
    let layout = canonical(field.data_type());
    Ok(if &layout == field.data_type() { array } else { arrow_cast::cast(&array, &layout)? })
}

fn pull(
    field: &Field,
    nodes: &mut std::vec::IntoIter<Node>,
    buffers: &mut std::vec::IntoIter<Vec<u8>>,
) -> Result<ArrayData, DataError> {
    let data_type = field.data_type();
    let bad = |reason: String| DataError::BadBuffers { data_type: data_type.clone(), reason };
    let node = nodes.next().ok_or_else(|| bad("a node is missing".to_owned()))?;
    let mut next = |name: &str| buffers.next().ok_or_else(|| bad(format!("the {name} buffer is missing")));
    let len = node.length as usize;
    let empty = match data_type {
        DataType::Null => true,
        DataType::Struct(fields) => fields.is_empty(),
        _ => false,
    };
    if empty && node.length > MAX_EMPTY_ROWS {
        return Err(bad(format!("{len} rows without a value are too many, at most {MAX_EMPTY_ROWS} can be")));
    }

    let validity = next("validity")?;
    let mut own = Vec::with_capacity(2);
    match data_type {
        DataType::Null | DataType::Struct(_) | DataType::FixedSizeList(_, _) => {}
        DataType::Utf8 | DataType::Binary => {
            let (offsets, end) = offsets(next("offsets")?, len).map_err(bad)?;
            own.extend([offsets, sized("values", next("values")?, end).map_err(bad)?]);
        }
        DataType::List(_) | DataType::Map(_, _) => own.push(offsets(next("offsets")?, len).map_err(bad)?.0),
        fixed => {
            let bytes = fixed_bytes(fixed, len).ok_or_else(|| bad("it is too long".to_owned()))?;
            own.push(sized("values", next("values")?, bytes).map_err(bad)?);
        }
    }
    let nulls = nulls_of(data_type, node, validity).map_err(bad)?;
    let mut pull = |child: &Field| match (child.data_type(), child.is_nullable()) {
        // Arrow counts no nulls in a column of nulls, and then kernels stumble over them.
        (DataType::Null, false) => Err(bad(format!("`{}` is all nulls, and may have none", child.name()))),
        _ => pull(child, nodes, buffers),
    };
    let children = match data_type {
        DataType::List(item) | DataType::Map(item, _) | DataType::FixedSizeList(item, _) => {
            vec![pull(item)?]
        }
        DataType::Struct(fields) => fields.iter().map(|child| pull(child)).collect::<Result<_, _>>()?,
        _ => Vec::new(),
    };
    let array = ArrayDataBuilder::new(data_type.clone())
        .len(len)
        .nulls(nulls)
        .buffers(own)
        .child_data(children)
        .align_buffers(true)
        .build()
        .map_err(|error| bad(message(error)))?;
    in_range(&array).map_err(|error| bad(message(error)))?;
    Ok(array)
}

/// What Arrow said, without the kind of error, which is always the same.
fn message(error: ArrowError) -> String {
    match error {
        ArrowError::InvalidArgumentError(message) => message,
        other => other.to_string(),
    }
}

/// Arrow lets a decimal have more digits than its type says, and a time lie beyond the day. Casts
/// overflow on both, and so does what reads the files they are written to.
fn in_range(array: &ArrayData) -> Result<(), ArrowError> {
    match array.data_type() {
        DataType::Decimal32(precision, scale) => digits_of::<Decimal32Type>(array, *precision, *scale),
        DataType::Decimal64(precision, scale) => digits_of::<Decimal64Type>(array, *precision, *scale),
        DataType::Decimal128(precision, scale) => digits_of::<Decimal128Type>(array, *precision, *scale),
        DataType::Decimal256(precision, scale) => digits_of::<Decimal256Type>(array, *precision, *scale),
        DataType::Time32(TimeUnit::Second) => within_day::<Time32SecondType>(array, 1),
        DataType::Time32(_) => within_day::<Time32MillisecondType>(array, 1_000),
        DataType::Time64(TimeUnit::Microsecond) => within_day::<Time64MicrosecondType>(array, 1_000_000),
        DataType::Time64(_) => within_day::<Time64NanosecondType>(array, 1_000_000_000),
        _ => Ok(()),
    }
}

/// What a cast made, if it is in the range of its type. What stands under a null does not count, and is made good.
pub(crate) fn ranged(array: ArrayRef) -> Result<ArrayRef, ArrowError> {
    if in_range(&array.to_data()).is_ok() {
        return Ok(array);
    }
    let array = match array.data_type() {
        DataType::Time32(TimeUnit::Second) => without_hidden::<Time32SecondType>(&array),
        DataType::Time32(_) => without_hidden::<Time32MillisecondType>(&array),
        DataType::Time64(TimeUnit::Microsecond) => without_hidden::<Time64MicrosecondType>(&array),
        DataType::Time64(_) => without_hidden::<Time64NanosecondType>(&array),
        _ => array,
    };
    in_range(&array.to_data())?;
    Ok(array)
}

fn without_hidden<T: ArrowPrimitiveType>(array: &dyn Array) -> ArrayRef {
    Arc::new(array.as_primitive::<T>().iter().collect::<PrimitiveArray<T>>())
}

/// A leap second makes the day one second longer. Under a null too, since a cast does not look at those.
fn within_day<T: ArrowPrimitiveType<Native: Into<i64>>>(
    array: &ArrayData,
    second: i64,
) -> Result<(), ArrowError> {
    let array = PrimitiveArray::<T>::from(array.clone());
    match array.values().iter().map(|time| (*time).into()).find(|time| !(0..=86_400 * second).contains(time))
    {
        Some(time) => Err(ArrowError::InvalidArgumentError(format!("the time {time} lies beyond the day"))),
        None => Ok(()),
    }
}

/// The array's own check refuses every negative scale.
fn digits_of<T: DecimalType>(array: &ArrayData, precision: u8, scale: i8) -> Result<(), ArrowError> {
    let array = PrimitiveArray::<T>::from(array.clone());
    array.iter().flatten().try_for_each(|value| T::validate_decimal_precision(value, precision, scale))
}

/// Bytes of the values of `len` rows, where each row has the same.
fn fixed_bytes(data_type: &DataType, len: usize) -> Option<usize> {
    match data_type {
        DataType::Boolean => Some(len.div_ceil(8)),
        DataType::FixedSizeBinary(width) => len.checked_mul(usize::try_from(*width).ok()?),
        other => len.checked_mul(other.primitive_width()?),
    }
}

/// A buffer has the bytes that it must have, and at most padding after them, which is cut off.
fn sized(name: &str, bytes: Vec<u8>, expected: usize) -> Result<Buffer, String> {
    let most = expected.checked_next_multiple_of(PADDING).unwrap_or(expected);
    if (expected..=most).contains(&bytes.len()) {
        Ok(Buffer::from_vec(bytes).slice_with_length(0, expected))
    } else {
        Err(format!("the {name} buffer has {} bytes, expected {expected}", bytes.len()))
    }
}

/// Offsets, and the last of them. A column of no rows may come without its single one.
fn offsets(bytes: Vec<u8>, len: usize) -> Result<(Buffer, usize), String> {
    if len == 0 && bytes.is_empty() {
        return Ok((Buffer::from_slice_ref([0_i32]), 0));
    }
    let buffer = sized("offsets", bytes, (len + 1) * size_of::<i32>())?;
    let (first, last) = match (buffer.first_chunk(), buffer.last_chunk()) {
        (Some(first), Some(last)) => (i32::from_le_bytes(*first), i32::from_le_bytes(*last)),
        _ => (0, 0),
    };
    // The contract has them start at 0: a guest that hands over a slice has forgotten to rebase it.
    if first != 0 {
        return Err(format!("the offsets start at {first}, expected 0"));
    }
    let end = usize::try_from(last).map_err(|_| format!("the offsets end at {last}"))?;
    Ok((buffer, end))
}

fn nulls_of(data_type: &DataType, node: Node, validity: Vec<u8>) -> Result<Option<NullBuffer>, String> {
    let (len, said) = (node.length as usize, node.null_count as usize);
    if data_type == &DataType::Null {
        return if said == len { Ok(None) } else { Err(format!("{said} nulls said, {len} expected")) };
    }
    if validity.is_empty() {
        return if said == 0 {
            Ok(None)
        } else {
            Err(format!("{said} nulls said, but the validity buffer is empty"))
        };
    }
    let validity = sized("validity", validity, len.div_ceil(8))?;
    let nulls = NullBuffer::new(BooleanBuffer::new(validity, 0, len));
    if nulls.null_count() != said {
        return Err(format!("{said} nulls said, {} found", nulls.null_count()));
    }
    Ok((said > 0).then_some(nulls))
}
