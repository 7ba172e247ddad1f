//! The contract's `column` resource.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, NullArray, StringArray,
    StringViewArray, UInt32Array,
};
use arrow_buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, ScalarBuffer};
use arrow_cast::CastOptions;
use arrow_schema::{DataType, Field, TimeUnit};

use crate::export::{READ_LIMIT, lengths};
use crate::import::ranged;
use crate::{
    ColumnData, DataError, FlatField, MAX_EMPTY_ROWS, array_from_data, canonical, flatten, plain, read_array,
    read_array_up_to, unflatten,
};

/// One value, as the contract's `scalar`.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// No value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A 64-bit integer.
    Integer(i64),
    /// A 64-bit float.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// An immutable column that a guest holds by handle.
#[derive(Clone, Debug)]
pub struct Column {
    array: ArrayRef,
}

impl Column {
    /// A column of this array.
    pub fn new(array: ArrayRef) -> Self {
        Self { array }
    }

    /// The array.
    pub fn array(&self) -> &ArrayRef {
        &self.array
    }

    /// The type tree of the base layout, its root without a name.
    pub fn data_type_fields(&self) -> Result<Vec<FlatField>, DataError> {
        flatten(&Field::new("", self.array.data_type().clone(), true))
    }

    /// Rows.
    #[expect(clippy::len_without_is_empty, reason = "the contract has no such method")]
    pub fn len(&self) -> u32 {
        u32::try_from(self.array.len()).unwrap_or(u32::MAX)
    }

    /// Rows that are null.
    pub fn null_count(&self) -> u32 {
        u32::try_from(self.array.logical_null_count()).unwrap_or(u32::MAX)
    }

    /// All buffers of the base layout, most of them shared and not copied.
    pub fn read(&self) -> Result<ColumnData<Buffer>, DataError> {
        read_array(&self.array)
    }

    /// The same, where no more than `limit` bytes of text may be packed.
    pub fn read_up_to(&self, limit: u64) -> Result<ColumnData<Buffer>, DataError> {
        read_array_up_to(&self.array, limit)
    }

