//! From an Arrow array to the buffers of its base layout: what a guest reads.

use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryType, BinaryViewType, ByteArrayType, ByteViewType, StringViewType, Utf8Type};
use arrow_array::{Array, ArrayRef, GenericByteArray, GenericByteViewArray, downcast_primitive_array};
use arrow_buffer::{ArrowNativeType, Buffer, MutableBuffer, NullBuffer, OffsetBuffer};
use arrow_data::ByteView;
use arrow_schema::DataType;

use crate::{ColumnData, DataError, Node, plain};

/// Bytes of text that one read can carry: what 32-bit offsets can name.
pub(crate) const READ_LIMIT: u64 = i32::MAX as u64;

/// The buffers of an array in its base layout. Nothing is copied that is in that layout already:
/// only views, dictionaries, bitmaps off a byte boundary and offsets that don't start at 0 are.
pub fn read_array(array: &ArrayRef) -> Result<ColumnData<Buffer>, DataError> {
    read_array_up_to(array, READ_LIMIT)
}

/// The same, where no more than `limit` bytes of text may be packed: a few views of one long text
/// can be a lot of it.
pub fn read_array_up_to(array: &ArrayRef, limit: u64) -> Result<ColumnData<Buffer>, DataError> {
    let limit = limit.min(READ_LIMIT);
    let mut out = ColumnData { nodes: Vec::with_capacity(1), buffers: Vec::with_capacity(3) };
    match array.data_type() {
        DataType::Utf8View => push_views::<StringViewType>(array.as_byte_view(), limit, &mut out)?,
        DataType::BinaryView => push_views::<BinaryViewType>(array.as_byte_view(), limit, &mut out)?,
        flat if flat.is_primitive() => push(array, &mut out)?,
        other => {
            let base = plain(other);
            let cast = if &base == other { None } else { Some(arrow_cast::cast(array, &base)?) };
            push(cast.as_ref().unwrap_or(array), &mut out)?;
        }
    }
    Ok(out)
}

/// Works on arrays and not on `ArrayData`, whose offset is applied twice when a struct is sliced.
fn push(array: &dyn Array, out: &mut ColumnData<Buffer>) -> Result<(), DataError> {
    let null_count = if array.data_type().is_null() { array.len() } else { array.null_count() };
    out.nodes.push(Node { length: length(array.len())?, null_count: length(null_count)? });
    out.buffers.push(validity(array.nulls()));
    match array.data_type() {
        DataType::Null => Ok(()),
        DataType::Boolean => {
            out.buffers.push(array.as_boolean().values().sliced());
            Ok(())
        }
        DataType::Utf8 => {
            push_bytes::<Utf8Type>(array.as_bytes(), out);
            Ok(())
        }
        DataType::Binary => {
            push_bytes::<BinaryType>(array.as_bytes(), out);
            Ok(())
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (offsets, start, end) = rebase(list.offsets());
            out.buffers.push(offsets);
            push(&list.values().slice(start, end - start), out)
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            let (offsets, start, end) = rebase(map.offsets());
            out.buffers.push(offsets);
            push(&map.entries().slice(start, end - start), out)
        }
        DataType::FixedSizeList(_, size) => {
            let list = array.as_fixed_size_list();
            push(&list.values().slice(0, array.len() * size.as_usize()), out)
        }
        DataType::Struct(_) => array.as_struct().columns().iter().try_for_each(|child| push(child, out)),
        DataType::FixedSizeBinary(_) => {
            out.buffers.push(array.as_fixed_size_binary().values().clone());
            Ok(())
        }
        other => {
            let wrong = || DataError::WrongType { expected: "a base layout", found: other.clone() };
            out.buffers.push(primitive_values(array).ok_or_else(wrong)?);
            Ok(())
        }
    }
}

/// Not by way of `ArrayData`, which would allocate more than it takes to share a buffer.
fn primitive_values(array: &dyn Array) -> Option<Buffer> {
    downcast_primitive_array!(
        array => Some(array.values().inner().clone()),
        _ => None
    )
}

fn push_bytes<T: ByteArrayType<Offset = i32>>(array: &GenericByteArray<T>, out: &mut ColumnData<Buffer>) {
    let (offsets, start, end) = rebase(array.offsets());
    out.buffers.push(offsets);
    out.buffers.push(array.values().slice_with_length(start, end - start));
}

/// Views packed as offsets and bytes. Not Arrow's cast, which panics where the bytes are more than
/// 32-bit offsets can name: a few indices into one long text are enough for that.
fn push_views<T: ByteViewType>(
    array: &GenericByteViewArray<T>,
    limit: u64,
    out: &mut ColumnData<Buffer>,
) -> Result<(), DataError> {
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
    let null_count = nulls.map_or(0, NullBuffer::null_count);
    out.nodes.push(Node { length: length(array.len())?, null_count: length(null_count)? });
    out.buffers.push(validity(nulls));

    let mut offsets = Vec::with_capacity(array.len() + 1);
    let mut end = 0_i32;
    offsets.push(end);
    for len in lengths(array) {
        let next = i32::try_from(len).ok().and_then(|len| end.checked_add(len));
        end = next.filter(|next| next.as_usize() as u64 <= limit).ok_or(DataError::TooLong { limit })?;
        offsets.push(end);
    }
    let mut values = Vec::with_capacity(end.as_usize());
    for value in array.iter().flatten() {
        let value: &T::Native = value;
        values.extend_from_slice(value.as_ref());
    }
    out.buffers.push(Buffer::from_vec(offsets));
    out.buffers.push(Buffer::from_vec(values));
    Ok(())
}

/// The length of each value in bytes, 0 where null: the view of a null may say anything.
pub(crate) fn lengths<T: ByteViewType>(array: &GenericByteViewArray<T>) -> impl Iterator<Item = u32> {
    let length = |view: &u128| ByteView::from(*view).length;
    array.views().iter().enumerate().map(move |(row, view)| if array.is_null(row) { 0 } else { length(view) })
}

fn validity(nulls: Option<&NullBuffer>) -> Buffer {
    match nulls {
        Some(nulls) if nulls.null_count() > 0 => nulls.inner().sliced(),
        _ => MutableBuffer::new(0).into(),
    }
}

fn length(value: usize) -> Result<u32, DataError> {
    u32::try_from(value).map_err(|_| DataError::OutOfRange {
        what: "length",
        index: value as u64,
        count: u64::from(u32::MAX),
    })
}

/// Offsets that start at 0, and the range of the child or values that they point into.
fn rebase(offsets: &OffsetBuffer<i32>) -> (Buffer, usize, usize) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let buffer = if first == 0 {
        offsets.inner().inner().clone()
    } else {
        offsets.iter().map(|offset| offset - first).collect::<Vec<i32>>().into()
    };
    (buffer, first.as_usize(), last.as_usize())
}
