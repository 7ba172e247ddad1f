//! Which of Arrow's layouts a type has in the host, and which one a guest sees.
//!
//! A guest sees base layouts only ([`plain`]): no views, dictionaries, run ends or 64-bit offsets.
//! The host holds text and bytes as views ([`canonical`]), because filtering and gathering then move
//! 16 bytes a row, whatever the length of the text.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

/// The base layout of a type, which is how a guest sees it.
pub fn plain(data_type: &DataType) -> DataType {
    use DataType as T;
    match data_type {
        T::Utf8View | T::LargeUtf8 => T::Utf8,
        T::BinaryView | T::LargeBinary => T::Binary,
        T::Dictionary(_, values) => plain(values),
        T::RunEndEncoded(_, values) => plain(values.data_type()),
        T::List(item) | T::LargeList(item) | T::ListView(item) | T::LargeListView(item) => {
            T::List(plain_field(item))
        }
        T::FixedSizeList(item, size) => T::FixedSizeList(plain_field(item), *size),
        T::Struct(fields) => T::Struct(fields.iter().map(plain_field).collect::<Fields>()),
        T::Map(entries, sorted) => T::Map(plain_field(entries), *sorted),
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    let data_type = plain(field.data_type());
    if &data_type == field.data_type() {
        Arc::clone(field)
    } else {
        Arc::new(Field::clone(field).with_data_type(data_type))
    }
}

/// The layout in which the host holds a column of this type.
pub fn canonical(data_type: &DataType) -> DataType {
    match plain(data_type) {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        other => other,
    }
}

/// The schema with every column in its [`canonical`] layout.
pub fn canonical_schema(schema: &Schema) -> SchemaRef {
    let fields = schema
        .fields()
        .iter()
        .map(|field| Arc::new(Field::clone(field).with_data_type(canonical(field.data_type()))))
        .collect::<Fields>();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}
