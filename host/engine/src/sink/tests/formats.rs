//! What is written in every format, and that it reads back.

use std::{fs, path::Path, sync::Arc};

use arrow_array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Date64Array, Decimal128Array,
    Decimal256Array, DurationMicrosecondArray, FixedSizeListArray, Float32Array, Float64Array, Int8Array,
    Int32Array, Int64Array, ListArray, MapArray, NullArray, RecordBatch, StringArray, StringViewArray,
    StructArray, Time32SecondArray, Time64NanosecondArray, TimestampMicrosecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
    builder::{Int32Builder, MapBuilder, StringBuilder},
    types::Int64Type,
};
use arrow_buffer::{NullBuffer, i256};
use arrow_schema::{DataType, Field};
use arrow_select::{concat::concat_batches, filter::filter_record_batch};
use etl_pipeline::{Compression, CsvSink, IpcCompression, Sink, SinkFormat, TextCompression};
use futures::FutureExt;
use insta::assert_snapshot;
use tempfile::TempDir;

use super::{Output, located, names, sink, sliced};
use crate::objects::Access;
use crate::sink::{OutputInfo, check, read_schema};
use crate::source::{Source, open_written};

fn csv(compression: TextCompression) -> SinkFormat {
    let (delimiter, quote, null) = (b',', b'"', String::new());
    SinkFormat::Csv(CsvSink { header: true, delimiter, quote, null, compression })
}

fn write(sink: &Sink, batches: &[RecordBatch], threads: usize) -> OutputInfo {
    let mut output =
        Output::create(sink, "run", batches[0].schema_ref(), threads, &Access::for_tests()).unwrap();
    for batch in batches {
        output.write(batch).unwrap();
    }
    output.finish().unwrap().commit().unwrap()
}

/// What was written, as another job reads it, without positions.
pub(super) fn read_back(sink: &Sink) -> RecordBatch {
    let source: Box<dyn Source> = open_written(sink, &Access::for_tests()).unwrap();
    let scan = source.scan(None, 1000).unwrap();
    let mut batches = Vec::new();
    while let Some(rows) = scan.next().now_or_never().unwrap().unwrap() {
        assert!(rows.rejects.is_empty());
        let columns = (0..source.schema().fields().len()).collect::<Vec<_>>();
        batches.extend(rows.batches.iter().map(|batch| batch.project(&columns).unwrap()));
    }
    concat_batches(source.schema(), &batches).unwrap()
}

/// Types that text can hold, with nulls.
fn plain_columns() -> Vec<(&'static str, ArrayRef)> {
    let texts = vec![Some("a \"text\", of more\nthan a line"), None, Some("x")];
    vec![
        ("none", Arc::new(NullArray::new(3))),
        ("on", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("i8", Arc::new(Int8Array::from(vec![-128, 0, 127]))),
        ("i64", Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)]))),
        ("u64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("f32", Arc::new(Float32Array::from(vec![0.1, -0.0, 1e-30]))),
        ("f64", Arc::new(Float64Array::from(vec![Some(0.1), None, Some(-1.5e300)]))),
        ("text", Arc::new(StringViewArray::from(texts))),
        ("dec", Arc::new(Decimal128Array::from(vec![12345, -5, 0]).with_precision_and_scale(38, 2).unwrap())),
        (
            "big",
            Arc::new(
                Decimal256Array::from(vec![i256::MAX / i256::from(10), i256::ONE, i256::MINUS_ONE])
                    .with_precision_and_scale(76, 10)
                    .unwrap(),
            ),
        ),
        ("day", Arc::new(Date32Array::from(vec![Some(19_000), None, Some(-1)]))),
        ("day64", Arc::new(Date64Array::from(vec![86_400_000, 0, -86_400_000]))),
        ("time", Arc::new(Time32SecondArray::from(vec![1, 86_399, 0]))),
        ("time_ns", Arc::new(Time64NanosecondArray::from(vec![1, 86_399_000_000_000, 0]))),
        ("at_s", Arc::new(TimestampSecondArray::from(vec![1, -1, 1_700_000_000]))),
        ("at_us", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None, Some(-1)]))),
        ("at_utc", Arc::new(TimestampMicrosecondArray::from(vec![1, 0, -1]).with_timezone("UTC"))),
        (
            "at_ns",
            Arc::new(
                TimestampNanosecondArray::from(vec![1, 0, 1_700_000_000_123_456_789])
                    .with_timezone("Europe/Berlin"),
            ),
        ),
    ]
}

