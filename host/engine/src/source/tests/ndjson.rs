use insta::assert_snapshot;

use super::{error, folder, open, positions, read, table};

fn shown(text: &str, options: &str) -> String {
    let folder = folder(&[("a.ndjson", text.as_bytes())]);
    table(open(folder.path(), "ndjson", "a.ndjson", options).unwrap().as_ref(), None).unwrap()
}

fn wrong(content: &[u8], options: &str) -> String {
    error(folder(&[("a.ndjson", content)]).path(), "ndjson", "a.ndjson", options)
}

#[test]
fn columns_in_order_of_appearance() {
    let text = "{\"z\": 1, \"a\": \"x\", \"n\": null}\r\n\n{\"a\": null, \"b\": {\"y\": [1, 2], \"x\": 1.5}, \"z\": -9007199254740993}\n{\"b\": null, \"on\": true, \"m\": 1}\n{\"m\": \"one\"}";
    assert_snapshot!(shown(text, ""), @r#"
    z: int64
    a: utf8
    n: utf8
    b: Struct("y": List(Int64), "x": Float64)
    on: bool
    m: utf8
    1 | x | ∅ | ∅ | ∅ | ∅ | 0
    -9007199254740993 | ∅ | ∅ | {y: [1, 2], x: 1.5} | ∅ | ∅ | 1
    ∅ | ∅ | ∅ | ∅ | true | 1 | 2
    ∅ | ∅ | ∅ | ∅ | ∅ | one | 3
    "#);
}

#[test]
fn given_types() {
    assert_snapshot!(shown("{\"a\": 1, \"t\": \"2022-01-31T10:00:00Z\"}\n", ", schema = { a = 'utf8', t = 'timestamp[us, UTC]', later = 'int64' }"), @"
    a: utf8
    t: timestamp[us, UTC]
    later: int64
    1 | 2022-01-31T10:00:00Z | ∅ | 0
    ");
    assert_snapshot!(shown("", ", schema = { a = 'utf8' }"), @"a: utf8");
}

#[test]
fn projection() {
    let folder = folder(&[("a.json", b"{\"a\": 1, \"b\": 2}\n{\"b\": 3}\n")]);
    let source = open(folder.path(), "ndjson", ".", "").unwrap();
    assert_snapshot!(table(source.as_ref(), Some(&[1])).unwrap(), @"
    a: int64
    b: int64
    2 | 0
    3 | 1
    ");
    assert_eq!(positions(&read(source.as_ref(), Some(&[]), 1).unwrap()), [0, 1]);
}

#[test]
fn wrong_lines() {
    let few = ", infer-rows = 2";
    let start = "{\"a\": 1, \"b\": \"x\"}\n\n{\"a\": 2}\n";
    let mut lines = Vec::new();
    for (line, options) in [
        ("{\"a\": \"ten\"}", few),
        ("{\"a\": 1.5}", few),
        ("{\"a\": 1, \"c\": 2}", few),
        ("{\"a\": 1} {\"a\": 2}", few),
        ("[1]", few),
        ("{\"a\": ", few),
        ("{\"a\": x}", few),
        ("{\"a\": {\"b\": 1}}", few),
        ("{\"a\": {\"b\": 1}}", ""),
    ] {
        lines.push(wrong(format!("{start}{line}\n").as_bytes(), options));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    a.ndjson:4: column "a" expects int64, found "ten"
    hint: set `schema."a" = "utf8"` in pipeline.toml, or mend the row
    a.ndjson:4: column "a" expects int64, found 1.5
    hint: set `schema."a" = "utf8"` in pipeline.toml, or mend the row
    a.ndjson:4: key "c" is no column: it does not occur in the first 2 rows
    hint: declare it, as in `schema."c" = "utf8"`, or raise `infer-rows`
    a.ndjson:4: expected one JSON object, found more, from column 10 on
    hint: NDJSON has one object per line, without commas between them
    a.ndjson:4: expected one JSON object, found an array
    hint: NDJSON has one object per line, without commas between them
    a.ndjson:4: expected one JSON object, found the beginning of one
    hint: NDJSON has one object per line, without commas between them
    a.ndjson:4: expected one JSON object, found bad JSON at column 7: expected value
    hint: NDJSON has one object per line, without commas between them
    a.ndjson:4: column "a" expects int64, found an object
    hint: set `schema."a" = "utf8"` in pipeline.toml, or mend the row
    a.ndjson:4: key "a": an object here, but a number before
    "#);
    assert_snapshot!(wrong(b"{\"a\": \"caf\xe9\"}\n", ""), @r#"
    a.ndjson:1: the line is not valid UTF-8: found byte e9 at column 11
    hint: if all of the file is so, set `encoding`, as in `encoding = "windows-1252"`
    "#);
    assert_snapshot!(wrong(b"", ""), @"
    a.ndjson is empty: nothing tells what its columns are
    hint: name the columns under `schema`
    ");
}
