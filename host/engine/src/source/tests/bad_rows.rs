//! Files as they come, with every kind of damage, and what becomes of their rows.

use insta::assert_snapshot;

use super::{error, folder, salvaged};

const REJECT: &str = ", on-bad-rows = 'reject'";
const NULL: &str = ", on-bad-rows = 'null'";

fn csv(content: &[u8], options: &str) -> String {
    salvaged(folder(&[("a.csv", content)]).path(), "csv", "a.csv", options)
}

fn ndjson(content: &[u8], options: &str) -> String {
    salvaged(folder(&[("a.ndjson", content)]).path(), "ndjson", "a.ndjson", options)
}

fn csv_fails(content: &[u8], options: &str) -> String {
    error(folder(&[("a.csv", content)]).path(), "csv", "a.csv", options)
}

fn ndjson_fails(content: &[u8], options: &str) -> String {
    error(folder(&[("a.ndjson", content)]).path(), "ndjson", "a.ndjson", options)
}

/// Everything at once.
const DAMAGED: &[u8] = b"id,name,price\n1,one,1.5\n2,\"two,2.5\n3,\"three\",3.5\n4,four,4.5\nid,name,price\n\
    5,caf\xe9,5.5\n6,six,cheap\n7,se\0ven,7.5\n\n8,eight,8.5,9,10,11\n9,\"nine\nlines\",9.5\nx,ten,10.5\n11,eleven,11.5\n12,twel";

