//! Arrays of one form for the same values.
//!
//! Arrow IPC writes buffers as they are, also what stands behind nulls, and that depends on which kernels
//! made an array, on which batches. Here the bytes behind nulls become zeros and lists without their value empty.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, ListArray, MapArray, RecordBatch, RecordBatchOptions, StructArray,
    UInt32Array, cast::AsArray, make_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use arrow_select::take::take;

/// The chunk's columns, as many as `schema` has, in its types.
pub(super) fn normal(chunk: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let columns = chunk.columns().iter().zip(schema.fields()).map(|(column, field)| {
        let plain = if column.data_type() == field.data_type() {
            Arc::clone(column)
        } else {
            cast_with_options(column, field.data_type(), &options)?
        };
        array(&plain)
    });
    let count = RecordBatchOptions::new().with_row_count(Some(chunk.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_, _>>()?, &count)
}

fn array(found: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let nulls = nulls_of(found);
    Ok(match found.data_type() {
        DataType::Null => Arc::clone(found),
        DataType::Boolean => {
            let values = found.as_boolean();
            let value = |index| values.is_valid(index) && values.value(index);
            let values = BooleanBuffer::collect_bool(found.len(), value);
            Arc::new(arrow_array::BooleanArray::new(values, nulls))
        }
        DataType::Utf8 => Arc::new(found.as_string::<i32>().iter().collect::<arrow_array::StringArray>()),
        DataType::Binary => Arc::new(found.as_binary::<i32>().iter().collect::<arrow_array::BinaryArray>()),
        DataType::List(item) => {
            let (offsets, values) = items(found.as_list::<i32>())?;
            Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, nulls)?)
        }
        DataType::Map(entries, sorted) => {
            let list = ListArray::from(found.as_map().clone());
            let (offsets, values) = items(&list)?;
            let values = values.as_struct().clone();
            Arc::new(MapArray::try_new(Arc::clone(entries), offsets, values, nulls, *sorted)?)
        }
        DataType::FixedSizeList(item, size) => {
            let list = found.as_fixed_size_list();
            // Sliced, where the list is.
            let values = list.values().slice(
                usize::try_from(list.value_offset(0)).unwrap_or(0),
                found.len() * usize::try_from(*size).unwrap_or(0),
            );
            Arc::new(FixedSizeListArray::try_new(Arc::clone(item), *size, array(&values)?, nulls)?)
        }
        DataType::Struct(fields) => {
            let columns = found.as_struct().columns().iter().zip(fields).map(|(column, field)| {
                // What stands in a struct that is null is no value; where none may be missing it stays.
                let hidden = if field.is_nullable() { nulls.as_ref() } else { None };
                array(&with_nulls(column, hidden)?)
            });
            let columns = columns.collect::<Result<Vec<_>, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, found.len())?)
        }
        other => match width(other) {
            Some(width) => fixed(found, width, nulls)?,
            None => Arc::clone(found),
        },
    })
}

/// Whether each value is there, in bits of its own; `None`: all are.
fn nulls_of(found: &ArrayRef) -> Option<NullBuffer> {
    let nulls = found.nulls().filter(|nulls| nulls.null_count() > 0)?;
    Some(NullBuffer::new(BooleanBuffer::collect_bool(nulls.len(), |index| nulls.is_valid(index))))
}

/// The offsets and values of the lists that are there.
fn items(list: &ListArray) -> Result<(OffsetBuffer<i32>, ArrayRef), ArrowError> {
    let mut lengths = Vec::with_capacity(list.len());
    let mut places = Vec::with_capacity(list.values().len());
    for (index, ends) in list.value_offsets().array_windows().enumerate() {
        let [start, end] = ends.map(|end| u32::try_from(end).unwrap_or(0));
        let end = if list.is_null(index) { start } else { end };
        lengths.push(usize::try_from(end - start).unwrap_or(0));
        places.extend(start..end);
    }
    let values = take(list.values(), &UInt32Array::from(places), None)?;
    Ok((OffsetBuffer::from_lengths(lengths), array(&values)?))
}

fn with_nulls(column: &ArrayRef, nulls: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
    if nulls.is_none() || column.data_type() == &DataType::Null {
        return Ok(Arc::clone(column));
    }
    let both = NullBuffer::union(nulls, column.nulls());
    Ok(make_array(column.to_data().into_builder().nulls(both).build()?))
}

/// Zeros behind nulls.
fn fixed(found: &ArrayRef, width: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef, ArrowError> {
    let data = found.to_data();
    let start = data.offset() * width;
    let mut values = MutableBuffer::new(found.len() * width);
    values.extend_from_slice(&data.buffers()[0].as_slice()[start..start + found.len() * width]);
    if let Some(nulls) = &nulls {
        for index in (0..found.len()).filter(|index| nulls.is_null(*index)) {
            values.as_slice_mut()[index * width..(index + 1) * width].fill(0);
        }
    }
    let data = data.into_builder().offset(0).buffers(vec![Buffer::from(values)]).nulls(nulls);
    Ok(make_array(data.build()?))
}

fn width(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::FixedSizeBinary(width) => usize::try_from(*width).ok(),
        other => other.primitive_width(),
    }
}
