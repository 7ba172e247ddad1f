//! Columns that folders are named by.

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{error, folder, open, table};

fn years() -> TempDir {
    folder(&[
        ("in/year=2023/month=2/a.csv", b"n\n1\n2\n"),
        ("in/year=2024/month=__HIVE_DEFAULT_PARTITION__/a.csv", b"n\n3\n"),
        ("in/year=2024/month=11/b.csv", b"n\n4\n"),
    ])
}

#[test]
fn folders_name_columns_where_that_is_told() {
    let folder = years();
    let shown = |options: &str, columns: Option<&[usize]>| {
        table(open(folder.path(), "csv", "in", options).unwrap().as_ref(), columns).unwrap()
    };
    assert_snapshot!(shown("", None), @"
    n: int64
    1 | 0
    2 | 1
    4 | 1099511627776
    3 | 2199023255552
    ");
    assert_snapshot!(shown(", partitions = 'auto'", None), @"
    n: int64
    year: int64
    month: int64
    1 | 2023 | 2 | 0
    2 | 2023 | 2 | 1
    4 | 2024 | 11 | 1099511627776
    3 | 2024 | ∅ | 2199023255552
    ");
    assert_snapshot!(shown(", partitions = { month = 'utf8', year = 'int16' }", Some(&[2, 0])), @"
    n: int64
    month: utf8
    year: int16
    2023 | 1 | 0
    2023 | 2 | 1
    2024 | 4 | 1099511627776
    2024 | 3 | 2199023255552
    ");
    assert_snapshot!(shown(", partitions = 'auto'", Some(&[1])), @"
    n: int64
    year: int64
    month: int64
    2023 | 0
    2023 | 1
    2024 | 1099511627776
    2024 | 2199023255552
    ");
}

#[test]
fn values_look_like_what_they_are() {
    let folder = folder(&[
        ("in/a=1/b=2022-01-31/c=x%20y%3A%C3%BC%/d=1/p.ndjson", b"{\"n\": 1}\n"),
        ("in/a=-2/b=2022-02-01/c=/d=one/p.ndjson", b"{\"n\": 2}\n"),
    ]);
    assert_snapshot!(table(open(folder.path(), "ndjson", "in", ", partitions = 'auto'").unwrap().as_ref(), None).unwrap(), @"
    n: int64
    a: int64
    b: date32
    c: utf8
    d: utf8
    2 | -2 | 2022-02-01 |  | one | 0
    1 | 1 | 2022-01-31 | x y:ü% | 1 | 1099511627776
    ");
}

#[test]
fn wrong_folders() {
    let folder = folder(&[
        ("in/a=1/p.csv", b"n\n1\n"),
        ("in/a=x/p.csv", b"n\n1\n"),
        ("two/a=1/p.csv", b"n\n1\n"),
        ("two/b=1/p.csv", b"n\n1\n"),
        ("same/n=1/p.csv", b"n\n1\n"),
    ]);
    assert_snapshot!(error(folder.path(), "csv", "in", ", partitions = { a = 'int32' }"), @r#"
    can't read in/a=x/p.csv: its folder names "x" for the column "a", expected int32
    hint: set `partitions = { a = "utf8" }`
    "#);
    assert_snapshot!(error(folder.path(), "csv", "in", ", partitions = { z = 'int32' }"), @r#"no folder of in/a=1/p.csv names the column "z": expected one like `z=…`"#);
    assert_snapshot!(error(folder.path(), "csv", "two", ", partitions = 'auto'"), @"two/a=1/p.csv and two/b=1/p.csv can't be read as one: their folders name other columns");
    assert_snapshot!(error(folder.path(), "csv", "same", ", partitions = 'auto'"), @r#"
    the column "n" is in the files, and their folders name it as well
    hint: leave it out of `partitions`
    "#);
}
