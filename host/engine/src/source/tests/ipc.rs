//! Arrow IPC in both formats, with and without compression.

use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int8Array, Int64Array, RecordBatch, StringArray};
use arrow_ipc::{
    CompressionType,
    writer::{FileWriter, IpcWriteOptions, StreamWriter},
};
use insta::assert_snapshot;

use super::{error, folder, open, positions, read, table};

fn batch(numbers: std::ops::Range<i64>) -> RecordBatch {
    let texts: ArrayRef =
        Arc::new(numbers.clone().map(|n| (n % 3 != 0).then(|| format!("text {n}"))).collect::<StringArray>());
    let values = Arc::new(StringArray::from(vec!["even", "odd"]));
    let keys = numbers.clone().map(|n| i8::from(n % 2 != 0)).collect::<Int8Array>();
    let few: ArrayRef = Arc::new(DictionaryArray::new(keys, values));
    RecordBatch::try_from_iter([
        ("n", Arc::new(numbers.collect::<Int64Array>()) as ArrayRef),
        ("text", texts),
        ("few", few),
    ])
    .unwrap()
}

fn file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), batches[0].schema_ref(), options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), batches[0].schema_ref()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn files_and_streams_hold_the_same() {
    let batches = [batch(0..4), batch(4..4), batch(4..6)];
    let read = |content: &[u8]| {
        table(open(folder(&[("a.arrow", content)]).path(), "ipc", "a.arrow", "").unwrap().as_ref(), None)
            .unwrap()
    };
    let plain = read(&file(&batches, None));
    assert_snapshot!(plain, @"
    n: int64
    text: utf8
    few: utf8
    0 | ∅ | even | 0
    1 | text 1 | odd | 1
    2 | text 2 | even | 2
    3 | ∅ | odd | 3
    4 | text 4 | even | 4
    5 | text 5 | odd | 5
    ");
    assert_eq!(read(&stream(&batches)), plain);
    for compression in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        assert_eq!(read(&file(&batches, Some(compression))), plain);
    }
}

#[test]
fn columns_are_read_in_the_order_that_is_asked_for() {
    let folder =
        folder(&[("in/a.arrow", &file(&[batch(0..2)], None)), ("in/b.feather", &stream(&[batch(2..4)]))]);
    let source = open(folder.path(), "ipc", "in", "").unwrap();
    assert_snapshot!(table(source.as_ref(), Some(&[2, 0])).unwrap(), @"
    n: int64
    text: utf8
    few: utf8
    even | 0 | 0
    odd | 1 | 1
    even | 2 | 1099511627776
    odd | 3 | 1099511627777
    ");
    let none = read(source.as_ref(), Some(&[]), 10).unwrap();
    assert_eq!(positions(&none), [0, 1, 1 << 40, (1 << 40) + 1]);
}

#[test]
fn wrong_files() {
    let good = file(&[batch(0..4)], None);
    let other = batch(0..1).project(&[0, 2]).unwrap();
    let folder = folder(&[
        ("a.arrow", &good[..good.len() - 20]),
        ("b.arrow", b"a,b\n1,2\n"),
        ("in/c.arrow", &good),
        ("in/d.arrow", &file(&[other], None)),
    ]);
    assert_snapshot!(error(folder.path(), "ipc", "a.arrow", ""), @"
    can't read a.arrow: Parser error: Arrow file does not contain correct footer
    hint: the file may be cut off: fetch it again
    ");
    assert_snapshot!(error(folder.path(), "ipc", "b.arrow", ""), @"b.arrow is not an Arrow IPC file");
    assert_snapshot!(error(folder.path(), "ipc", "in", ""), @r#"
    in/c.arrow and in/d.arrow can't be read as one: column 2 is "text" in the one and "few" in the other
    hint: set `schema-merge = "union"` to read columns by name, null where a file has none
    "#);
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let batches = [batch(0..5), batch(5..9)];
    for whole in [file(&batches, Some(CompressionType::LZ4_FRAME)), file(&batches, None)] {
        for end in (0..whole.len()).step_by(23) {
            let folder = folder(&[("a.arrow", &whole[..end])]);
            let found =
                open(folder.path(), "ipc", "a.arrow", "").and_then(|source| read(source.as_ref(), None, 3));
            assert!(found.is_err(), "{end} bytes");
        }
    }
}
