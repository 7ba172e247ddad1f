//! Between the generated types and ours.

use arrow_schema::Schema;
use etl_data::{DataError, FlatField, Scalar};

use crate::bindings::etl::plugin::types;

impl From<types::Scalar> for Scalar {
    fn from(scalar: types::Scalar) -> Self {
        match scalar {
            types::Scalar::Null => Self::Null,
            types::Scalar::Boolean(value) => Self::Boolean(value),
            types::Scalar::Integer(value) => Self::Integer(value),
            types::Scalar::Float(value) => Self::Float(value),
            types::Scalar::Text(value) => Self::Text(value),
            types::Scalar::Bytes(value) => Self::Bytes(value),
        }
    }
}

impl From<Scalar> for types::Scalar {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Boolean(value) => Self::Boolean(value),
            Scalar::Integer(value) => Self::Integer(value),
            Scalar::Float(value) => Self::Float(value),
            Scalar::Text(value) => Self::Text(value),
            Scalar::Bytes(value) => Self::Bytes(value),
        }
    }
}

pub(crate) fn fields_of(fields: Vec<types::Field>) -> Vec<FlatField> {
    let convert = |field: types::Field| FlatField {
        name: field.name,
        format: field.format,
        nullable: field.nullable,
        children: field.children,
        metadata: field.metadata,
    };
    fields.into_iter().map(convert).collect()
}

pub(crate) fn wit_fields(fields: Vec<FlatField>) -> Vec<types::Field> {
    let convert = |field: FlatField| types::Field {
        name: field.name,
        format: field.format,
        nullable: field.nullable,
        children: field.children,
        metadata: field.metadata,
    };
    fields.into_iter().map(convert).collect()
}

/// In the order of the keys: the map's own differs from run to run.
pub(crate) fn wit_metadata(schema: &Schema) -> types::Properties {
    let metadata = schema.metadata().iter().map(|(key, value)| (key.clone(), value.clone()));
    let mut metadata: types::Properties = metadata.collect();
    metadata.sort_unstable();
    metadata
}

/// A refusal of the data layer as the guest sees it.
pub(crate) fn error_of(error: &DataError) -> types::Error {
    types::Error { code: types::ErrorCode::InvalidData, message: error.to_string(), details: Vec::new() }
}
