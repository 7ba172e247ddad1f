//! Files whose columns differ, read as one.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, types::Int32Type,
    types::Int64Type,
};
use arrow_ipc::writer::StreamWriter;
use insta::assert_snapshot;
use parquet::arrow::ArrowWriter;

use super::{error, folder, open, positions, read, salvaged, table};

const UNION: &str = ", schema-merge = 'union'";

#[test]
fn csv_by_the_names_of_columns() {
    let folder = folder(&[
        ("in/a.csv", b"id,n,code\n1,1,007\n2,,008\n"),
        ("in/b.csv", b"n,id,more\n1.5,3,x\n"),
        ("in/c.csv", b"id,code\n4,A1\n"),
    ]);
    assert_snapshot!(error(folder.path(), "csv", "in", ""), @r#"
    in/a.csv and in/b.csv can't be read as one: column 1 is "id" in the one and "n" in the other
    hint: set `schema-merge = "union"` to read columns by name, null where a file has none
    "#);
    let source = open(folder.path(), "csv", "in", UNION).unwrap();
    assert_snapshot!(table(source.as_ref(), None).unwrap(), @"
    id: int64
    n: float64
    code: utf8
    more: utf8
    1 | 1.0 | 007 | ∅ | 0
    2 | ∅ | 008 | ∅ | 1
    3 | 1.5 | ∅ | x | 1099511627776
    4 | ∅ | A1 | ∅ | 2199023255552
    ");
    assert_snapshot!(table(source.as_ref(), Some(&[3, 1])).unwrap(), @"
    id: int64
    n: float64
    code: utf8
    more: utf8
    ∅ | 1.0 | 0
    ∅ | ∅ | 1
    x | 1.5 | 1099511627776
    ∅ | ∅ | 2199023255552
    ");
    assert_eq!(positions(&read(source.as_ref(), Some(&[]), 10).unwrap()).len(), 4);
    let given = ", schema-merge = 'union', schema = { more = 'utf8', id = 'decimal(5, 1)' }";
    assert_snapshot!(table(open(folder.path(), "csv", "in", given).unwrap().as_ref(), Some(&[0, 3])).unwrap(), @"
    id: decimal(5, 1)
    n: float64
    code: utf8
    more: utf8
    1.0 | ∅ | 0
    2.0 | ∅ | 1
    3.0 | x | 1099511627776
    4.0 | ∅ | 2199023255552
    ");
    assert_snapshot!(error(folder.path(), "csv", "in", ", schema-merge = 'union', schema = { mroe = 'utf8' }"), @r#"
    schema names a column "mroe", which in/a.csv does not have
    hint: did you mean "more"?
    "#);
}

#[test]
fn bad_rows_of_any_file_have_their_place() {
    let folder = folder(&[("in/a.csv", b"id,n\n1,1\n2\n"), ("in/b.csv", b"n,id\n1,3\n\xff,4\nn,id\n2,5\n")]);
    let options = ", schema-merge = 'union', on-bad-rows = 'reject'";
    assert_snapshot!(salvaged(folder.path(), "csv", "in", options), @r#"
    id: int64
    n: int64
    1 | 1 | 0
    3 | 1 | 1099511627776
    5 | 2 | 1099511627779
    1 at in/a.csv:3 field-count: expected 2 fields, found 1: "2"
    1099511627777 at in/b.csv:3:1 not-utf8: column "n" is not valid UTF-8: found bytes ff: "�,4"
    1099511627778 at in/b.csv:4 repeated-header: the header stands here again: "n,id"
    "#);
}

#[test]
fn json_by_keys_of_every_file() {
    let folder = folder(&[
        ("in/a.ndjson", b"{\"a\": 1}\n{\"a\": 2}\n"),
        ("in/b.ndjson", b"{\"b\": [1], \"a\": 1.5}\n"),
    ]);
    assert_snapshot!(error(folder.path(), "ndjson", "in", ", infer-rows = 2"), @r#"
    in/b.ndjson:1: key "b" is no column: it does not occur in the first 2 rows
    hint: declare it, as in `schema."b" = "utf8"`, or raise `infer-rows`
    "#);
    let options = ", infer-rows = 2, schema-merge = 'union'";
    assert_snapshot!(table(open(folder.path(), "ndjson", "in", options).unwrap().as_ref(), None).unwrap(), @"
    a: float64
    b: List(Int64)
    1.0 | ∅ | 0
    2.0 | ∅ | 1
    1.5 | [1] | 1099511627776
    ");
}

fn batches() -> [RecordBatch; 3] {
    let first: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int32Array::from(vec![1, 2]))),
        ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]))),
    ];
    let second: [(&str, ArrayRef); 3] = [
        ("n", Arc::new(Float64Array::from(vec![0.5]))),
        ("id", Arc::new(Int64Array::from(vec![1 << 40]))),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1 << 40)])]))),
    ];
    let third: [(&str, ArrayRef); 2] =
        [("id", Arc::new(StringArray::from(vec!["x"]))), ("more", Arc::new(Int32Array::from(vec![3])))];
    [
        RecordBatch::try_from_iter(first).unwrap(),
        RecordBatch::try_from_iter(second).unwrap(),
        RecordBatch::try_from_iter(third).unwrap(),
    ]
}

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn ipc(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn parquet_and_ipc_with_types_that_hold_all() {
    let [first, second, third] = batches();
    for (kind, write) in [("parquet", parquet as fn(&RecordBatch) -> Vec<u8>), ("ipc", ipc)] {
        let extension = if kind == "ipc" { "arrow" } else { kind };
        let name = |stem: &str| format!("in/{stem}.{extension}");
        let folder = folder(&[
            (&name("a"), &write(&first)),
            (&name("b"), &write(&second)),
            (&name("c"), &write(&third)),
        ]);
        insta::allow_duplicates! {
            assert_snapshot!(error(folder.path(), kind, "in", "").replace(extension, "…"), @r#"
            in/a.… and in/b.… can't be read as one: column 1 is "id" in the one and "n" in the other
            hint: set `schema-merge = "union"` to read columns by name, null where a file has none
            "#);
            let source = open(folder.path(), kind, "in", UNION).unwrap();
            assert_snapshot!(table(source.as_ref(), None).unwrap(), @"
            id: utf8
            n: float64
            list: List(Int64)
            more: int32
            1 | 1.0 | [1] | ∅ | 0
            2 | ∅ | ∅ | ∅ | 1
            1099511627776 | 0.5 | [1099511627776] | ∅ | 1099511627776
            x | ∅ | ∅ | 3 | 2199023255552
            ");
            assert_snapshot!(table(source.as_ref(), Some(&[3, 0])).unwrap(), @"
            id: utf8
            n: float64
            list: List(Int64)
            more: int32
            ∅ | 1 | 0
            ∅ | 2 | 1
            ∅ | 1099511627776 | 1099511627776
            3 | x | 2199023255552
            ");
        }
    }
}

#[test]
fn what_no_type_holds_is_told() {
    let [first, ..] = batches();
    let other =
        RecordBatch::try_from_iter([("list", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    let folder = folder(&[("in/a.arrow", &ipc(&first)), ("in/b.arrow", &ipc(&other))]);
    assert_snapshot!(error(folder.path(), "ipc", "in", UNION), @r#"in/a.arrow and in/b.arrow can't be read as one: column "list" is List(Int32) in the one and int32 in the other, and no type holds both"#);
}

/// Rows as their JSON says, with structs for objects.
fn of_json(lines: &str) -> RecordBatch {
    let (schema, _) = arrow_json::reader::infer_json_schema(lines.as_bytes(), None).unwrap();
    let mut reader = arrow_json::ReaderBuilder::new(Arc::new(schema)).build(lines.as_bytes()).unwrap();
    reader.next().unwrap().unwrap()
}

#[test]
fn fields_of_structs_by_name() {
    let first = of_json(
        r#"{"at": {"zip": 1, "city": {"name": "x"}}, "tags": [{"k": 1}, {"k": 2}]}
        {"tags": []}"#,
    );
    let second = of_json(
        r#"{"at": {"city": {"pop": 7, "name": "y"}, "zip": "2b"}, "tags": [{"v": true, "k": 0.5}]}
        {"at": null}"#,
    );
    for (kind, write) in [("parquet", parquet as fn(&RecordBatch) -> Vec<u8>), ("ipc", ipc)] {
        let extension = if kind == "ipc" { "arrow" } else { kind };
        let name = |stem: &str| format!("in/{stem}.{extension}");
        let folder = folder(&[(&name("a"), &write(&first)), (&name("b"), &write(&second))]);
        let source = open(folder.path(), kind, "in", UNION).unwrap();
        insta::allow_duplicates! { assert_snapshot!(table(source.as_ref(), None).unwrap(), @r#"
        at: Struct("zip": Utf8, "city": Struct("name": Utf8, "pop": Int64))
        tags: List(Struct("k": Float64, "v": Boolean))
        {zip: 1, city: {name: x, pop: }} | [{k: 1.0, v: }, {k: 2.0, v: }] | 0
        ∅ | [] | 1
        {zip: 2b, city: {name: y, pop: 7}} | [{k: 0.5, v: true}] | 1099511627776
        ∅ | ∅ | 1099511627777
        "#) }
    }
}

#[test]
fn objects_by_their_keys() {
    let folder = folder(&[
        ("in/a.ndjson", b"{\"at\": {\"zip\": 1}, \"tags\": [{\"k\": 1}]}\n"),
        (
            "in/b.ndjson",
            b"{\"tags\": [{\"v\": true, \"k\": 0.5}], \"at\": {\"city\": {\"pop\": 7}, \"zip\": \"2b\"}}\n",
        ),
    ]);
    let source = open(folder.path(), "ndjson", "in", ", infer-rows = 1, schema-merge = 'union'").unwrap();
    assert_snapshot!(table(source.as_ref(), None).unwrap(), @r#"
    at: Struct("zip": Utf8, "city": Struct("pop": Int64))
    tags: List(Struct("k": Float64, "v": Boolean))
    {zip: 1, city: } | [{k: 1.0, v: }] | 0
    {zip: 2b, city: {pop: 7}} | [{k: 0.5, v: true}] | 1099511627776
    "#);
}

#[test]
fn fields_that_no_type_holds_are_told_by_their_path() {
    let written = |line: &str| ipc(&of_json(line));
    let first = written(r#"{"at": {"places": [{"zip": 1}]}}"#);
    let mut wrongs = Vec::new();
    for other in
        [r#"{"at": {"places": [{"zip": {"a": 1}}]}}"#, r#"{"at": {"places": {"zip": 1}}}"#, r#"{"at": "x"}"#]
    {
        let folder = folder(&[("in/a.arrow", &first), ("in/b.arrow", &written(other))]);
        wrongs.push(error(folder.path(), "ipc", "in", UNION));
    }
    assert_snapshot!(wrongs.join("\n"), @r#"
    in/a.arrow and in/b.arrow can't be read as one: column "at.places.zip" is int64 in the one and Struct("a": Int64) in the other, and no type holds both
    in/a.arrow and in/b.arrow can't be read as one: column "at.places" is List(Struct("zip": Int64)) in the one and Struct("zip": Int64) in the other, and no type holds both
    in/a.arrow and in/b.arrow can't be read as one: column "at" is Struct("places": List(Struct("zip": Int64))) in the one and utf8 in the other, and no type holds both
    "#);
}

#[test]
fn folders_name_columns_of_files_that_differ() {
    let folder = folder(&[("in/y=1/a.csv", b"a\n1\n"), ("in/y=2/a.csv", b"b\nx\n")]);
    let options = ", schema-merge = 'union', partitions = 'auto'";
    assert_snapshot!(table(open(folder.path(), "csv", "in", options).unwrap().as_ref(), None).unwrap(), @"
    a: int64
    b: utf8
    y: int64
    1 | ∅ | 1 | 0
    ∅ | x | 2 | 1099511627776
    ");
}

#[test]
fn a_header_that_cannot_be_read_is_not_passed_over() {
    let folder = folder(&[("a.csv", b"\"a,b\n1,\"x\"\n2,y\n")]);
    assert_snapshot!(error(folder.path(), "csv", "a.csv", ", on-bad-rows = 'reject'"), @"
    a.csv:1:1: a quote opens here and never closes
    hint: close it, or set `quote` to the character that the file uses
    ");
}
