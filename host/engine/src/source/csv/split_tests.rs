#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{fs, sync::Arc};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{CsvSplitter, Dialect, RecordReader};
use crate::source::{
    InputFile, SourceError,
    text::{Cutter, Cutting},
};

/// The records of a text, each as its fields.
fn records(dialect: &Dialect, mut text: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut reader = RecordReader::new(dialect);
    let mut records = Vec::new();
    while let Some(read) = reader.next(text) {
        records.push(reader.fields().map(<[u8]>::to_vec).collect());
        text = &text[read..];
    }
    records
}

proptest! {
    /// Pieces of any size parse to the records of the whole text, and their rows are counted right.
    #[test]
    fn cutting_changes_nothing(
        parts in vec(select(vec!["a", "bc", "é", ",", "\"", "\"\"", "\n", "\r\n", "\r", "\\", "#", " ", "|", "\u{1e}", ",\"", "\",", "\"x\n"]), 0..60),
        piece_bytes in 1_usize..40,
        escape in proptest::bool::ANY,
        comment in proptest::bool::ANY,
        terminator in select(vec![None, None, Some(b'|'), Some(0x1e), Some(b'\n'), Some(b'\r')]),
    ) {
        let text = parts.concat();
        let comment = comment && terminator.is_none_or(|byte| byte == b'\n');
        let dialect = Dialect { delimiter: b',', quote: Some(b'"'), escape: escape.then_some(b'\\'), comment: comment.then_some(b'#'), terminator };
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.csv");
        fs::write(&path, &text).unwrap();
        let files = Arc::from([InputFile::local(&path, text.len() as u64)]);
        let cutting = Cutting { piece_bytes, ..Cutting::default() };
        let mut cutter = Cutter::new(files, CsvSplitter::new(&dialect), cutting);
        let mut at = 0;
        let mut found = Vec::new();
        let open_quote = loop {
            match cutter.next() {
                Ok(Some(piece)) => {
                    let records = records(&dialect, piece.text());
                    prop_assert_eq!(piece.rows, records.len());
                    prop_assert_eq!(piece.first_row, found.len() as u64);
                    let end = at + piece.text().len();
                    prop_assert_eq!(piece.text(), &text.as_bytes()[at..end]);
                    prop_assert_eq!(piece.line, 1 + text[..at].matches('\n').count() as u64);
                    at = end;
                    found.extend(records);
                }
                Ok(None) => break false,
                Err(SourceError::OpenQuote { .. } | SourceError::StrayQuote { .. }) => break true,
                Err(error) => panic!("{error}"),
            }
        };
        // With a line end, as csv-core takes a last comment without one for a record.
        let end = terminator.map_or('\n', char::from);
        let whole = records(&dialect, format!("{text}{end}").as_bytes());
        if open_quote {
            // csv-core takes what follows an open quote as a last record.
            prop_assert!(found.len() < whole.len());
            prop_assert_eq!(&found[..], &whole[..found.len()]);
        } else {
            prop_assert_eq!(found, whole);
        }
    }
}

/// What pieces of any size make of the text: each good record, and each that is none as `line: text`.
fn cut(text: &str, piece_bytes: usize) -> Vec<String> {
    let dialect =
        Dialect { delimiter: b',', quote: Some(b'"'), escape: None, comment: None, terminator: None };
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("x.csv");
    fs::write(&path, text).unwrap();
    let files = Arc::from([InputFile::local(&path, text.len() as u64)]);
    let cutting =
        Cutting { header: true, resumes: true, piece_bytes, record_bytes: 20, ..Cutting::default() };
    let splitter = CsvSplitter::new(&dialect).with_fields(2);
    let mut cutter = Cutter::new(files, splitter.clone(), cutting);
    let mut found = Vec::new();
    while let Some(piece) = cutter.next().unwrap() {
        let mut rows = piece
            .records(&splitter)
            .into_iter()
            .map(|record| {
                (record.row, format!("{} {}", record.line, String::from_utf8_lossy(record.text).trim_end()))
            })
            .collect::<Vec<_>>();
        rows.extend(piece.damaged.into_iter().map(|damaged| {
            (
                damaged.row.position,
                format!("{} {}: {}", damaged.row.place.line, damaged.row.code, damaged.row.text),
            )
        }));
        rows.sort();
        assert_eq!(rows.len(), piece.rows);
        found.extend(rows.into_iter().map(|(_, row)| row));
    }
    found
}

#[test]
fn a_record_beyond_all_measure_ends_with_its_line() {
    let large = "x".repeat(100);
    let text = format!("a,b\n1,one\n{large}\n2,two\n\"3,\n{large}\n\n{large}\n4,four\n5,{large}");
    for piece_bytes in [1, 7] {
        let found = cut(&text, piece_bytes);
        let shown = found.iter().map(|row| row.replace('\n', "⏎").replace(&"x".repeat(10), "X"));
        insta::allow_duplicates! { insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
        2 1,one
        3 record-too-large: XX
        4 2,two
        5 record-too-large: "3,⏎Xxxxxxx
        7 record-too-large: ⏎Xxxxxxxxxx
        9 4,four
        10 record-too-large: 5,Xxxxxxxxx
        "#) }
    }
}
