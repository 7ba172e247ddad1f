//! CSV whose rows end otherwise than with their line.

use insta::assert_snapshot;

use super::{error, folder, open, salvaged, table};

const BAR: &str = ", terminator = '|'";

fn shown(text: &str, options: &str) -> String {
    let folder = folder(&[("a.csv", text.as_bytes())]);
    table(open(folder.path(), "csv", "a.csv", options).unwrap().as_ref(), None).unwrap()
}

fn wrong(text: &str, options: &str) -> String {
    error(folder(&[("a.csv", text.as_bytes())]).path(), "csv", "a.csv", options)
}

#[test]
fn rows_end_where_it_stands_outside_of_quotes() {
    let text = "a,b|1,x\ny||2,\"p|\"\"q\"|3,z";
    assert_snapshot!(shown(text, BAR), @r#"
    a: int64
    b: utf8
    1 | x
    y | 0
    2 | p|"q | 1
    3 | z | 2
    "#);
    assert_snapshot!(shown(&format!("\u{feff}{text}|"), BAR), @r#"
    a: int64
    b: utf8
    1 | x
    y | 0
    2 | p|"q | 1
    3 | z | 2
    "#);
    let separators = "a\u{1f}b\u{1e}1\u{1f}x\ny\u{1e}\u{1e}2\u{1f}\"p|\"\"q\"\u{1e}3\u{1f}z";
    let told = r#", terminator = "\u001e", delimiter = "\u001f""#;
    assert_eq!(shown(separators, told), shown(text, BAR));
}

#[test]
fn a_line_end_of_one_kind_only() {
    let commented = shown("# x\ny\n#\n2\n", ", terminator = \"\\n\", comment = '#'");
    assert_snapshot!(commented, @"
    y: int64
    2 | 0
    ");
    assert_snapshot!(shown("a,b\n1,x\ry\n2,z\r\n", ", terminator = \"\\n\"").replace('\r', "␍"), @"
    a: int64
    b: utf8
    1 | x␍y | 0
    2 | z␍ | 1
    ");
    assert_eq!(shown("a,b\r1,x\r2,z\r", ", terminator = \"\\r\""), shown("a,b\n1,x\n2,z\n", ""));
}

#[test]
fn places_are_lines_of_the_file() {
    let mut wrongs = vec![wrong("a,b|1,\nx|2,y,z|", BAR), wrong("a,b|1,x|2|\n", BAR)];
    wrongs.push(wrong("a,b|1,x|2,\"y\n", BAR));
    wrongs.push(wrong("a,b|1,\n\n\"x|y\" z|2,y|", BAR));
    wrongs.push(wrong("a,b|1,x|a,b|\n2,y|", BAR));
    wrongs.push(wrong("a,b|1,x|\n\n2", ", terminator = '|', infer-rows = 1"));
    assert_snapshot!(wrongs.join("\n"), @r#"
    a.csv:2: expected 2 fields, found 3
    hint: a value that holds the delimiter or a line end must stand in quotes
    a.csv:1: expected 2 fields, found 1
    hint: a value that holds the delimiter or a line end must stand in quotes
    a.csv:1:2: a quote opens here and never closes
    hint: close it, or set `quote` to the character that the file uses
    a.csv:3: expected 2 fields, found 1
    hint: a value that holds the delimiter or a line end must stand in quotes
    a.csv:1: the header stands here again
    hint: files were joined: remove the line, or set `on-bad-rows = "reject"`
    a.csv:1: expected 2 fields, found 1 at the end of the file
    hint: the file may be cut off: fetch it again, or remove its last line
    "#);
}

#[test]
fn rows_behind_a_bad_one_are_read() {
    let text = "a,b|1,\"x\ny\"|2|a,b|3,\"lost\n|4,y|5,\"z\"|\n6,é,7|";
    let folder = folder(&[("a.csv", text.as_bytes())]);
    assert_snapshot!(salvaged(folder.path(), "csv", "a.csv", ", terminator = '|', on-bad-rows = 'reject'"), @r#"
    a: int64
    b: utf8
    1 | x
    y | 0
    4 | y | 4
    5 | z | 5
    1 at a.csv:2 field-count: expected 2 fields, found 1: "2"
    2 at a.csv:2 repeated-header: the header stands here again: "a,b"
    3 at a.csv:2:2 open-quote: a quote opens here, and where it closes, on line 3, its field goes on: "3,\"lost\n"
    6 at a.csv:3 field-count: expected 2 fields, found 3: "\n6,é,7"
    "#);
}

#[test]
fn a_character_has_one_meaning() {
    let mut wrongs = Vec::new();
    for other in ["delimiter", "quote", "escape"] {
        wrongs.push(wrong("", &format!(", terminator = '|', {other} = '|'")));
    }
    assert_snapshot!(wrongs.join("\n"), @"
    CSV terminator: '|' is the delimiter already
    CSV terminator: '|' is the quote already
    CSV terminator: '|' is the escape already
    ");
}
