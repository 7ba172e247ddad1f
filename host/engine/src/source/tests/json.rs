//! Files that are one array of objects.

use insta::assert_snapshot;

use super::{error, folder, open, salvaged, table};

fn shown(text: &str, options: &str) -> String {
    let folder = folder(&[("a.json", text.as_bytes())]);
    table(open(folder.path(), "json", "a.json", options).unwrap().as_ref(), None).unwrap()
}

fn wrong(text: &str, options: &str) -> String {
    error(folder(&[("a.json", text.as_bytes())]).path(), "json", "a.json", options)
}

#[test]
fn elements_are_rows() {
    let text = "\u{feff} [ {\"a\": 1,\r\n  \"b\": [1, {\"c\": \"x, ]\\\"\\\\\"}]}\r\n,\n{\"a\": 2, \"b\": []} , {\"a\": null}]\n";
    assert_snapshot!(error(folder(&[("a.json", text.as_bytes())]).path(), "json", "a.json", ""), @"
    a.json:1: expected one JSON object, found bad JSON: an object here, but a number before
    hint: a JSON source is an array of objects, with a comma between two of them
    ");
    let text = text.replace("[1, {", "[{\"c\": null}, {");
    assert_snapshot!(shown(&text, ""), @r#"
    a: int64
    b: List(Struct("c": Utf8))
    1 | [{c: }, {c: x, ]"\}] | 0
    2 | [] | 1
    ∅ | ∅ | 2
    "#);
    assert_eq!(shown("[{\"a\":1},{\"a\":2}]", ""), shown("[\n{\"a\": 1},\n{\"a\": 2}\n]\n", ""));
    assert_snapshot!(shown("[]", ", schema = { a = 'utf8' }"), @"a: utf8");
}

#[test]
fn wrong_elements_are_told_by_their_lines() {
    let rows = "[\n  {\n    \"a\": 1\n  },\n";
    let few = ", infer-rows = 1";
    let mut wrongs = Vec::new();
    for rest in [
        "  {\n \"a\": \"x\"}]",
        "  \n[]]",
        "{\"a\": 1} {\"a\": 2}]",
        "{\"a\"\n: x}]",
        "{\"b\": 1}]",
        "{\"a\": ",
        "{\"a\": 1}",
        "{\"a\": 1}]\n\n[]",
    ] {
        wrongs.push(wrong(&format!("{rows}{rest}"), few));
    }
    for text in ["{\"a\": 1}\n{\"a\": 2}\n", "\n1", "", "[\n"] {
        wrongs.push(wrong(text, ""));
    }
    assert_snapshot!(wrongs.join("\n"), @r#"
    a.json:5: column "a" expects int64, found "x"
    hint: set `schema."a" = "utf8"` in pipeline.toml, or mend the row
    a.json:6: expected one JSON object, found an array
    hint: a JSON source is an array of objects, with a comma between two of them
    a.json:5: expected one JSON object, found more behind it
    hint: a JSON source is an array of objects, with a comma between two of them
    a.json:5: expected one JSON object, found bad JSON: expected value
    hint: a JSON source is an array of objects, with a comma between two of them
    a.json:5: key "b" is no column: it does not occur in the first 1 rows
    hint: declare it, as in `schema."b" = "utf8"`, or raise `infer-rows`
    a.json:5: expected one JSON object, found the beginning of one
    hint: a JSON source is an array of objects, with a comma between two of them
    a.json:5: expected an array of objects, found the file's end within it
    hint: the file may be cut off: fetch it again
    a.json:7: expected an array of objects, found more behind its end
    a.json:1: expected an array of objects, found an object
    hint: a file with an object per line is read by `source.ndjson`
    a.json:2: expected an array of objects, found '1'
    a.json:1: expected an array of objects, found nothing
    a.json:2: expected an array of objects, found the file's end within it
    hint: the file may be cut off: fetch it again
    "#);
}

#[test]
fn good_elements_come_through() {
    let text = "[\n  {\"a\": 1},\n  {\n    \"a\": \"x\"\n  },\n  {\"a\": 2}, 7, {\"a\":\n";
    let folder = folder(&[("a.json", text.as_bytes())]);
    assert_snapshot!(salvaged(folder.path(), "json", "a.json", ", infer-rows = 1, on-bad-rows = 'reject'"), @r#"
    a: int64
    1 | 0
    2 | 2
    1 at a.json:3 value: column "a" expects int64, found "x": "{\n    \"a\": \"x\"\n  }"
    3 at a.json:6 not-an-object: expected one JSON object, found a number: "7"
    4 at a.json:6 not-an-object: expected one JSON object, found the beginning of one: "{\"a\":"
    "#);
}
