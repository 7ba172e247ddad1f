//! The JSON Schema of pipeline.toml, for editors.

use serde_json::Value;

use crate::file::File;

/// The JSON Schema of pipeline.toml, as committed in `pipeline.schema.json`.
pub fn json_schema() -> Value {
    schemars::schema_for!(File).to_value()
}
