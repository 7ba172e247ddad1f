#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod formats;
mod partitions;

use std::{
    fs::{self, File},
    path::Path,
    sync::Arc,
};

use arrow_array::{
    ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    DurationMicrosecondArray, Float64Array, Int8Array, Int64Array, ListArray, RecordBatch, StringViewArray,
    StructArray, Time32SecondArray, TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
    types::{Int8Type, Int64Type},
};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use etl_pipeline::{Compression, Located, Sink, SinkFormat, Span};
use insta::assert_snapshot;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use super::{Output, OutputInfo, SinkError};
use crate::objects::Access;

fn rows(count: i64) -> RecordBatch {
    let numbers: ArrayRef = Arc::new((0..count).map(|n| (n % 7 != 0).then_some(n)).collect::<Int64Array>());
    let names: ArrayRef = Arc::new(
        (0..count)
            .map(|n| (n % 5 != 0).then(|| format!("the name of number {}", n % 1000)))
            .collect::<StringViewArray>(),
    );
    RecordBatch::try_from_iter_with_nullable([("n", numbers, true), ("name", names, true)]).unwrap()
}

fn located(text: &str) -> Located<String> {
    Located { value: text.to_owned(), at: Span::default() }
}

fn sink(target: &Path, format: SinkFormat) -> Sink {
    let url = located(target.to_str().unwrap());
    Sink { url, format, rows_per_file: None, partition_by: Vec::new() }
}

fn create(target: &Path, run: &str, schema: &SchemaRef) -> Result<Output, SinkError> {
    Output::create(
        &sink(target, SinkFormat::Parquet(Compression::Snappy)),
        run,
        schema,
        2,
        &Access::for_tests(),
    )
}

fn write(target: &Path, run: &str, batches: &[RecordBatch]) -> OutputInfo {
    let mut output = create(target, run, batches[0].schema_ref()).unwrap();
    for batch in batches {
        output.write(batch).unwrap();
    }
    output.finish().unwrap().commit().unwrap()
}

fn read(target: &Path) -> Vec<RecordBatch> {
    let file = File::open(target.join("part-00000.parquet")).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn sliced(batch: &RecordBatch, rows: usize) -> Vec<RecordBatch> {
    (0..batch.num_rows()).step_by(rows).map(|at| batch.slice(at, rows.min(batch.num_rows() - at))).collect()
}

#[test]
fn the_same_bytes_whatever_the_batches_and_threads() {
    let folder = TempDir::new().unwrap();
    let batch = rows(100_000);
    let mut files = Vec::new();
    for (index, batches) in
        [vec![batch.clone()], sliced(&batch, 100), sliced(&batch, 8192), sliced(&batch, 70_001)]
            .iter()
            .enumerate()
    {
        let target = folder.path().join(format!("out{index}"));
        let sink = sink(&target, SinkFormat::Parquet(Compression::Snappy));
        let mut output =
            Output::create(&sink, "run", batch.schema_ref(), index + 1, &Access::for_tests()).unwrap();
        for batch in batches {
            output.write(batch).unwrap();
        }
        let info = output.finish().unwrap().commit().unwrap();
        let bytes = fs::read(target.join("part-00000.parquet")).unwrap();
        assert_eq!(info, OutputInfo { files: 1, rows: 100_000, bytes: bytes.len() as u64 });
        files.push(bytes);
    }
    assert!(files.windows(2).all(|pair| pair[0] == pair[1]));
    let metadata = ParquetRecordBatchReaderBuilder::try_new(
        File::open(folder.path().join("out0/part-00000.parquet")).unwrap(),
    )
    .unwrap();
    assert_eq!(
        metadata
            .metadata()
            .row_groups()
            .iter()
            .map(parquet::file::metadata::RowGroupMetaData::num_rows)
            .collect::<Vec<_>>(),
        [65_536, 34_464]
    );
    assert_eq!(metadata.schema().field(1).data_type(), &DataType::Utf8);
}

#[test]
fn no_rows_give_a_file_with_the_schema() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("deep/er/out");
    let info = write(&target, "run", &[rows(0)]);
    assert_eq!((info.files, info.rows), (1, 0));
    let file = File::open(target.join("part-00000.parquet")).unwrap();
    let names = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect::<Vec<_>>();
    assert_eq!(names, ["n", "name"]);
}

#[test]
fn nothing_is_seen_until_the_commit_and_nothing_left_without_it() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    write(&target, "one", &[rows(3)]);
    let staged = {
        let mut output = create(&target, "two", rows(0).schema_ref()).unwrap();
        output.write(&rows(5)).unwrap();
        output.finish().unwrap()
    };
    assert_eq!(names(folder.path()), [".out.two.lock", ".out.two.tmp", "out"]);
    assert_eq!(read(&target)[0].num_rows(), 3);
    drop(staged);
    assert_eq!(names(folder.path()), ["out"]);

    let mut output = create(&target, "three", rows(0).schema_ref()).unwrap();
    output.write(&rows(40_000)).unwrap();
    drop(output);
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(read(&target)[0].num_rows(), 3);

    write(&target, "four", &[rows(5)]);
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(names(&target), ["part-00000.parquet"]);
    assert_eq!(read(&target)[0].num_rows(), 5);
}

