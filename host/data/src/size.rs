//! What data costs the host, known before it is made: a few bytes from a guest can ask for a lot of it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait};
use arrow_buffer::{ArrowNativeType, Buffer};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use crate::{Batch, Column};

/// What a column or batch costs besides its buffers, per column.
const PER_COLUMN: u64 = 128;

/// Text that a number, date or time becomes is never longer.
const LONGEST_TEXT: u64 = 96;

/// Counts the memory of columns and batches, each buffer once, however many share it.
#[derive(Debug, Default)]
pub struct Footprint {
    seen: HashSet<usize>,
    bytes: u64,
}

impl Footprint {
    /// Counts a column.
    pub fn add(&mut self, column: &Column) {
        self.array(column.array());
    }

    /// Counts a batch.
    pub fn add_batch(&mut self, batch: &Batch) {
        batch.record_batch().columns().iter().for_each(|array| self.array(array));
        for field in batch.record_batch().schema_ref().fields() {
            // A name may be as long as a guest likes.
            if self.seen.insert(Arc::as_ptr(field).addr()) {
                self.bytes += field.name().len() as u64;
            }
        }
        if let Some(positions) = batch.positions() {
            self.buffer(positions.values().inner());
        }
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn array(&mut self, array: &ArrayRef) {
        self.bytes += PER_COLUMN;
        if array.data_type().is_nested() {
            self.bytes += array.data_type().size() as u64;
        }
        self.data(&array.to_data());
    }

    fn data(&mut self, data: &ArrayData) {
        data.buffers().iter().for_each(|buffer| self.buffer(buffer));
        if let Some(nulls) = data.nulls() {
            self.buffer(nulls.buffer());
        }
        data.child_data().iter().for_each(|child| self.data(child));
    }

    fn buffer(&mut self, buffer: &Buffer) {
        if self.seen.insert(buffer.data_ptr().as_ptr().addr()) {
            self.bytes += buffer.capacity() as u64;
        }
    }
}

/// Bytes that one row takes in a copy of a column.
enum Weight {
    /// The same for each row.
    Same(u64),
    /// By row.
    Each(Vec<u64>),
}

impl Weight {
    fn of(&self, row: usize) -> u64 {
        match self {
            Self::Same(weight) => *weight,
            Self::Each(weights) => weights.get(row).copied().unwrap_or_default(),
        }
    }

