//! Types to format strings and back.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};
use etl_data::{FlatField, MAX_DEPTH, flatten, flatten_schema, plain, unflatten};
use proptest::prelude::*;

use crate::arrays::{any_type, base_types};

fn flat(format: &str, children: u32) -> FlatField {
    FlatField {
        name: "c".to_owned(),
        format: format.to_owned(),
        nullable: true,
        children,
        metadata: Vec::new(),
    }
}

proptest! {
    #[test]
    fn a_schema_comes_back(types in prop::collection::vec((any_type(), any::<bool>()), 0..6)) {
        let metadata = HashMap::from([("unit".to_owned(), "EUR".to_owned()), ("a".to_owned(), String::new())]);
        let fields: Vec<Field> = types
            .into_iter()
            .enumerate()
            .map(|(i, (t, nullable))| Field::new(format!("c{i}"), t, nullable).with_metadata(metadata.clone()))
            .collect();
        let back = unflatten(&flatten_schema(&Schema::new(fields.clone())).unwrap()).unwrap();
        let expected: Vec<Field> =
            fields.into_iter().map(|f| { let t = plain(f.data_type()); f.with_data_type(t) }).collect();
        prop_assert_eq!(back, expected);
    }

    #[test]
    fn any_string_is_a_format_or_refused(format in "\\PC{0,12}", children in 0..3_u32) {
        let mut tree = vec![flat(&format, children)];
        tree.resize(1 + children as usize, flat("l", 0));
        if let Ok(fields) = unflatten(&tree) {
            prop_assert!(fields.iter().all(|field| flatten(field).is_ok()));
        }
    }

    #[test]
    fn any_near_format_is_a_type_or_refused(
        format in "(\\+[slmLvw]|ts[smun]|w|d|\\+w)(:|,)?-?[0-9]{0,11}(,-?[0-9]{0,4}){0,3}",
        children in 0..3_u32,
    ) {
        let mut tree = vec![flat(&format, children)];
        tree.resize(1 + children as usize, flat("l", 0));
        if let Ok(fields) = unflatten(&tree) {
            let back: Vec<FlatField> = fields.iter().flat_map(|field| flatten(field).unwrap()).collect();
            prop_assert_eq!(unflatten(&back).unwrap(), fields);
        }
    }
}

#[test]
fn the_formats_are_those_of_the_specification() {
    let all = base_types().into_iter().map(|data_type| {
        let flat = flatten(&Field::new("", data_type.clone(), true)).unwrap();
        format!("{data_type} {}", flat[0].format)
    });
    let all = all.collect::<Vec<_>>().join("\n");
    assert!(all.contains("Timestamp(µs, \"+02:00\") tsu:+02:00"), "{all}");
    for format in
        ["n", "b", "c", "C", "s", "S", "i", "I", "l", "L", "e", "f", "g", "z", "u", "w:7", "tdD", "tdm"]
    {
        assert!(all.lines().any(|line| line.ends_with(&format!(" {format}"))), "{format}");
    }
    for format in
        ["d:9,2,32", "d:18,-3,64", "d:38,10", "d:76,76,256", "tiM", "tiD", "tin", "tts", "ttn", "tDu"]
    {
        assert!(all.lines().any(|line| line.ends_with(&format!(" {format}"))), "{format}");
    }
}

#[test]
fn a_tree_may_be_deep_but_not_too_deep() {
    let lists = |depth: usize| {
        let mut tree = vec![flat("+l", 1); depth];
        tree.push(flat("l", 0));
        tree
    };
    assert!(unflatten(&lists(MAX_DEPTH - 1)).is_ok());
    let error = unflatten(&lists(MAX_DEPTH)).unwrap_err();
    assert_eq!(error.to_string(), "the type of the column is malformed: it is nested more than 32 deep");
    assert!(unflatten(&lists(1_000_000)).is_err());

    let deep = (0..MAX_DEPTH).fold(DataType::Int64, |inner, _| DataType::new_list(inner, true));
    assert!(flatten(&Field::new("", deep, true)).is_err());
}

#[test]
fn a_wrong_tree_is_refused() {
    let message = |tree: &[FlatField]| unflatten(tree).unwrap_err().to_string();
    assert_eq!(message(&[flat("?", 0)]), "`?` is not a known Arrow format string");
    assert_eq!(
        message(&[flat("+s", u32::MAX), flat("l", 0)]),
        "the type of the column is malformed: `c` says 4294967295 children, 1 follow"
    );
    assert_eq!(
        message(&[flat("l", 1), flat("l", 0)]),
        "the type of the column is malformed: `l` can't have children"
    );
    assert_eq!(message(&[flat("+l", 0)]), "the type of the column is malformed: `+l` with wrong children");
    for format in
        ["w:-4", "w:0", "+w:0", "d:0,0", "d:39,1", "d:9999,3", "d:4,5", "d:4", "ts:", "tsx:", "U", "vu"]
    {
        assert!(unflatten(&[flat(format, 0)]).is_err(), "{format}");
    }
}
