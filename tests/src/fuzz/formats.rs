//! Format strings, and the trees that they make.

use etl_data::{Column, FlatField, Scalar, canonical, flatten, unflatten};

use super::works::works;

/// Rows of a column that is cast.
const ROWS: u32 = 3;

/// Bytes that they may take.
const MOST_BYTES: u64 = 1 << 20;

/// A line is a node: the number of its children, a space, and its format. What is a type is the same type after it was
/// flattened, and what is flat can be asked of a cast.
pub fn formats(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let node = |line: &str| {
        let (children, format) = line.split_once(' ').unwrap_or(("0", line));
        FlatField {
            name: "a".to_owned(),
            format: format.to_owned(),
            nullable: true,
            children: children.parse().unwrap_or(0),
            metadata: Vec::new(),
        }
    };
    if let Ok(fields) = unflatten(&text.lines().map(node).collect::<Vec<_>>()) {
        for field in &fields {
            let again = unflatten(&flatten(field).unwrap()).unwrap();
            assert_eq!(&again, std::slice::from_ref(field));
            canonical(field.data_type());
        }
    }
    let format = node(text.lines().next().unwrap_or_default()).format;
    Column::bytes_of(&format, u32::MAX);
    // What a column takes is asked before it is made, and bounded by the plugin's limits.
    if Column::bytes_of(&format, ROWS) > MOST_BYTES {
        return;
    }
    for value in [
        Scalar::Null,
        Scalar::Boolean(true),
        Scalar::Integer(i64::MIN),
        Scalar::Float(f64::NAN),
        Scalar::Text("2024-02-29T12:00:00Z".to_owned()),
        Scalar::Bytes(vec![0xFF]),
    ] {
        if let Ok(column) = Column::constant(&value, &format, ROWS) {
            assert_eq!(column.len(), ROWS);
            works(&column);
        }
    }
}