/// Types that JSON can hold.
fn json_columns() -> Vec<(&'static str, ArrayRef)> {
    let list =
        ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let pair = Arc::new(Field::new_list_field(DataType::Int32, true));
    let pairs = FixedSizeListArray::new(pair, 2, Arc::new(Int32Array::from(vec![1, 2, 3, 4, 5, 6])), None);
    let text: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None, Some("hidden")]));
    let fields = vec![
        Arc::new(Field::new("t", DataType::Utf8, true)),
        Arc::new(Field::new("l", list.data_type().clone(), true)),
    ];
    let nulls = NullBuffer::from(vec![true, true, false]);
    let nested = StructArray::new(fields.into(), vec![text, Arc::new(list.clone())], Some(nulls));
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for entries in [vec![("k", Some(1)), ("l", None)], vec![], vec![("m", Some(2))]] {
        for (key, value) in entries {
            map.keys().append_value(key);
            map.values().append_option(value);
        }
        map.append(true).unwrap();
    }
    let map: MapArray = map.finish();
    let mut columns = plain_columns();
    columns.extend([
        ("list", Arc::new(list) as ArrayRef),
        ("pairs", Arc::new(pairs)),
        ("nested", Arc::new(nested)),
        ("map", Arc::new(map)),
    ]);
    columns
}

fn all_columns() -> Vec<(&'static str, ArrayRef)> {
    let mut columns = json_columns();
    columns.push(("bytes", Arc::new(BinaryViewArray::from(vec![Some(&b"\xff"[..]), None, Some(b"")]))));
    columns.push(("lasts", Arc::new(DurationMicrosecondArray::from(vec![Some(1), None, Some(-1)]))));
    columns
}

