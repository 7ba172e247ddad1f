use futures::FutureExt;
use insta::assert_snapshot;

use super::{error, folder, open, positions, read, table};

fn shown(text: &str, options: &str) -> String {
    let folder = folder(&[("a.csv", text.as_bytes())]);
    table(open(folder.path(), "csv", "a.csv", options).unwrap().as_ref(), None).unwrap()
}

fn wrong(content: &[u8], options: &str) -> String {
    error(folder(&[("a.csv", content)]).path(), "csv", "a.csv", options)
}

#[test]
fn types_are_inferred_and_rows_numbered() {
    let text = "id,name,share,on,day,at,none\r\n1,\"a, \"\"b\"\"\n c\",0.5,true,2022-01-31,2022-01-31T10:00:00,\r\n\r\n2,,3,FALSE,,2022-01-31 10:00:00.5,\"\"";
    assert_snapshot!(shown(text, ""), @r#"
    id: int64
    name: utf8
    share: float64
    on: bool
    day: date32
    at: timestamp[us]
    none: utf8
    1 | a, "b"
     c | 0.5 | true | 2022-01-31 | 2022-01-31T10:00:00 | ∅ | 0
    2 | ∅ | 3.0 | false | ∅ | 2022-01-31T10:00:00.500 | ∅ | 1
    "#);
}

#[test]
fn given_types_override() {
    assert_snapshot!(shown("a,b\n1,007\n", ", schema = { b = 'utf8', a = 'decimal(10, 2)' }"), @"
    a: decimal(10, 2)
    b: utf8
    1.00 | 007 | 0
    ");
}

#[test]
fn without_header() {
    assert_snapshot!(shown("1;x\n2;'y;z'\n", ", header = false, delimiter = ';', quote = \"'\""), @"
    column_1: int64
    column_2: utf8
    1 | x | 0
    2 | y;z | 1
    ");
}

#[test]
fn escapes_and_comments() {
    assert_snapshot!(shown("# made by hand, \"\na,b\n\"x\\\"y\n\",1\n# no row\n\"p\"\"q\",2\n", ", escape = '\\', comment = '#'"), @r#"
    a: utf8
    b: int64
    x"y
     | 1 | 0
    p"q | 2 | 1
    "#);
}

#[test]
fn quotes_that_mean_nothing() {
    assert_snapshot!(shown("a,b\n\"x,1\n5\" pipe,2\n", ", quoting = false"), @r#"
    a: utf8
    b: int64
    "x | 1 | 0
    5" pipe | 2 | 1
    "#);
}

#[test]
fn short_rows_are_padded_where_that_is_told() {
    assert_snapshot!(shown("a,b,c\n1,x,2\n3\n4,y\n", ", ragged = 'pad'"), @"
    a: int64
    b: utf8
    c: int64
    1 | x | 2 | 0
    3 | ∅ | ∅ | 1
    4 | y | ∅ | 2
    ");
    assert_snapshot!(wrong(b"a,b\n1\n2,x,3\n", ", ragged = 'pad'"), @"
    a.csv:3: expected 2 fields, found 3
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
    assert_snapshot!(shown("a,b\nNA\nx,NA\n", ", ragged = 'pad', nulls = ['NA']"), @"
    a: utf8
    b: utf8
    ∅ |  | 0
    x | ∅ | 1
    ");
}

#[test]
fn null_words() {
    let text = "a,b\nNA,x\n1,\n\"\",n.a\n";
    assert_snapshot!(shown(text, ", nulls = ['', 'NA', 'n.a']"), @"
    a: int64
    b: utf8
    ∅ | x | 0
    1 | ∅ | 1
    ∅ | ∅ | 2
    ");
    assert_snapshot!(shown("a\nx\n\"\"\n", ", nulls = []"), @"
    a: utf8
    x | 0
     | 1
    ");
}

#[test]
fn no_rows() {
    assert_snapshot!(shown("\u{feff}a,b\n", ""), @"
    a: utf8
    b: utf8
    ");
    assert_snapshot!(shown("a,b", ""), @"
    a: utf8
    b: utf8
    ");
}

#[test]
fn a_folder_is_read_in_order_of_paths() {
    let folder = folder(&[
        ("in/b.csv", b"a\n3\n"),
        ("in/a.csv", b"a\n1\n2\n"),
        ("in/sub/c.CSV", b"a\n4"),
        ("in/.clean.run.tmp/part.csv", b"a\n5\n"),
        ("in/_old/d.csv", b"a\n6\n"),
        ("in/notes.txt", b"hello"),
    ]);
    assert_snapshot!(table(open(folder.path(), "csv", "in", "").unwrap().as_ref(), None).unwrap(), @"
    a: int64
    1 | 0
    2 | 1
    3 | 1099511627776
    4 | 2199023255552
    ");
    assert_snapshot!(table(open(folder.path(), "csv", "in/[ab].csv", "").unwrap().as_ref(), None).unwrap(), @"
    a: int64
    1 | 0
    2 | 1
    3 | 1099511627776
    ");
}

#[test]
fn projection() {
    let folder = folder(&[("a.csv", b"a,b,c\n1,x,2\n3,y,4\n")]);
    let source = open(folder.path(), "csv", "a.csv", "").unwrap();
    assert_snapshot!(table(source.as_ref(), Some(&[2, 0])).unwrap(), @"
    a: int64
    b: utf8
    c: int64
    2 | 1 | 0
    4 | 3 | 1
    ");
    let none = read(source.as_ref(), Some(&[]), 10).unwrap();
    assert_eq!(positions(&none), [0, 1]);
}

#[test]
fn positions_rise_over_pieces_and_files() {
    let text = format!("a,b\n{}", "1,\"two\nlines\"\n".repeat(200_000));
    let folder = folder(&[("a.csv", text.as_bytes()), ("b.csv", text.as_bytes())]);
    let source = open(folder.path(), "csv", "*.csv", "").unwrap();
    for batch_rows in [1000, 1_000_000] {
        let batches = read(source.as_ref(), None, batch_rows).unwrap();
        assert!(batches.iter().all(|batch| batch.num_rows() <= batch_rows));
        let second = (1 << 40)..(1 << 40) + 200_000;
        assert!(positions(&batches).into_iter().eq((0..200_000).chain(second)));
    }
    let scan = source.scan(None, 1000).unwrap();
    while scan.next().now_or_never().unwrap().unwrap().is_some() {}
    assert_eq!(scan.progress().rows, 400_000);
    assert_eq!(scan.progress().bytes_total, 2 * text.len() as u64);
}

#[test]
fn wrong_values() {
    let rows = "1,x\n".repeat(12);
    assert_snapshot!(wrong(format!("minimum nights,b\n\"7\",\"two\nlines\"\n{rows}ten,x\n").as_bytes(), ", infer-rows = 10"), @r#"
    a.csv:16:1: column "minimum nights" expects int64, found "ten"
    hint: set `schema."minimum nights" = "utf8"` in pipeline.toml, or mend the row
    "#);
    assert_snapshot!(wrong(b"a,b\n1,2\n3,x\n", ", schema = { b = 'date32' }"), @r#"
    a.csv:2:2: column "b" expects date32, found "2"
    hint: set `schema."b" = "utf8"` in pipeline.toml, or mend the row
    "#);
    assert_snapshot!(wrong(b"a,b\n1,2\n\n3,4,5\n", ""), @"
    a.csv:4: expected 2 fields, found 3
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
    assert_snapshot!(wrong(b"a,b\n1,2\n3\n", ""), @"
    a.csv:3: expected 2 fields, found 1
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
    assert_snapshot!(wrong(b"a,b\n1,x\n2,caf\xe9\n", ""), @r#"
    a.csv:3:2: column "b" is not valid UTF-8: found bytes e9
    hint: if all of the file is so, set `encoding`, as in `encoding = "windows-1252"`
    "#);
    assert_snapshot!(wrong(b"a,b\n1,\xc3\n\xa9,x\n", ""), @r#"
    a.csv:2:2: column "b" is not valid UTF-8: found bytes c3
    hint: if all of the file is so, set `encoding`, as in `encoding = "windows-1252"`
    "#);
    assert_snapshot!(wrong(b"a,b\n1,x\n2,\"y\n3,z\n", ""), @"
    a.csv:3:2: a quote opens here and never closes
    hint: close it, or set `quote` to the character that the file uses
    ");
}

#[test]
fn wrong_files() {
    assert_snapshot!(wrong(b"", ""), @"
    a.csv is empty: expected a line with the names of the columns
    hint: set `header = false` if the files have none
    ");
    assert_snapshot!(wrong(b"", ", header = false"), @"
    a.csv is empty: nothing tells what its columns are
    hint: a CSV source without a header needs at least one row
    ");
    assert_snapshot!(wrong(b"\na,b,a\n1,2,3\n", ""), @r#"a.csv:2: columns 1 and 3 are both named "a""#);
    // The first of several, each time.
    let several =
        ", schema = { t = 'utf8', s = 'utf8', r = 'utf8', q = 'utf8', p = 'utf8', o = 'utf8', n = 'utf8' }";
    assert!(wrong(b"a,b\n1,2\n", several).starts_with("schema names a column \"t\","));
    assert_snapshot!(wrong(b"name,b\n1,2\n", ", schema = { Nmae = 'utf8' }"), @r#"
    schema names a column "Nmae", which a.csv does not have
    hint: did you mean "name"?
    "#);
    let folder = folder(&[
        ("in/a.csv", b"a,b\n1,2\n"),
        ("in/b.csv", b"a,c\n1,2\n"),
        ("in/c.csv", b"a,b,c\n1,2,3\n"),
        ("no/x.txt", b""),
    ]);
    assert_snapshot!(error(folder.path(), "csv", "in", ""), @r#"
    in/a.csv and in/b.csv can't be read as one: column 2 is "b" in the one and "c" in the other
    hint: set `schema-merge = "union"` to read columns by name, null where a file has none
    "#);
    assert_snapshot!(error(folder.path(), "csv", "in/[ac].csv", ""), @r#"
    in/a.csv and in/c.csv can't be read as one: only the second has column 3, "c"
    hint: set `schema-merge = "union"` to read columns by name, null where a file has none
    "#);
    assert_snapshot!(error(folder.path(), "csv", "no", ""), @r#"no input: "no" is a folder without *.csv, *.csv.gz, *.csv.zst"#);
    assert_snapshot!(error(folder.path(), "csv", "missing.csv", "").replace(folder.path().to_str().unwrap(), ""), @r#"no input: "missing.csv" is not there"#);
    assert_snapshot!(error(folder.path(), "csv", "in/*.tsv", ""), @r#"no input: "in/*.tsv" matches no file"#);
}