#[test]
fn what_a_dead_run_left_is_deleted_and_a_living_one_spared() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    fs::create_dir(folder.path().join(".out.dead.tmp")).unwrap();
    fs::write(folder.path().join(".out.dead.tmp/part-00000.parquet"), "half").unwrap();
    fs::write(folder.path().join(".out.dead.lock"), "").unwrap();
    fs::create_dir(folder.path().join(".out.unknown.tmp")).unwrap();
    let living = create(&target, "living", rows(0).schema_ref()).unwrap();
    write(&target, "next", &[rows(1)]);
    assert_eq!(names(folder.path()), [".out.living.lock", ".out.living.tmp", ".out.unknown.tmp", "out"]);
    let same = create(&target, "living", rows(0).schema_ref()).unwrap_err();
    assert!(matches!(same, SinkError::Busy { .. }));
    living.finish().unwrap().commit().unwrap();
    assert_eq!(names(folder.path()), [".out.unknown.tmp", "out"]);
}

#[test]
fn an_output_that_a_dead_run_put_aside_comes_back() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    write(&target, "one", &[rows(3)]);
    fs::rename(&target, folder.path().join(".out.dead.old")).unwrap();
    fs::write(folder.path().join(".out.dead.lock"), "").unwrap();
    drop(create(&target, "two", rows(0).schema_ref()).unwrap());
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(read(&target)[0].num_rows(), 3);
}

#[test]
fn only_outputs_are_replaced() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    write(&home, "run", &[rows(1)]);
    fs::write(home.join("thesis.txt"), "years of work").unwrap();
    let shown = |error: SinkError| {
        let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        format!("{error}{hint}").replace(&format!("{}/", folder.path().canonicalize().unwrap().display()), "")
    };
    assert_snapshot!(shown(create(&home, "run", rows(0).schema_ref()).unwrap_err()), @r#"
    won't replace home: it holds "thesis.txt", which no job wrote
    hint: write to a folder of its own, or remove what is in this one
    "#);
    assert_snapshot!(shown(create(&home.join("thesis.txt"), "run", rows(0).schema_ref()).unwrap_err()), @"can't write home/thesis.txt: it is not a folder");
    assert_eq!(names(&home), ["part-00000.parquet", "thesis.txt"]);

    // What turns up while the run is on is safe as well.
    let late = folder.path().join("late");
    let staged = create(&late, "run", rows(0).schema_ref()).unwrap().finish().unwrap();
    fs::create_dir(&late).unwrap();
    fs::write(late.join("mine"), "").unwrap();
    assert_snapshot!(shown(staged.commit().unwrap_err()).replace(&format!("{}/", folder.path().display()), ""), @r#"
    won't replace late: it holds "mine", which no job wrote
    hint: write to a folder of its own, or remove what is in this one
    "#);
    assert_eq!(names(&late), ["mine"]);
}

#[test]
fn all_types_read_back() {
    let folder = TempDir::new().unwrap();
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let text: ArrayRef =
        Arc::new(StringViewArray::from(vec![Some("a text of more than twelve bytes"), None]));
    let nested =
        StructArray::from(vec![(Arc::new(Field::new("id", DataType::Int64, false)), Arc::clone(&ids))]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i8", Arc::new(Int8Array::from(vec![-1, 2]))),
        ("u64", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
        ("f64", Arc::new(Float64Array::from(vec![Some(0.5), None]))),
        ("text", text),
        ("bytes", Arc::new(BinaryViewArray::from(vec![&b"\xff"[..], b""]))),
        ("word", Arc::new(["x", "y"].into_iter().collect::<DictionaryArray<Int8Type>>())),
        ("decimal", Arc::new(Decimal128Array::from(vec![123, -5]).with_precision_and_scale(38, 2).unwrap())),
        ("day", Arc::new(Date32Array::from(vec![1, -1]))),
        ("day64", Arc::new(Date64Array::from(vec![86_400_000, 0]))),
        ("at_us", Arc::new(TimestampMicrosecondArray::from(vec![Some(1), None]).with_timezone("UTC"))),
        ("at_s", Arc::new(TimestampSecondArray::from(vec![1, -1]))),
        ("time", Arc::new(Time32SecondArray::from(vec![1, 2]))),
        ("lasts", Arc::new(DurationMicrosecondArray::from(vec![1, 2]))),
        (
            "list",
            Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None])),
        ),
        ("nested", Arc::new(nested)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let target = folder.path().join("out");
    write(&target, "run", std::slice::from_ref(&batch));
    let found = &read(&target)[0];
    for (index, field) in found.schema().fields().iter().enumerate() {
        let expected = arrow_cast::cast(batch.column(index), field.data_type()).unwrap();
        assert_eq!(&expected, found.column(index), "{}", field.name());
    }
    let stored = |name: &str| found.schema().field_with_name(name).unwrap().data_type().clone();
    assert_eq!(stored("at_s"), DataType::Timestamp(TimeUnit::Millisecond, None));
    assert_eq!(stored("at_us"), DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    assert_eq!(
        (stored("text"), stored("word"), stored("bytes")),
        (DataType::Utf8, DataType::Utf8, DataType::Binary)
    );
}
