#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{fs, sync::Arc};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{CsvSplitter, Dialect, RecordReader};
use crate::source::{InputFile, SourceError, text::Cutter};

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
        parts in vec(select(vec!["a", "bc", "é", ",", "\"", "\"\"", "\n", "\r\n", "\r", "\\", "#", " ", ",\"", "\",", "\"x\n"]), 0..60),
        piece_bytes in 1_usize..40,
        escape in proptest::bool::ANY,
        comment in proptest::bool::ANY,
    ) {
        let text = parts.concat();
        let dialect = Dialect { delimiter: b',', quote: b'"', escape: escape.then_some(b'\\'), comment: comment.then_some(b'#') };
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("x.csv");
        fs::write(&path, &text).unwrap();
        let files = Arc::from([InputFile { path, bytes: text.len() as u64 }]);
        let mut cutter = Cutter::new(files, CsvSplitter::new(&dialect), false).with_piece_bytes(piece_bytes);
        let mut found = Vec::new();
        let open_quote = loop {
            match cutter.next() {
                Ok(Some(piece)) => {
                    let records = records(&dialect, piece.text());
                    prop_assert_eq!(piece.rows, records.len());
                    prop_assert_eq!(piece.first_row, found.len() as u64);
                    let start = usize::try_from(piece.offset).unwrap();
                    prop_assert_eq!(piece.text(), &text.as_bytes()[start..start + piece.text().len()]);
                    found.extend(records);
                }
                Ok(None) => break false,
                Err(SourceError::OpenQuote { .. }) => break true,
                Err(error) => panic!("{error}"),
            }
        };
        // With a line end, as csv-core takes a last comment without one for a record.
        let whole = records(&dialect, format!("{text}\n").as_bytes());
        if open_quote {
            // csv-core takes what follows an open quote as a last record.
            prop_assert!(found.len() < whole.len());
            prop_assert_eq!(&found[..], &whole[..found.len()]);
        } else {
            prop_assert_eq!(found, whole);
        }
    }
}
