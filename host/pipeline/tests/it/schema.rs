//! The JSON Schema that editors use.

use std::{env, fs, path::Path};

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.schema.json");
    let current = format!("{:#}\n", etl_pipeline::json_schema());
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "pipeline.schema.json is stale: refresh it with `UPDATE_SCHEMA=1 cargo test -p etl-pipeline schema`"
    );
}

#[test]
fn every_key_is_described_and_no_other_is_allowed() {
    let schema = etl_pipeline::json_schema();
    let parts = schema["$defs"].as_object().unwrap().iter().map(|(name, part)| (name.as_str(), part));
    let mut seen = 0;
    for (name, table) in
        parts.chain([("File", &schema)]).filter(|(_, table)| table.get("properties").is_some())
    {
        assert_eq!(table["additionalProperties"], false, "{name}");
        for (key, property) in table["properties"].as_object().unwrap() {
            let described = property.get("description").is_some() || property.get("$ref").is_some();
            assert!(described, "{name}.{key} has no description");
            seen += 1;
        }
    }
    assert!(seen > 20);
}
