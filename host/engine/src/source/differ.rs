//! In what files differ that are to be read as one.

use arrow_schema::Schema;

use super::type_name;

pub(super) fn difference(first: &Schema, second: &Schema) -> Option<String> {
    for (index, (one, other)) in first.fields().iter().zip(second.fields()).enumerate() {
        let number = index + 1;
        if one.name() != other.name() {
            return Some(format!(
                "column {number} is {:?} in the one and {:?} in the other",
                one.name(),
                other.name()
            ));
        }
        if one.data_type() != other.data_type() {
            let (one_type, other_type) = (type_name(one.data_type()), type_name(other.data_type()));
            return Some(format!(
                "column {:?} is {one_type} in the one and {other_type} in the other",
                one.name()
            ));
        }
    }
    let (one, other) = (first.fields().len(), second.fields().len());
    (one != other).then(|| format!("{one} columns in the one and {other} in the other"))
}
