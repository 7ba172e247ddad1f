use std::{fs::File, path::Path, sync::Arc};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use insta::assert_snapshot;
use parquet::{arrow::ArrowWriter, file::properties::WriterProperties};

use super::{error, folder, open, positions, read, table};

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, row_group_rows: usize) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(row_group_rows)).build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn text_is_read_as_views_and_columns_in_the_order_asked_for() {
    let folder = folder(&[]);
    let numbers = Arc::new(Int64Array::from(vec![Some(1), None]));
    let names = Arc::new(StringArray::from(vec!["x", "y"]));
    write(&folder.path().join("a.parquet"), vec![("n", numbers), ("name", names)], 100);
    let source = open(folder.path(), "parquet", ".", "").unwrap();
    assert_eq!(source.schema().field(1).data_type(), &arrow_schema::DataType::Utf8View);
    assert_snapshot!(table(source.as_ref(), None).unwrap(), @"
    n: int64
    name: utf8
    1 | x | 0
    ∅ | y | 1
    ");
    assert_snapshot!(table(source.as_ref(), Some(&[1, 0])).unwrap(), @"
    n: int64
    name: utf8
    x | 1 | 0
    y | ∅ | 1
    ");
    assert_eq!(positions(&read(source.as_ref(), Some(&[]), 10).unwrap()), [0, 1]);
}

#[test]
fn every_row_once_whatever_the_row_groups() {
    let rows = 150_000;
    for row_group_rows in [40_000, 1_000_000] {
        let folder = folder(&[]);
        let values: ArrayRef = Arc::new((0..rows).collect::<Int64Array>());
        write(&folder.path().join("a.parquet"), vec![("n", Arc::clone(&values))], row_group_rows);
        write(&folder.path().join("b.parquet"), vec![("n", values)], row_group_rows);
        let source = open(folder.path(), "parquet", ".", "").unwrap();
        let batches = read(source.as_ref(), None, 8192).unwrap();
        let expected = (0..rows).chain(0..rows);
        let found = batches.iter().flat_map(|batch| {
            arrow_array::cast::AsArray::as_primitive::<arrow_array::types::Int64Type>(batch.column(0))
                .values()
                .to_vec()
        });
        assert!(found.eq(expected));
        let rows = u64::try_from(rows).unwrap();
        assert!(positions(&batches).into_iter().eq((0..rows).chain((1 << 40)..(1 << 40) + rows)));
    }
}

#[test]
fn files_that_differ() {
    let folder = folder(&[("bad/x.parquet", b"no parquet")]);
    write(&folder.path().join("a.parquet"), vec![("n", Arc::new(Int64Array::from(vec![1])))], 10);
    write(&folder.path().join("b.parquet"), vec![("n", Arc::new(StringArray::from(vec!["x"])))], 10);
    assert_snapshot!(error(folder.path(), "parquet", "*.parquet", ""), @r#"
    a.parquet and b.parquet can't be read as one: column "n" is int64 in the one and utf8 in the other
    hint: set `schema-merge = "union"` to read columns by name, null where a file has none
    "#);
    assert_snapshot!(error(folder.path(), "parquet", "bad", ""), @"can't read bad/x.parquet: Parquet error: Invalid Parquet file. Corrupt footer");
}
