//! On which lines rows begin, as the user's editor counts them.

use proptest::{collection::vec, prelude::*};

use super::{folder, open, positions};
use crate::source::{Scan, Source};
use futures::FutureExt;

/// The line of each row that can be read.
fn lines(source: &dyn Source) -> Vec<u64> {
    let scan: Box<dyn Scan> = source.scan(None, 7).unwrap();
    let mut batches = Vec::new();
    while let Some(piece) = scan.next().now_or_never().unwrap().unwrap() {
        batches.extend(piece.batches);
    }
    positions(&batches).into_iter().map(|position| scan.line(position).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn csv_rows_begin_where_they_do(rows in vec((0..3_usize, 0..3_usize, any::<bool>()), 1..60), ended: bool) {
        let (mut text, mut line) = ("a,b\n".to_owned(), 2);
        let mut expected = Vec::new();
        for (blanks, breaks, bad) in &rows {
            text += &"\n".repeat(*blanks);
            line += *blanks as u64;
            if !bad {
                expected.push(line);
            }
            text.extend([if *bad { "bad" } else { "1" }, ",\"x", &"\n".repeat(*breaks), "\"\n"]);
            line += *breaks as u64 + 1;
        }
        let text = if ended { text.as_str() } else { text.trim_end() };
        let (one, options) = (folder(&[("a.csv", text.as_bytes())]), ", on-bad-rows = 'reject', schema = { a = 'int64' }");
        prop_assert_eq!(&lines(open(one.path(), "csv", "a.csv", options).unwrap().as_ref()), &expected);

        // Of the second of two files too, whether they are one source or a union of two.
        let two = folder(&[("a.csv", b"a,b\n1,x\n"), ("b.csv", text.as_bytes())]);
        expected.insert(0, 2);
        for merge in ["strict", "union"] {
            let options = format!("{options}, schema-merge = '{merge}'");
            prop_assert_eq!(&lines(open(two.path(), "csv", "*.csv", &options).unwrap().as_ref()), &expected);
        }
    }
}

proptest! {
    #[test]
    fn rows_that_do_not_end_with_their_line_begin_where_they_do(rows in vec((0..3_usize, 0..3_usize), 1..60)) {
        let (mut text, mut line) = ("a,b|".to_owned(), 1);
        let mut expected = Vec::new();
        for (before, within) in &rows {
            expected.push(line);
            text.extend(["x", &"\n".repeat(*before), ",\"", &"\n".repeat(*within), "\"|"]);
            line += (before + within) as u64;
        }
        let one = folder(&[("a.csv", text.as_bytes())]);
        prop_assert_eq!(lines(open(one.path(), "csv", "a.csv", ", terminator = '|'").unwrap().as_ref()), expected);
    }
}

#[test]
fn elements_of_an_array_and_objects_by_line_have_lines_too() {
    let files = folder(&[
        ("a.json", b"[\n{\"a\": 1},\n{\n\"a\": 2\n},\n\n{\"a\": 3}]"),
        ("a.ndjson", b"{\"a\": 1}\n\n\n{\"a\": 2}\n{\"a\": 3}"),
    ]);
    assert_eq!(lines(open(files.path(), "json", "a.json", "").unwrap().as_ref()), [2, 3, 7]);
    let crowded = folder(&[("a.json", b"[{\"a\": 1},{\"a\": 2}\n,\n{\"a\": 3}]")]);
    assert_eq!(lines(open(crowded.path(), "json", "a.json", "").unwrap().as_ref()), [1, 1, 3]);
    assert_eq!(lines(open(files.path(), "ndjson", "a.ndjson", "").unwrap().as_ref()), [1, 4, 5]);
}