    fn sum(&self, from: usize, to: usize) -> u64 {
        match self {
            Self::Same(weight) => weight.saturating_mul((to - from) as u64),
            Self::Each(weights) => weights.get(from..to).unwrap_or_default().iter().sum(),
        }
    }
}

fn weight(array: &dyn Array) -> Weight {
    match array.data_type() {
        DataType::Null | DataType::Boolean => Weight::Same(1),
        DataType::Utf8View | DataType::BinaryView => Weight::Same(17),
        DataType::Utf8 => lengths(array.as_string::<i32>().value_offsets()),
        DataType::Binary => lengths(array.as_binary::<i32>().value_offsets()),
        DataType::LargeUtf8 => lengths(array.as_string::<i64>().value_offsets()),
        DataType::LargeBinary => lengths(array.as_binary::<i64>().value_offsets()),
        DataType::Dictionary(_, _) => Weight::Same(9),
        DataType::List(_) => sums(array.as_list::<i32>().value_offsets(), array.as_list::<i32>().values()),
        DataType::LargeList(_) => {
            sums(array.as_list::<i64>().value_offsets(), array.as_list::<i64>().values())
        }
        DataType::Map(_, _) => sums(array.as_map().value_offsets(), array.as_map().entries()),
        DataType::FixedSizeList(_, size) => {
            let size = size.as_usize();
            match weight(array.as_fixed_size_list().values()) {
                Weight::Same(one) => Weight::Same(one.saturating_mul(size as u64) + 1),
                each @ Weight::Each(_) => {
                    Weight::Each((0..array.len()).map(|i| each.sum(i * size, (i + 1) * size) + 1).collect())
                }
            }
        }
        DataType::Struct(_) => {
            let children: Vec<Weight> =
                array.as_struct().columns().iter().map(|child| weight(child)).collect();
            if children.iter().all(|child| matches!(child, Weight::Same(_))) {
                Weight::Same(children.iter().map(|child| child.of(0)).sum::<u64>() + 1)
            } else {
                let of = |row| children.iter().map(|child| child.of(row)).sum::<u64>() + 1;
                Weight::Each((0..array.len()).map(of).collect())
            }
        }
        DataType::FixedSizeBinary(width) => Weight::Same(width.as_usize() as u64 + 1),
        // What is left is either of a fixed width or a layout that no guest can make.
        other => Weight::Same(other.primitive_width().unwrap_or(16) as u64 + 1),
    }
}

fn lengths<O: OffsetSizeTrait>(offsets: &[O]) -> Weight {
    let length = |ends: &[O]| (ends[1] - ends[0]).as_usize() as u64 + size_of::<O>() as u64 + 1;
    Weight::Each(offsets.windows(2).map(length).collect())
}

fn sums<O: OffsetSizeTrait>(offsets: &[O], values: &dyn Array) -> Weight {
    let ahead = set_aside(values.data_type());
    let values = weight(values);
    let sum = |ends: &[O]| {
        let sum = values.sum(ends[0].as_usize(), ends[1].as_usize());
        sum.saturating_add(ahead).saturating_add(size_of::<O>() as u64 + 1)
    };
    Weight::Each(offsets.windows(2).map(sum).collect())
}

/// What is set aside for the items of a list before they are copied: room for one in each row, however many there are.
fn set_aside(item: &DataType) -> u64 {
    let item = match item {
        DataType::List(item) | DataType::Map(item, _) => set_aside(item.data_type()).saturating_add(4),
        DataType::LargeList(item) => set_aside(item.data_type()).saturating_add(8),
        DataType::FixedSizeList(item, size) => {
            set_aside(item.data_type()).saturating_mul(size.as_usize() as u64)
        }
        DataType::Struct(fields) => {
            fields.iter().fold(0, |sum: u64, field| sum.saturating_add(set_aside(field.data_type())))
        }
        DataType::FixedSizeBinary(width) => width.as_usize() as u64,
        DataType::Null => 0,
        other => other.primitive_width().unwrap_or(16) as u64,
    };
    item.saturating_add(1)
}

impl Column {
    /// Bytes that a column of `rows` rows of the flat type `format` takes; the most that it could,
    /// where that depends on the values.
    pub fn bytes_of(format: &str, rows: u32) -> u64 {
        let width = match format.split_once(':') {
            Some(("w", width)) => width.parse().unwrap_or_default(),
            Some(("d", _)) => 32,
            Some(_) => 8,
            None if matches!(format, "u" | "z") => LONGEST_TEXT,
            None => 16,
        };
        PER_COLUMN.saturating_add(u64::from(rows).saturating_mul(width))
    }
}

impl Batch {
    /// Bytes that a batch of the same columns takes besides their buffers, with `more` columns.
    pub fn bytes_of_columns(&self, more: usize) -> u64 {
        (self.record_batch().num_columns() + more) as u64 * PER_COLUMN
    }

    /// Bytes that a copy of all rows takes.
    pub fn bytes_of_rows(&self) -> u64 {
        let rows = self.record_batch().num_rows();
        let columns = self.record_batch().columns().iter();
        columns.map(|column| weight(column).sum(0, rows)).sum::<u64>() + self.bytes_of_columns(0)
    }

    /// Bytes that [`Batch::take`] of these rows makes.
    pub fn bytes_of_take(&self, rows: &[u32]) -> u64 {
        let columns = self.record_batch().columns().iter();
        let bytes = columns.map(|column| match weight(column) {
            Weight::Same(weight) => weight.saturating_mul(rows.len() as u64),
            each @ Weight::Each(_) => rows.iter().map(|row| each.of(*row as usize)).sum(),
        });
        bytes.fold(self.bytes_of_columns(0), u64::saturating_add)
    }

    /// Bytes that [`Batch::gather`] of these rows makes.
    pub fn bytes_of_gather(sources: &[&Self], batches: &[u32], rows: &[u32]) -> u64 {
        let Some(first) = sources.first() else { return 0 };
        let mut bytes = first.bytes_of_columns(0);
        for (index, column) in first.record_batch().columns().iter().enumerate() {
            // A type of fixed width has the same weight in all sources.
            if let Weight::Same(weight) = weight(column) {
                bytes = bytes.saturating_add(weight.saturating_mul(rows.len() as u64));
                continue;
            }
            let columns = sources.iter().map(|source| source.record_batch().columns().get(index));
            let weights: Vec<Option<Weight>> = columns.map(|column| column.map(|c| weight(c))).collect();
            for (batch, row) in batches.iter().zip(rows) {
                let weight = weights.get(*batch as usize).and_then(Option::as_ref);
                bytes = bytes.saturating_add(weight.map_or(0, |weight| weight.of(*row as usize)));
            }
        }
        bytes
    }
}
