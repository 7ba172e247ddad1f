//! Values of one type as those of a wider one: see `widen`.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, ListArray, MapArray, StructArray, cast::AsArray, new_null_array,
};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, FieldRef, Fields};

/// Fields of structs are found by name, and null where there is none.
pub(super) fn adapt(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    use DataType::{FixedSizeList, List, Map, Null, Struct};
    match (array.data_type(), to) {
        (own, _) if own == to => Ok(Arc::clone(array)),
        (Null, _) => Ok(new_null_array(to, array.len())),
        (Struct(_), Struct(fields)) => adapt_struct(array.as_struct(), fields),
        (List(_), List(item)) => {
            let list = array.as_list::<i32>();
            let values = adapt(list.values(), item.data_type())?;
            let nulls = list.nulls().cloned();
            Ok(Arc::new(ListArray::try_new(Arc::clone(item), list.offsets().clone(), values, nulls)?))
        }
        (FixedSizeList(..), FixedSizeList(item, size)) => {
            let list = array.as_fixed_size_list();
            let values = adapt(list.values(), item.data_type())?;
            let nulls = list.nulls().cloned();
            Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(item), *size, values, nulls)?))
        }
        (FixedSizeList(item, _), List(_)) => adapt(&cast(array, &List(Arc::clone(item)))?, to),
        (Map(..), Map(entries, sorted)) => adapt_map(array.as_map(), entries, *sorted),
        _ => cast(array, to),
    }
}

fn adapt_struct(array: &StructArray, fields: &Fields) -> Result<ArrayRef, ArrowError> {
    let columns = fields.iter().map(|field| match array.column_by_name(field.name()) {
        Some(column) => adapt(column, field.data_type()),
        None => Ok(new_null_array(field.data_type(), array.len())),
    });
    let (columns, nulls) = (columns.collect::<Result<_, _>>()?, array.nulls().cloned());
    Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, array.len())?))
}

/// Keys and values by their places.
fn adapt_map(array: &MapArray, entries: &FieldRef, sorted: bool) -> Result<ArrayRef, ArrowError> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(ArrowError::SchemaError(format!("{} are no entries of a map", entries.data_type())));
    };
    let columns = array.entries().columns().iter().zip(fields);
    let columns = columns.map(|(column, field)| adapt(column, field.data_type()));
    let nulls = array.entries().nulls().cloned();
    let adapted = StructArray::try_new(fields.clone(), columns.collect::<Result<_, _>>()?, nulls)?;
    let (offsets, nulls) = (array.offsets().clone(), array.nulls().cloned());
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, adapted, nulls, sorted)?))
}

fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use arrow_array::{
        Int32Array, Int64Array, StringArray,
        builder::{FixedSizeListBuilder, Int32Builder, MapBuilder, StringBuilder},
        types::Int64Type,
    };
    use arrow_cast::display::array_value_to_string;
    use arrow_schema::Field;

    use super::*;
    use crate::source::{type_name, widen::widen};

    /// The type that holds both, and the values of both as values of it.
    fn both(one: &ArrayRef, other: &ArrayRef) -> String {
        let to = widen(one.data_type(), other.data_type()).unwrap();
        let mut shown = vec![type_name(&to)];
        for array in [one, other] {
            // Of a part, too, which begins within its buffers.
            for part in [Arc::clone(array), array.slice(1, array.len() - 1)] {
                let adapted = adapt(&part, &to).unwrap();
                assert_eq!(adapted.data_type(), &to);
                let shown_at = |row| array_value_to_string(&adapted, row).unwrap();
                let values = (0..adapted.len())
                    .map(|row| if adapted.is_null(row) { "∅".to_owned() } else { shown_at(row) });
                shown.push(values.collect::<Vec<_>>().join(" | "));
            }
        }
        shown.join("\n")
    }

    fn pairs() -> ArrayRef {
        let mut pairs = FixedSizeListBuilder::new(Int32Builder::new(), 2);
        for values in [Some([1, 2]), None, Some([3, 4])] {
            pairs.values().append_slice(&values.unwrap_or_default());
            pairs.append(values.is_some());
        }
        Arc::new(pairs.finish())
    }

    #[test]
    fn lists_of_a_size_and_of_any() {
        let lists =
            ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(5)]), None, Some(vec![])]);
        insta::assert_snapshot!(both(&pairs(), &(Arc::new(lists) as ArrayRef)), @"
        List(Int64)
        [1, 2] | ∅ | [3, 4]
        ∅ | [3, 4]
        [5] | ∅ | []
        ∅ | []
        ");
        let longs =
            cast(&pairs(), &DataType::FixedSizeList(Arc::new(Field::new("n", DataType::Int64, false)), 2));
        insta::assert_snapshot!(both(&pairs(), &longs.unwrap()), @"
        FixedSizeList(2 x Int64)
        [1, 2] | ∅ | [3, 4]
        ∅ | [3, 4]
        [1, 2] | ∅ | [3, 4]
        ∅ | [3, 4]
        ");
    }

    #[test]
    fn maps_whose_entries_are_named_otherwise() {
        let mut names = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
        names.keys().append_value("a");
        names.values().append_value(1);
        names.append(true).unwrap();
        names.append(false).unwrap();
        let names: ArrayRef = Arc::new(names.finish());
        let DataType::Map(entries, _) = names.data_type() else { panic!("no map") };
        let fields = [Field::new("k", DataType::Utf8, false), Field::new("v", DataType::Float64, true)];
        let other = Field::new("pairs", DataType::Struct(Fields::from(fields.to_vec())), false);
        assert_ne!(entries.name(), other.name());
        let other = cast(&names, &DataType::Map(Arc::new(other), false)).unwrap();
        insta::assert_snapshot!(both(&names, &other), @r#"
        Map("entries": non-null Struct("keys": non-null Utf8, "values": Float64), unsorted)
        {a: 1.0} | ∅
        ∅
        {a: 1.0} | ∅
        ∅
        "#);
    }

    #[test]
    fn fields_of_null_structs_may_be_missing() {
        let one = Fields::from(vec![Field::new("a", DataType::Int32, false)]);
        let one = StructArray::new(
            one,
            vec![Arc::new(Int32Array::from(vec![1, 0, 3]))],
            Some(vec![true, false, true].into()),
        );
        let other = Fields::from(vec![
            Field::new("b", DataType::Utf8, false),
            Field::new("a", DataType::Int64, false),
        ]);
        let columns: Vec<ArrayRef> =
            vec![Arc::new(StringArray::from(vec!["x", "y"])), Arc::new(Int64Array::from(vec![1, 2]))];
        let other = StructArray::new(other, columns, None);
        insta::assert_snapshot!(both(&(Arc::new(one) as ArrayRef), &(Arc::new(other) as ArrayRef)), @r#"
        Struct("a": non-null Int64, "b": Utf8)
        {a: 1, b: } | ∅ | {a: 3, b: }
        ∅ | {a: 3, b: }
        {a: 1, b: x} | {a: 2, b: y}
        {a: 2, b: y}
        "#);
    }

    #[test]
    fn fields_that_names_do_not_tell_apart_are_not_merged() {
        let twice = DataType::Struct(Fields::from(vec![Field::new("a", DataType::Int32, true); 2]));
        let once = DataType::Struct(Fields::from(vec![Field::new("a", DataType::Int32, true)]));
        assert_eq!(widen(&twice, &once).unwrap_err().path, "");
    }
}
