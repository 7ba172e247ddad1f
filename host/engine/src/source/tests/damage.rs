//! Whatever a file looks like: every row is read or rejected, in its place, and nothing panics.

use futures::FutureExt;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{SourceError, folder, open, positions};

/// Reads all; gives the positions of good rows and of bad ones, each in the order in which they came.
fn outcome(kind: &str, text: &[u8], options: &str, columns: Option<&[usize]>) -> (Vec<u64>, Vec<u64>) {
    let name = format!("a.{kind}");
    let folder = folder(&[(&name, text)]);
    let source = match open(folder.path(), kind, &name, options) {
        Err(SourceError::NotAnArray { .. }) => return (Vec::new(), Vec::new()),
        opened => opened.unwrap_or_else(|error| panic!("{error}")),
    };
    let scan = source.scan(columns, 7).unwrap();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    // An array that ends early, or too late, is a file that is wrong as a whole.
    let next = || match scan.next().now_or_never().unwrap() {
        Err(SourceError::NotAnArray { .. }) => None,
        rows => rows.unwrap(),
    };
    while let Some(rows) = next() {
        good.extend(positions(&rows.batches));
        bad.extend(rows.rejects.iter().map(|row| row.position));
    }
    (good, bad)
}

fn check(good: &[u64], bad: &[u64]) -> Result<(), TestCaseError> {
    prop_assert!(good.is_sorted() && bad.is_sorted());
    let mut all = [good, bad].concat();
    all.sort_unstable();
    prop_assert!(all.iter().copied().eq(0..all.len() as u64), "{good:?} and {bad:?}");
    Ok(())
}

proptest! {
    #[test]
    fn every_row_of_csv_is_good_or_bad(
        parts in vec(select(vec![
            "1,one,2.5\n", "2,\"two\",\n", "3,\"th\nree\",0\r\n", ",,\n", "a,b,c\n", "x,y,z\n", "1,2\n", "1,2,3,4\n", "\n",
            "\"", "\"\"", ",", "\n", "é", "\0", "\\", "7,\"open,1\n", "\u{feff}",
        ]), 0..60),
        byte in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        escape in any::<bool>(),
        columns in select(vec![None, Some(vec![]), Some(vec![2, 0])]),
    ) {
        let mut text = [b"a,b,c\n", parts.concat().as_bytes()].concat();
        if let Some((index, byte)) = byte {
            let index = 6 + index.index(text.len() - 5);
            if index < text.len() { text[index] = byte } else { text.push(byte) }
        }
        let escape = if escape { ", escape = '\\'" } else { "" };
        let options = format!(", on-bad-rows = 'reject', schema = {{ a = 'int64', c = 'float64' }}{escape}");
        let (good, bad) = outcome("csv", &text, &options, columns.as_deref());
        check(&good, &bad)?;
    }

    #[test]
    fn every_line_of_ndjson_is_good_or_bad(
        parts in vec(select(vec![
            "{\"a\": 1, \"b\": [\"x\"]}\n", "{\"a\": 1.5}\n", "{\"b\": 1}\n", "{\"c\": 1}\n", "{}\n", "{\"a\": ", "}", "\n", "null", "\"",
            "é", "\\u0000", "{\"a\": 1} {\"a\": 2}\n",
        ]), 0..40),
        byte in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        columns in select(vec![None, Some(vec![]), Some(vec![1])]),
    ) {
        let first = b"{\"a\": 1, \"b\": [\"x\"]}\n";
        let mut text = [first, parts.concat().as_bytes()].concat();
        if let Some((index, byte)) = byte {
            let index = first.len() + index.index(text.len() - first.len() + 1);
            if index < text.len() { text[index] = byte } else { text.push(byte) }
        }
        let options = ", on-bad-rows = 'reject', infer-rows = 1";
        let (good, bad) = outcome("ndjson", &text, options, columns.as_deref());
        check(&good, &bad)?;
    }

    #[test]
    fn every_element_of_json_is_good_or_bad(
        parts in vec(select(vec![
            "{\"a\": 1, \"b\": [\"x\"]},\n", "{\"a\": 1.5},", "{\"b\": 1},\r\n", "{\"c\": 1},", "{},", "{\"a\": ", "}", "\n", "null",
            "\"", "\\", "é", ",", "[", "]", "{\"a\":\n1}\n,",
        ]), 0..40),
        byte in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        columns in select(vec![None, Some(vec![]), Some(vec![1])]),
    ) {
        let first = b"[{\"a\": 1, \"b\": [\"x\"]},\n";
        let mut text = [first, parts.concat().as_bytes(), b"{}]"].concat();
        if let Some((index, byte)) = byte {
            let index = first.len() + index.index(text.len() - first.len());
            text[index] = byte;
        }
        let options = ", on-bad-rows = 'reject', infer-rows = 1";
        let (good, bad) = outcome("json", &text, options, columns.as_deref());
        check(&good, &bad)?;
    }
}
