//! The columns that a contract asks for, against those that are there.

use arrow_schema::Schema;
use etl_pipeline::{Contract, Drift};

use crate::source::{data_type, type_name};

/// What has changed, a line for each column: `-` is missing, `+` has come, `~` is of another type. Empty where all is
/// as the contract says.
pub(super) fn drift(contract: &Contract, schema: &Schema) -> String {
    let mut lines = Vec::new();
    for (name, rule) in &contract.columns {
        let expected = rule.data_type.as_ref().map(|name| name.as_str());
        match (schema.field_with_name(name), expected) {
            (Err(_), expected) => {
                lines.push(format!(
                    "- {name}{}",
                    expected.map(|name| format!(": {name}")).unwrap_or_default()
                ));
            }
            (Ok(field), Some(expected)) if data_type(expected).as_ref() != Some(field.data_type()) => {
                lines.push(format!("~ {name}: {expected} → {}", type_name(field.data_type())));
            }
            _ => {}
        }
    }
    if contract.schema == Drift::Freeze {
        let new = schema.fields().iter().filter(|field| !contract.columns.contains_key(field.name()));
        lines.extend(new.map(|field| format!("+ {}: {}", field.name(), type_name(field.data_type()))));
    }
    lines.join("\n")
}