fn batch(columns: Vec<(&'static str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .unwrap()
}

#[test]
fn rows_read_back_as_they_were() {
    let mut formats = Vec::new();
    for compression in [TextCompression::None, TextCompression::Gzip, TextCompression::Zstd] {
        formats.push((csv(compression), plain_columns()));
        formats.push((SinkFormat::Ndjson(compression), json_columns()));
    }
    for compression in [IpcCompression::None, IpcCompression::Lz4, IpcCompression::Zstd] {
        formats.push((SinkFormat::Ipc(compression), all_columns()));
    }
    for compression in [Compression::Snappy, Compression::Zstd, Compression::None] {
        formats.push((SinkFormat::Parquet(compression), all_columns()));
    }
    let folder = TempDir::new().unwrap();
    for (format, columns) in formats {
        let sink = sink(&folder.path().join("out"), format);
        let batch = batch(columns);
        assert_eq!(write(&sink, std::slice::from_ref(&batch), 2).files, 1);
        let found = read_back(&sink);
        let expected = read_schema(&sink, batch.schema_ref());
        assert_eq!(found.schema(), expected);
        for (index, field) in expected.fields().iter().enumerate() {
            let column = arrow_cast::cast(batch.column(index), field.data_type()).unwrap();
            assert_eq!(
                found.column(index).as_ref(),
                column.as_ref(),
                "{} in {:?}",
                field.name(),
                sink.format
            );
        }
    }
}

fn text_of(format: SinkFormat, batch: &RecordBatch) -> String {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    write(&sink(&target, format), std::slice::from_ref(batch), 1);
    let name = names(&target).into_iter().find(|name| name.starts_with("part-")).unwrap();
    fs::read_to_string(target.join(name)).unwrap()
}

#[test]
fn csv_as_it_is_written() {
    assert_snapshot!(text_of(csv(TextCompression::None), &batch(plain_columns())), @r#"
    none,on,i8,i64,u64,f32,f64,text,dec,big,day,day64,time,time_ns,at_s,at_us,at_utc,at_ns
    ,true,-128,-9223372036854775808,18446744073709551615,0.1,0.1,"a ""text"", of more
    than a line",123.45,578960446186580977117854925043439539266349923328202820197287920039.5656481996,2022-01-08,1970-01-02T00:00:00,00:00:01,00:00:00.000000001,1970-01-01T00:00:01,1970-01-01T00:00:00.000001,1970-01-01T00:00:00.000001Z,1970-01-01T01:00:00.000000001+01:00
    ,,0,,0,-0.0,,,-0.05,0.0000000001,,1970-01-01T00:00:00,23:59:59,23:59:59,1969-12-31T23:59:59,,1970-01-01T00:00:00Z,1970-01-01T01:00:00+01:00
    ,false,127,9223372036854775807,1,1e-30,-1.5e300,x,0.00,-0.0000000001,1969-12-31,1969-12-31T00:00:00,00:00:00,00:00:00,2023-11-14T22:13:20,1969-12-31T23:59:59.999999,1969-12-31T23:59:59.999999Z,2023-11-14T23:13:20.123456789+01:00
    "#);
    let told = CsvSink {
        header: false,
        delimiter: b';',
        quote: b'\'',
        null: "NA".to_owned(),
        compression: TextCompression::None,
    };
    let texts: ArrayRef =
        Arc::new(StringViewArray::from(vec![Some("it's"), None, Some("a;b"), Some(""), Some("NA")]));
    assert_snapshot!(text_of(SinkFormat::Csv(told), &batch(vec![("a", Arc::clone(&texts)), ("b", texts.clone())])), @"
    'it''s';'it''s'
    NA;NA
    'a;b';'a;b'
    ;
    NA;NA
    ");
    // A row of nothing is a line with something on it.
    assert_snapshot!(text_of(csv(TextCompression::None), &batch(vec![("a", texts)])), @r#"
    a
    it's
    ""
    a;b
    ""
    NA
    "#);
}

#[test]
fn ndjson_as_it_is_written() {
    assert_snapshot!(text_of(SinkFormat::Ndjson(TextCompression::None), &batch(json_columns())), @r#"
    {"none":null,"on":true,"i8":-128,"i64":-9223372036854775808,"u64":18446744073709551615,"f32":0.1,"f64":0.1,"text":"a \"text\", of more\nthan a line","dec":123.45,"big":578960446186580977117854925043439539266349923328202820197287920039.5656481996,"day":"2022-01-08","day64":"1970-01-02T00:00:00","time":"00:00:01","time_ns":"00:00:00.000000001","at_s":"1970-01-01T00:00:01","at_us":"1970-01-01T00:00:00.000001","at_utc":"1970-01-01T00:00:00.000001Z","at_ns":"1970-01-01T01:00:00.000000001+01:00","list":[1,null],"pairs":[1,2],"nested":{"t":"x","l":[1,null]},"map":{"k":1,"l":null}}
    {"none":null,"on":null,"i8":0,"i64":null,"u64":0,"f32":-0.0,"f64":null,"text":null,"dec":-0.05,"big":0.0000000001,"day":null,"day64":"1970-01-01T00:00:00","time":"23:59:59","time_ns":"23:59:59","at_s":"1969-12-31T23:59:59","at_us":null,"at_utc":"1970-01-01T00:00:00Z","at_ns":"1970-01-01T01:00:00+01:00","list":null,"pairs":[3,4],"nested":{"t":null,"l":null},"map":{}}
    {"none":null,"on":false,"i8":127,"i64":9223372036854775807,"u64":1,"f32":1.0e-30,"f64":-1.5e300,"text":"x","dec":0.00,"big":-0.0000000001,"day":"1969-12-31","day64":"1969-12-31T00:00:00","time":"00:00:00","time_ns":"00:00:00","at_s":"2023-11-14T22:13:20","at_us":"1969-12-31T23:59:59.999999","at_utc":"1969-12-31T23:59:59.999999Z","at_ns":"2023-11-14T23:13:20.123456789+01:00","list":[],"pairs":[5,6],"nested":null,"map":{"m":2}}
    "#);
}

#[test]
fn no_rows_give_a_file_with_what_tells_the_columns() {
    let none = batch(plain_columns()).slice(0, 0);
    assert_snapshot!(text_of(csv(TextCompression::None), &none), @"none,on,i8,i64,u64,f32,f64,text,dec,big,day,day64,time,time_ns,at_s,at_us,at_utc,at_ns");
    assert_eq!(text_of(SinkFormat::Ndjson(TextCompression::None), &none), "");
    let folder = TempDir::new().unwrap();
    for format in [
        csv(TextCompression::None),
        SinkFormat::Ndjson(TextCompression::Gzip),
        SinkFormat::Ipc(IpcCompression::Lz4),
    ] {
        let sink = sink(&folder.path().join("out"), format);
        write(&sink, std::slice::from_ref(&none), 1);
        assert_eq!(read_back(&sink).num_rows(), 0);
    }
}

/// Rows whose nulls and lists have different leftovers behind them, by the batches that they are in.
fn many_rows() -> RecordBatch {
    let one = batch(json_columns());
    let whole = concat_batches(one.schema_ref(), &vec![one.clone(); 8_000]).unwrap();
    let keep = (0..whole.num_rows()).map(|row| row % 7 != 3).collect::<BooleanArray>();
    filter_record_batch(&whole, &keep).unwrap()
}

#[test]
fn the_same_bytes_whatever_the_batches_and_threads() {
    let rows = many_rows();
    let plain = rows.project(&(0..plain_columns().len()).collect::<Vec<_>>()).unwrap();
    let formats = [
        (csv(TextCompression::Gzip), &plain),
        (SinkFormat::Ndjson(TextCompression::Zstd), &rows),
        (SinkFormat::Ipc(IpcCompression::None), &rows),
        (SinkFormat::Ipc(IpcCompression::Zstd), &rows),
    ];
    let folder = TempDir::new().unwrap();
    for (index, (format, rows)) in formats.into_iter().enumerate() {
        let mut written = Vec::new();
        for (threads, batches) in [(1, vec![rows.clone()]), (3, sliced(rows, 777))] {
            let target = folder.path().join(format!("{index}-{threads}"));
            write(&sink(&target, format.clone()), &batches, threads);
            let files = names(&target);
            written
                .push(files.into_iter().map(|name| fs::read(target.join(name)).unwrap()).collect::<Vec<_>>());
        }
        assert!(written.windows(2).all(|pair| pair[0] == pair[1]), "{format:?}");
    }
}

#[test]
fn a_new_file_begins_after_so_many_rows() {
    let folder = TempDir::new().unwrap();
    let numbers: ArrayRef = Arc::new((0..50_000).collect::<Int64Array>());
    let rows = batch(vec![("n", numbers)]);
    let mut written = Vec::new();
    for (index, batches) in [vec![rows.clone()], sliced(&rows, 999)].into_iter().enumerate() {
        let target = folder.path().join(index.to_string());
        let sink = Sink { rows_per_file: Some(20_000), ..sink(&target, csv(TextCompression::None)) };
        let info = write(&sink, &batches, 2);
        assert_eq!((info.files, info.rows), (3, 50_000));
        let files = names(&target).into_iter().filter(|name| name.starts_with("part-")).collect::<Vec<_>>();
        assert_eq!(files, ["part-00000.csv", "part-00001.csv", "part-00002.csv"]);
        let texts =
            files.iter().map(|name| fs::read_to_string(target.join(name)).unwrap()).collect::<Vec<_>>();
        assert_eq!(
            texts.iter().map(|text| text.lines().count()).collect::<Vec<_>>(),
            [20_001, 20_001, 10_001]
        );
        assert_eq!(info.bytes, texts.iter().map(|text| text.len() as u64).sum::<u64>());
        assert_eq!(read_back(&sink).column(0), rows.column(0));
        written.push(texts);
    }
    assert_eq!(written[0], written[1]);
    // As many as fit: no file is left empty.
    let target = folder.path().join("even");
    let sink =
        Sink { rows_per_file: Some(25_000), ..sink(&target, SinkFormat::Parquet(Compression::Snappy)) };
    assert_eq!(write(&sink, &[rows], 2).files, 2);
}

#[test]
fn what_a_format_cannot_hold_is_told_before() {
    let shown = |format, partition_by: &[&str], columns| {
        let sink = Sink {
            partition_by: partition_by.iter().map(|name| located(name)).collect(),
            ..sink(Path::new("out"), format)
        };
        let unfit = check(&sink, batch(columns).schema_ref())
            .into_iter()
            .map(|unfit| format!("{}\n  {}", unfit.message, unfit.hint.unwrap_or_default()));
        unfit.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(shown(csv(TextCompression::None), &[], all_columns()), @r#"
    column `list` is List(Int64), which CSV can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    column `pairs` is FixedSizeList(2 x Int32), which CSV can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    column `nested` is Struct("t": Utf8, "l": List(Int64)), which CSV can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    column `map` is Map("entries": non-null Struct("keys": non-null Utf8, "values": Int32), unsorted), which CSV can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    column `bytes` is binary, which CSV can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    column `lasts` is duration[us], which CSV can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    "#);
    assert_snapshot!(shown(SinkFormat::Ndjson(TextCompression::None), &[], all_columns()), @"
    column `bytes` is binary, which NDJSON can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    column `lasts` is duration[us], which NDJSON can't hold
      drop the column, or write to `sink.parquet` or `sink.ipc`
    ");
    assert_eq!(shown(SinkFormat::Ipc(IpcCompression::None), &[], all_columns()), "");
    let ipc = || SinkFormat::Ipc(IpcCompression::None);
    assert_snapshot!(shown(ipc(), &["ohn", "f64", "list"], all_columns()), @"
    folders can't be named by `ohn`: there is no such column
      did you mean `on`?
    folders can't be named by `f64`: it is float64
      columns of bool, of integers, of date32 or of utf8 can name folders
    folders can't be named by `list`: it is List(Int64)
      columns of bool, of integers, of date32 or of utf8 can name folders
    ");
    assert_snapshot!(shown(ipc(), &["on"], plain_columns()[1..2].to_vec()), @"folders are named by all columns: nothing is left for the files");
}