#[test]
fn all_good_rows_of_a_damaged_file_come_through() {
    assert_snapshot!(csv(DAMAGED, &format!("{REJECT}, schema = {{ id = 'int64', price = 'float64' }}")), @r#"
    id: int64
    name: utf8
    price: float64
    1 | one | 1.5 | 0
    3 | three | 3.5 | 2
    4 | four | 4.5 | 3
    9 | nine
    lines | 9.5 | 9
    11 | eleven | 11.5 | 11
    1 at a.csv:3:2 open-quote: a quote opens here, and where it closes, on line 4, its field goes on: "2,\"two,2.5"
    4 at a.csv:6 repeated-header: the header stands here again: "id,name,price"
    5 at a.csv:7:2 not-utf8: column "name" is not valid UTF-8: found bytes e9: "5,caf�,5.5"
    6 at a.csv:8:3 value: column "price" expects float64, found "cheap": "6,six,cheap"
    7 at a.csv:9:2 nul-byte: column "name" holds a NUL byte: "7,se\0ven,7.5"
    8 at a.csv:11 field-count: expected 3 fields, found 6: "8,eight,8.5,9,10,11"
    10 at a.csv:14:1 value: column "id" expects int64, found "x": "x,ten,10.5"
    12 at a.csv:16 field-count: expected 3 fields, found 2 at the end of the file: "12,twel"
    "#);
}

#[test]
fn the_first_bad_row_ends_the_run_unless_told_otherwise() {
    let types = ", schema = { id = 'int64', price = 'float64' }";
    let mut wrong = vec![csv_fails(DAMAGED, types)];
    let lines: Vec<&[u8]> = vec![
        b"id,name,price\n",
        b"5,caf\xe9,5.5\n",
        b"6,six,cheap\n",
        b"7,se\0ven,7.5\n",
        b"8,eight,8.5,9\n",
        b"8,\"eight\n\",8.5,9\n",
        b"12,twel",
        b"12,\"twel",
    ];
    for line in lines {
        wrong.push(csv_fails(&[b"id,name,price\n1,one,1.5\n", line].concat(), types));
    }
    assert_snapshot!(wrong.join("\n"), @r#"
    a.csv:3:2: a quote opens here, and where it closes, on line 4, its field goes on
    hint: close it on its line; a quote inside of a field in quotes must be doubled
    a.csv:3: the header stands here again
    hint: files were joined: remove the line, or set `on-bad-rows = "reject"`
    a.csv:3:2: column "name" is not valid UTF-8: found bytes e9
    hint: if all of the file is so, set `encoding`, as in `encoding = "windows-1252"`
    a.csv:3:3: column "price" expects float64, found "cheap"
    hint: set `schema."price" = "utf8"` in pipeline.toml, or mend the row
    a.csv:3:2: column "name" holds a NUL byte
    hint: the file is damaged, or of another encoding: set `encoding`, as in `encoding = "utf-16le"`
    a.csv:3: expected 3 fields, found 4
    hint: a value that holds the delimiter or a line end must stand in quotes
    a.csv:3: expected 3 fields, found 4
    hint: the row runs over 2 lines: look for a quote that is not closed
    a.csv:3: expected 3 fields, found 2 at the end of the file
    hint: the file may be cut off: fetch it again, or remove its last line
    a.csv:3:2: a quote opens here and never closes
    hint: close it, or set `quote` to the character that the file uses
    "#);
}

#[test]
fn bad_values_are_null_and_what_is_no_row_ends_the_run() {
    let types = format!("{NULL}, schema = {{ a = 'int64', c = 'date32' }}");
    assert_snapshot!(csv(b"a,b,c\n1,x,2022-01-31\ntwo,y,soon\n3,z,\nfour,,2022-02-01", &types), @"
    a: int64
    b: utf8
    c: date32
    1 | x | 2022-01-31 | 0
    ∅ | y | ∅ | 1
    3 | z | ∅ | 2
    ∅ | ∅ | 2022-02-01 | 3
    ");
    assert_snapshot!(csv(b"a,b,c\none,x,now\ntwo,y,soon\n", &types), @"
    a: int64
    b: utf8
    c: date32
    ∅ | x | ∅ | 0
    ∅ | y | ∅ | 1
    ");
    assert_snapshot!(csv_fails(b"a,b,c\none,x,now\n2,y\n", &types), @"
    a.csv:3: expected 3 fields, found 2
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
    assert_snapshot!(csv_fails(b"a,b,c\none,x,now\n2,\"y,now\n", &types), @"
    a.csv:3:2: a quote opens here and never closes
    hint: close it, or set `quote` to the character that the file uses
    ");
}

#[test]
fn a_quote_that_never_closes_takes_its_line_only() {
    let start = "a,b\n1,x\n2,\"y\n";
    // Up to the next line that is a row by itself: what stands between may belong to the field.
    let rest = "and more\n3,z\n4,w\n";
    assert_snapshot!(csv(format!("{start}{rest}").as_bytes(), REJECT), @r#"
    a: int64
    b: utf8
    1 | x | 0
    3 | z | 2
    4 | w | 3
    1 at a.csv:3:2 open-quote: a quote opens here and never closes: "2,\"y\nand more"
    "#);
    assert_snapshot!(csv(format!("{start}and more").as_bytes(), REJECT), @r#"
    a: int64
    b: utf8
    1 | x | 0
    1 at a.csv:3:2 open-quote: a quote opens here and never closes: "2,\"y\nand more"
    "#);
    // One that closes at the next quote of the file, hundreds of rows further down.
    let text = format!("{start}{}5,\"v\"\n6,u\n", "3,z\n".repeat(500));
    let found = csv(text.as_bytes(), REJECT);
    let lines = found.lines().collect::<Vec<_>>();
    assert_snapshot!([&lines[..5], &lines[lines.len() - 4..]].concat().join("\n"), @r#"
    a: int64
    b: utf8
    1 | x | 0
    3 | z | 2
    3 | z | 3
    3 | z | 501
    5 | v | 502
    6 | u | 503
    1 at a.csv:3:2 open-quote: a quote opens here, and where it closes, on line 504, its field goes on: "2,\"y"
    "#);
    assert_snapshot!(csv_fails(text.as_bytes(), ""), @"
    a.csv:3:2: a quote opens here, and where it closes, on line 504, its field goes on
    hint: close it on its line; a quote inside of a field in quotes must be doubled
    ");
}

#[test]
fn fifty_one_fields_in_a_row_of_twenty_six() {
    let row = |fields: usize| format!("{}\n", vec!["1"; fields].join(","));
    let header = (1..=26).map(|number| format!("c{number}")).collect::<Vec<_>>().join(",");
    let text = format!("{header}\n{}{}{}", row(26), row(51), row(26));
    let rejected = csv(text.as_bytes(), REJECT);
    assert_snapshot!(rejected.lines().last().unwrap(), @r#"1 at a.csv:3 field-count: expected 26 fields, found 51: "101 bytes""#);
    assert_snapshot!(csv_fails(text.as_bytes(), ""), @"
    a.csv:3: expected 26 fields, found 51
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
}

#[test]
fn a_repeated_header_is_known_among_texts() {
    assert_snapshot!(csv(b"\xef\xbb\xbfa,b\nx,y\n\xef\xbb\xbfa,b\nz,\"a,b\"\na,b", REJECT), @r#"
    a: utf8
    b: utf8
    x | y | 0
    z | a,b | 2
    1 at a.csv:3 repeated-header: the header stands here again: "\u{feff}a,b"
    3 at a.csv:5 repeated-header: the header stands here again: "a,b"
    "#);
    // A single name may be a value.
    assert_snapshot!(csv(b"a\nx\na\n", REJECT), @"
    a: utf8
    x | 0
    a | 1
    ");
    assert_snapshot!(csv(b"a\n1\na\n2\n", &format!("{REJECT}, schema = {{ a = 'int64' }}")), @r#"
    a: int64
    1 | 0
    2 | 2
    1 at a.csv:3 repeated-header: the header stands here again: "a"
    "#);
}

#[test]
fn a_comment_is_no_row_whatever_its_bytes_are() {
    assert_snapshot!(csv(b"a,b\n# caf\xe9 \0\n1,x\n# a,b\n2,y\n", ", comment = '#'"), @"
    a: int64
    b: utf8
    1 | x | 0
    2 | y | 1
    ");
}

#[test]
fn only_columns_that_are_read_are_looked_at() {
    let folder = folder(&[("a.csv", b"a,b\n1,x\ny,2\n3,4\n")]);
    let source = super::open(
        folder.path(),
        "csv",
        "a.csv",
        ", on-bad-rows = 'reject', schema = { a = 'int64', b = 'int64' }",
    );
    let rejected = |columns: &[usize]| {
        let scan = source.as_ref().unwrap().scan(Some(columns), 10).unwrap();
        let rows = futures::FutureExt::now_or_never(scan.next()).unwrap().unwrap().unwrap();
        rows.rejects.iter().map(|row| row.position).collect::<Vec<_>>()
    };
    assert_eq!(rejected(&[1]), [0]);
    assert_eq!(rejected(&[0]), [1]);
    assert_eq!(rejected(&[]), [0; 0]);
}

const LINES: &[u8] =
    b"{\"a\": 1, \"b\": {\"c\": 1}}\n{\"a\": \"x\"}\n\n[1]\n{\"a\": 2} {\"a\": 3}\n{\"a\": 4, \"d\": 1}\n\
    {\"a\": 5, \"b\": {\"c\": []}}\n{\"b\": \"caf\xe9\"}\nnull\n{\"a\": 6}\n{\"a\": 7";

#[test]
fn all_good_lines_of_a_damaged_file_come_through() {
    let options = format!("{REJECT}, infer-rows = 1");
    assert_snapshot!(ndjson(LINES, &options), @r#"
    a: int64
    b: Struct("c": Int64)
    1 | {c: 1} | 0
    6 | ∅ | 8
    1 at a.ndjson:2 value: column "a" expects int64, found "x": "{\"a\": \"x\"}"
    2 at a.ndjson:4 not-an-object: expected one JSON object, found an array: "[1]"
    3 at a.ndjson:5 not-an-object: expected one JSON object, found more, from column 10 on: "{\"a\": 2} {\"a\": 3}"
    4 at a.ndjson:6 unknown-key: key "d" is no column: it does not occur in the first 1 rows: "{\"a\": 4, \"d\": 1}"
    5 at a.ndjson:7 value: column "b" expects Struct("c": Int64), found an object: "{\"a\": 5, \"b\": {\"c\": []}}"
    6 at a.ndjson:8 not-utf8: the line is not valid UTF-8: found byte e9 at column 11: "{\"b\": \"caf�\"}"
    7 at a.ndjson:9 not-an-object: expected one JSON object, found null: "null"
    9 at a.ndjson:11 not-an-object: expected one JSON object, found the beginning of one: "{\"a\": 7"
    "#);
    // What is no object tells nothing of the columns, and neither does what can't be in one column with the rest.
    assert_snapshot!(ndjson(LINES, REJECT), @r#"
    a: utf8
    b: Struct("c": Int64)
    d: int64
    1 | {c: 1} | ∅ | 0
    x | ∅ | ∅ | 1
    4 | ∅ | 1 | 4
    6 | ∅ | ∅ | 8
    2 at a.ndjson:4 not-an-object: expected one JSON object, found an array: "[1]"
    3 at a.ndjson:5 not-an-object: expected one JSON object, found more, from column 10 on: "{\"a\": 2} {\"a\": 3}"
    5 at a.ndjson:7 value: column "b" expects Struct("c": Int64), found an object: "{\"a\": 5, \"b\": {\"c\": []}}"
    6 at a.ndjson:8 not-utf8: the line is not valid UTF-8: found byte e9 at column 11: "{\"b\": \"caf�\"}"
    7 at a.ndjson:9 not-an-object: expected one JSON object, found null: "null"
    9 at a.ndjson:11 not-an-object: expected one JSON object, found the beginning of one: "{\"a\": 7"
    "#);
}

#[test]
fn bad_values_of_lines_are_null() {
    let options = format!("{NULL}, infer-rows = 1");
    assert_snapshot!(ndjson(b"{\"a\": 1, \"b\": {\"c\": 1}}\n{\"a\": \"x\"}\n{\"a\": 1.5, \"b\": {\"c\": 2}}\n{\"a\": 3, \"b\": {\"c\": []}}\n{\"a\": 4, \"b\": 1}", &options), @r#"
    a: int64
    b: Struct("c": Int64)
    1 | {c: 1} | 0
    ∅ | ∅ | 1
    ∅ | {c: 2} | 2
    3 | ∅ | 3
    4 | ∅ | 4
    "#);
    assert_snapshot!(ndjson_fails(b"{\"a\": 1}\n{\"a\": \"x\"}\n{\"a\": 1, \"b\": 1}\n", &options), @r#"
    a.ndjson:3: key "b" is no column: it does not occur in the first 1 rows
    hint: declare it, as in `schema."b" = "utf8"`, or raise `infer-rows`
    "#);
    assert_snapshot!(ndjson_fails(b"{\"a\": 1}\n{\"a\": \"x\"}\n[]\n", &options), @"
    a.ndjson:3: expected one JSON object, found an array
    hint: NDJSON has one object per line, without commas between them
    ");
}