    /// The values of an int64 column, 0 where null, shared where there are no nulls.
    pub fn read_s64(&self) -> Result<ScalarBuffer<i64>, DataError> {
        let column = self.array.as_primitive_opt::<Int64Type>().ok_or_else(|| self.wrong_type("int64"))?;
        Ok(match column.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => column.values().clone(),
            Some(_) => column.iter().map(Option::unwrap_or_default).collect(),
        })
    }

    /// The values of a float64 column, 0 where null, shared where there are no nulls.
    pub fn read_f64(&self) -> Result<ScalarBuffer<f64>, DataError> {
        let column =
            self.array.as_primitive_opt::<Float64Type>().ok_or_else(|| self.wrong_type("float64"))?;
        Ok(match column.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => column.values().clone(),
            Some(_) => column.iter().map(Option::unwrap_or_default).collect(),
        })
    }

    /// The values of a text column, "" where null.
    pub fn read_text(&self) -> Result<Vec<String>, DataError> {
        self.read_text_up_to(READ_LIMIT)
    }

    /// The same, where they may have no more than `limit` bytes.
    pub fn read_text_up_to(&self, limit: u64) -> Result<Vec<String>, DataError> {
        if plain(self.array.data_type()) != DataType::Utf8 {
            return Err(self.wrong_type("utf8"));
        }
        let text = arrow_cast::cast(&self.array, &DataType::Utf8View)?;
        let text = text.as_string_view();
        if lengths(text).map(u64::from).sum::<u64>() > limit {
            return Err(DataError::TooLong { limit });
        }
        Ok(text.iter().map(|value| value.unwrap_or_default().to_owned()).collect())
    }

    /// Bit i of byte i/8, low bit first, is set where row i has a value. Empty: no nulls.
    pub fn validity(&self) -> Buffer {
        match self.array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) => nulls.inner().sliced(),
            None => MutableBuffer::new(0).into(),
        }
    }

    /// A column from a guest's buffers, checked.
    pub fn from_data(fields: &[FlatField], data: ColumnData<Vec<u8>>) -> Result<Self, DataError> {
        array_from_data(fields, data).map(Self::new)
    }

    /// An int64 column; an empty `validity` means no nulls.
    pub fn from_s64(values: Vec<i64>, validity: &[u8]) -> Result<Self, DataError> {
        let nulls = nulls_of(validity, values.len())?;
        Ok(Self::new(Arc::new(Int64Array::new(values.into(), nulls))))
    }

    /// A float64 column; an empty `validity` means no nulls.
    pub fn from_f64(values: Vec<f64>, validity: &[u8]) -> Result<Self, DataError> {
        let nulls = nulls_of(validity, values.len())?;
        Ok(Self::new(Arc::new(Float64Array::new(values.into(), nulls))))
    }

    /// A text column; an empty `validity` means no nulls.
    pub fn from_text(values: &[String], validity: &[u8]) -> Result<Self, DataError> {
        let nulls = nulls_of(validity, values.len())?;
        let rows = values.iter().enumerate().map(|(row, value)| match &nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(value),
        });
        Ok(Self::new(Arc::new(rows.collect::<StringViewArray>())))
    }

    /// A column of the type `format` with the same value in every row.
    pub fn constant(value: &Scalar, format: &str, length: u32) -> Result<Self, DataError> {
        let one: ArrayRef = match value {
            Scalar::Null => Arc::new(NullArray::new(1)),
            Scalar::Boolean(value) => Arc::new(BooleanArray::from(vec![*value])),
            Scalar::Integer(value) => Arc::new(Int64Array::from(vec![*value])),
            Scalar::Float(value) => Arc::new(Float64Array::from(vec![*value])),
            Scalar::Text(value) => Arc::new(StringArray::from(vec![value.as_str()])),
            Scalar::Bytes(value) => Arc::new(BinaryArray::from(vec![value.as_slice()])),
        };
        if length > MAX_EMPTY_ROWS {
            let (count, most) = (u64::from(length), u64::from(MAX_EMPTY_ROWS));
            return Err(DataError::TooMany { what: "rows", count, most });
        }
        let one = Self::new(one).cast(format)?;
        let rows = UInt32Array::from(vec![0; length as usize]);
        Ok(Self::new(arrow_select::take::take(&one.array, &rows, None)?))
    }

    /// The column as the flat type `format`. A value that does not fit is an error.
    pub fn cast(&self, format: &str) -> Result<Self, DataError> {
        let flat = FlatField {
            name: String::new(),
            format: format.to_owned(),
            nullable: true,
            children: 0,
            metadata: Vec::new(),
        };
        let target = unflatten(&[flat])?.into_iter().next().map(|field| canonical(field.data_type()));
        let target = target.ok_or_else(|| DataError::UnknownFormat { format: format.to_owned() })?;
        if &target == self.array.data_type() {
            return Ok(self.clone());
        }
        if self.array.data_type().is_nested() {
            return Err(self.wrong_type("a flat type"));
        }
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let mut array = Arc::clone(&self.array);
        if let (DataType::Date64, DataType::Timestamp(unit, _)) = (array.data_type(), &target) {
            // In one step, Arrow would let a date overflow.
            for unit in [TimeUnit::Millisecond, *unit] {
                array = arrow_cast::cast_with_options(&array, &DataType::Timestamp(unit, None), &strict)?;
            }
        }
        // Arrow makes a time of any number: what a guest may not hand over it may not have made either.
        Ok(Self::new(ranged(arrow_cast::cast_with_options(&array, &target, &strict)?)?))
    }

    fn wrong_type(&self, expected: &'static str) -> DataError {
        DataError::WrongType { expected, found: plain(self.array.data_type()) }
    }
}

fn nulls_of(validity: &[u8], rows: usize) -> Result<Option<NullBuffer>, DataError> {
    if validity.is_empty() {
        return Ok(None);
    }
    bits(validity, rows, "the validity buffer").map(|bits| Some(NullBuffer::new(bits)))
}

/// The first `rows` bits of a bitmap.
pub(crate) fn bits(bytes: &[u8], rows: usize, what: &str) -> Result<BooleanBuffer, DataError> {
    if bytes.len() < rows.div_ceil(8) {
        return Err(DataError::Length { what: what.to_owned(), expected: rows, found: bytes.len() * 8 });
    }
    Ok(BooleanBuffer::new(Buffer::from_slice_ref(bytes), 0, rows))
}
