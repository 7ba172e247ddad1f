//! Folders that are named by values, out and in.

use std::{fs, path::Path, sync::Arc};

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
};
use arrow_cast::pretty::pretty_format_batches;
use etl_pipeline::{Compression, CsvSink, IpcCompression, Sink, SinkFormat, TextCompression};
use insta::{allow_duplicates, assert_snapshot};
use tempfile::TempDir;

use super::{Output, formats::read_back, located, sink, sliced};
use crate::objects::Access;

fn rows() -> RecordBatch {
    let texts = vec![Some("a/b: ü"), None, Some("x"), Some("a/b: ü"), Some("x"), Some("..")];
    let columns: [(&str, ArrayRef); 5] = [
        ("n", Arc::new((0..6).collect::<Int64Array>())),
        ("text", Arc::new(StringViewArray::from(texts))),
        (
            "year",
            Arc::new(Int32Array::from(vec![Some(2024), Some(2023), None, Some(2024), None, Some(2024)])),
        ),
        ("day", Arc::new(Date32Array::from(vec![19_000; 6]))),
        ("on", Arc::new(BooleanArray::from(vec![true, false, true, true, false, true]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

fn by(target: &Path, format: SinkFormat, columns: &[&str]) -> Sink {
    Sink { partition_by: columns.iter().map(|name| located(name)).collect(), ..sink(target, format) }
}

fn write(sink: &Sink, batches: &[RecordBatch]) -> (usize, u64) {
    let mut output = Output::create(sink, "run", batches[0].schema_ref(), 2, &Access::for_tests()).unwrap();
    for batch in batches {
        output.write(batch).unwrap();
    }
    let info = output.finish().unwrap().commit().unwrap();
    (info.files, info.rows)
}

/// Paths below a folder, sorted, with the content of texts.
fn tree(folder: &Path) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "csv") {
                lines.push(format!("{name}: {:?}", fs::read_to_string(&path).unwrap()));
            } else {
                lines.push(name);
            }
        }
    }
    lines.sort();
    lines.join("\n")
}

fn formats() -> [SinkFormat; 4] {
    let (delimiter, quote, null) = (b',', b'"', String::new());
    let csv = CsvSink { header: true, delimiter, quote, null, compression: TextCompression::None };
    [
        SinkFormat::Csv(csv),
        SinkFormat::Ndjson(TextCompression::Gzip),
        SinkFormat::Ipc(IpcCompression::Lz4),
        SinkFormat::Parquet(Compression::Snappy),
    ]
}

#[test]
fn rows_go_to_the_folders_of_their_values_and_come_back() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    for (index, format) in formats().into_iter().enumerate() {
        for batches in [vec![rows()], sliced(&rows(), 1)] {
            let sink = by(&target, format.clone(), &["year", "text"]);
            // Each replaces the one before, whatever its format was.
            assert_eq!(write(&sink, &batches), (4, 6));
            if index == 0 {
                allow_duplicates! { assert_snapshot!(tree(&target), @r#"
                _schema.arrows
                year=2023/text=__HIVE_DEFAULT_PARTITION__/part-00000.csv: "n,day,on\n1,2022-01-08,false\n"
                year=2024/text=../part-00000.csv: "n,day,on\n5,2022-01-08,true\n"
                year=2024/text=a%2Fb%3A%20%C3%BC/part-00000.csv: "n,day,on\n0,2022-01-08,true\n3,2022-01-08,true\n"
                year=__HIVE_DEFAULT_PARTITION__/text=x/part-00000.csv: "n,day,on\n2,2022-01-08,true\n4,2022-01-08,false\n"
                "#) }
            }
            allow_duplicates! { assert_snapshot!(pretty_format_batches(&[read_back(&sink)]).unwrap().to_string(), @"
            +---+------------+-------+------+--------+
            | n | day        | on    | year | text   |
            +---+------------+-------+------+--------+
            | 1 | 2022-01-08 | false | 2023 |        |
            | 5 | 2022-01-08 | true  | 2024 | ..     |
            | 0 | 2022-01-08 | true  | 2024 | a/b: ü |
            | 3 | 2022-01-08 | true  | 2024 | a/b: ü |
            | 2 | 2022-01-08 | true  |      | x      |
            | 4 | 2022-01-08 | false |      | x      |
            +---+------------+-------+------+--------+
            ") }
        }
    }
}

#[test]
fn bools_and_days_name_folders_too() {
    let folder = TempDir::new().unwrap();
    let [csv, ..] = formats();
    let sink = by(&folder.path().join("out"), csv, &["on", "day"]);
    write(&sink, &[rows()]);
    assert_snapshot!(tree(&folder.path().join("out")), @r#"
    _schema.arrows
    on=false/day=2022-01-08/part-00000.csv: "n,text,year\n1,,2023\n4,x,\n"
    on=true/day=2022-01-08/part-00000.csv: "n,text,year\n0,a/b: ü,2024\n2,x,\n3,a/b: ü,2024\n5,..,2024\n"
    "#);
    assert_snapshot!(pretty_format_batches(&[read_back(&sink)]).unwrap().to_string(), @"
    +---+--------+------+-------+------------+
    | n | text   | year | on    | day        |
    +---+--------+------+-------+------------+
    | 1 |        | 2023 | false | 2022-01-08 |
    | 4 | x      |      | false | 2022-01-08 |
    | 0 | a/b: ü | 2024 | true  | 2022-01-08 |
    | 2 | x      |      | true  | 2022-01-08 |
    | 3 | a/b: ü | 2024 | true  | 2022-01-08 |
    | 5 | ..     | 2024 | true  | 2022-01-08 |
    +---+--------+------+-------+------------+
    ");
}

#[test]
fn no_rows_give_no_folders_and_read_back_as_none() {
    let folder = TempDir::new().unwrap();
    for format in formats() {
        let sink = by(&folder.path().join("out"), format, &["year"]);
        assert_eq!(write(&sink, &[rows().slice(0, 0)]), (0, 0));
        assert_eq!(tree(&folder.path().join("out")), "_schema.arrows");
        let found = read_back(&sink);
        assert_eq!((found.num_rows(), found.num_columns()), (0, 5));
    }
}

#[test]
fn files_of_a_folder_have_their_size() {
    let folder = TempDir::new().unwrap();
    let [csv, ..] = formats();
    let sink = Sink { rows_per_file: Some(1), ..by(&folder.path().join("out"), csv, &["on"]) };
    assert_eq!(write(&sink, &[rows()]).0, 6);
    assert_snapshot!(tree(&folder.path().join("out")), @r#"
    _schema.arrows
    on=false/part-00000.csv: "n,text,year,day\n1,,2023,2022-01-08\n"
    on=false/part-00001.csv: "n,text,year,day\n4,x,,2022-01-08\n"
    on=true/part-00000.csv: "n,text,year,day\n0,a/b: ü,2024,2022-01-08\n"
    on=true/part-00001.csv: "n,text,year,day\n2,x,,2022-01-08\n"
    on=true/part-00002.csv: "n,text,year,day\n3,a/b: ü,2024,2022-01-08\n"
    on=true/part-00003.csv: "n,text,year,day\n5,..,2024,2022-01-08\n"
    "#);
}

#[test]
fn only_folders_of_outputs_are_replaced() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    let [csv, ..] = formats();
    let sink = by(&target, csv, &["on"]);
    write(&sink, &[rows()]);
    fs::write(target.join("on=true/notes.txt"), "mine").unwrap();
    let error =
        Output::create(&sink, "run", rows().schema_ref(), 1, &Access::for_tests()).unwrap_err().to_string();
    assert_snapshot!(error.replace(&format!("{}/", folder.path().canonicalize().unwrap().display()), ""), @r#"won't replace out: it holds "on=true", which no job wrote"#);
}
