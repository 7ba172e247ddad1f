//! What a stage's instance is asked in `bind`.

use arrow_schema::SchemaRef;
use chrono::SecondsFormat;
use etl_data::Scalar;
use etl_pipeline::Stage;
use etl_plugin::BindRequest;
use serde_json::Value;
use std::sync::Arc;

use crate::RunOptions;

/// The request for one instance of a stage; `partition` is its number and the number of all, where known.
pub(crate) fn request(
    stage: &Stage,
    input: &SchemaRef,
    options: &RunOptions,
    partition: Option<(usize, usize)>,
) -> BindRequest {
    let json = stage.with.json();
    let mut leaves = Vec::new();
    flatten("", json, &mut leaves);
    let mut all = vec![
        ("run-timestamp".to_owned(), options.run_timestamp.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        ("timezone".to_owned(), "UTC".to_owned()),
        ("batch-rows".to_owned(), options.batch_rows.to_string()),
    ];
    if let Some((partition, partitions)) = partition {
        all.push(("partition".to_owned(), partition.to_string()));
        all.push(("partitions".to_owned(), partitions.to_string()));
    }
    BindRequest {
        operation: stage.run.operation.clone(),
        config_json: json.to_string(),
        config_leaves: leaves,
        inputs: vec![Arc::clone(input)],
        options: all,
    }
}

/// Leaf values with dotted paths: `columns.0`.
fn flatten(path: &str, value: &Value, leaves: &mut Vec<(String, Scalar)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let leaf = match value {
        Value::Object(entries) => {
            return entries.iter().for_each(|(key, value)| flatten(&below(key), value, leaves));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            return items.for_each(|(index, value)| flatten(&below(&index.to_string()), value, leaves));
        }
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Boolean(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Scalar::Integer(whole),
            (None, Some(float)) => Scalar::Float(float),
            (None, None) => Scalar::Text(number.to_string()),
        },
        Value::String(text) => Scalar::Text(text.clone()),
    };
    leaves.push((path.to_owned(), leaf));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_dotted_paths() {
        let json = serde_json::json!({ "a": ["x", { "b": 1 }], "c": 0.5, "d": {} });
        let mut leaves = Vec::new();
        flatten("", &json, &mut leaves);
        let expected = [
            ("a.0".to_owned(), Scalar::Text("x".to_owned())),
            ("a.1.b".to_owned(), Scalar::Integer(1)),
            ("c".to_owned(), Scalar::Float(0.5)),
        ];
        assert_eq!(leaves, expected);
    }
}
