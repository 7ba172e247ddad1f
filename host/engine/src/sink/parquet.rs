//! How tables are laid out in Parquet.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use etl_pipeline::Compression;
use parquet::{
    basic,
    file::properties::{WriterProperties, WriterPropertiesBuilder},
};

/// How many rows a row group holds: a multiple of a chunk, and of the range that a reader takes.
pub(super) const ROW_GROUP_ROWS: usize = 65_536;

const PAGE_ROWS: usize = 16_384;

const CREATED_BY: &str = concat!("etl-engine version ", env!("CARGO_PKG_VERSION"));

/// Fixed, so that the same rows give the same bytes.
pub(super) fn properties(compression: Compression) -> WriterPropertiesBuilder {
    let compression = match compression {
        Compression::Snappy => basic::Compression::SNAPPY,
        Compression::Zstd => basic::Compression::ZSTD(basic::ZstdLevel::default()),
        Compression::None => basic::Compression::UNCOMPRESSED,
    };
    WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(compression)
        .set_data_page_row_count_limit(PAGE_ROWS)
}

/// The schema as it is stored: plain layouts, and no type that other readers would take for a number.
pub(super) fn stored_schema(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(stored_field).collect::<Fields>()))
}

fn stored_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::clone(field).with_data_type(stored(field.data_type())))
}

fn stored(data_type: &DataType) -> DataType {
    match etl_data::plain(data_type) {
        // Parquet has no seconds: readers would see bare integers.
        DataType::Timestamp(TimeUnit::Second, zone) => DataType::Timestamp(TimeUnit::Millisecond, zone),
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        DataType::List(item) => DataType::List(stored_field(&item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(stored_field(&item), size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(stored_field).collect::<Fields>()),
        DataType::Map(entries, sorted) => DataType::Map(stored_field(&entries), sorted),
        other => other,
    }
}
