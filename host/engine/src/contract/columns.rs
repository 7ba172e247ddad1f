//! The columns that a contract asks for, against those that are there.

use arrow_schema::Schema;
use etl_pipeline::{Contract, Drift};

use crate::source::{data_type, type_name};

/// Columns that are named in the sentence.
const TOLD: usize = 3;

/// What has changed, in a sentence, and as a line for each column: `-` is missing, `+` has come, `~` is of another type.
/// `None` where all is as the contract says.
pub(super) fn drift(contract: &Contract, schema: &Schema) -> Option<String> {
    let (mut told, mut lines) = (Vec::new(), Vec::new());
    for (name, rule) in &contract.columns {
        let expected = rule.data_type.as_ref().map(|name| name.as_str());
        match (schema.field_with_name(name), expected) {
            (Err(_), expected) => {
                told.push(format!("`{name}` is missing"));
                lines.push(format!(
                    "- {name}{}",
                    expected.map(|name| format!(": {name}")).unwrap_or_default()
                ));
            }
            (Ok(field), Some(expected)) if data_type(expected).as_ref() != Some(field.data_type()) => {
                let found = type_name(field.data_type());
                told.push(format!("`{name}` is {found}, not {expected}"));
                lines.push(format!("~ {name}: {expected} → {found}"));
            }
            _ => {}
        }
    }
    if contract.schema == Drift::Freeze {
        let new = schema.fields().iter().filter(|field| !contract.columns.contains_key(field.name()));
        for field in new {
            told.push(format!("`{}` is new", field.name()));
            lines.push(format!("+ {}: {}", field.name(), type_name(field.data_type())));
        }
    }
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    told.extend((more > 0).then(|| format!("{more} more")));
    (!lines.is_empty()).then(|| format!("{}\n{}", told.join("; "), lines.join("\n")))
}
