//! Compressed files, and files of other encodings: the same rows, and errors on the same lines.

use std::io::Write;

use encoding_rs::Encoding;
use flate2::{Compression, write::GzEncoder};
use insta::assert_snapshot;

use super::{error, folder, open, salvaged, table};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 0).unwrap()
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

fn shown(name: &str, content: &[u8], options: &str) -> String {
    table(open(folder(&[(name, content)]).path(), "csv", name, options).unwrap().as_ref(), None).unwrap()
}

#[test]
fn files_are_decompressed_whatever_they_are_called() {
    let text = b"a,b\n1,x\n2,y\n";
    let plain = shown("a.csv", text, "");
    // As from `cat`: several members or frames in one file.
    let parts = [&text[..6], &text[6..]];
    for packed in [gzip(text), zstd(text), parts.map(gzip).concat(), parts.map(zstd).concat()] {
        assert_eq!(shown("a.csv.gz", &packed, ""), plain);
        assert_eq!(shown("a.csv", &packed, ""), plain);
    }
    assert_eq!(shown("a.csv", &gzip(text), ", compression = 'gzip'"), plain);
    let all = folder(&[
        ("in/a.csv.gz", &gzip(text)),
        ("in/b.CSV.zst", &zstd(text)),
        ("in/c.csv", text),
        ("in/d.gz", b""),
    ]);
    assert_snapshot!(table(open(all.path(), "csv", "in", "").unwrap().as_ref(), None).unwrap(), @"
    a: int64
    b: utf8
    1 | x | 0
    2 | y | 1
    1 | x | 1099511627776
    2 | y | 1099511627777
    1 | x | 2199023255552
    2 | y | 2199023255553
    ");
}

#[test]
fn lines_are_those_of_the_text() {
    let text = b"a,b\n1,\"x\n\"\n2,y,3\n";
    assert_snapshot!(error(folder(&[("a.csv.gz", &gzip(text))]).path(), "csv", "a.csv.gz", ""), @"
    a.csv.gz:4: expected 2 fields, found 3
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
    let encoded = utf16("a,b\n1,\"ä\n\"\n2,y,3\n", u16::to_be_bytes);
    assert_snapshot!(error(folder(&[("a.csv.zst", &zstd(&encoded))]).path(), "csv", "a.csv.zst", ", encoding = 'utf-16be'"), @"
    a.csv.zst:4: expected 2 fields, found 3
    hint: a value that holds the delimiter or a line end must stand in quotes
    ");
    let lines = b"{\"a\": 1}\n\n{\"a\": []}\n";
    assert_snapshot!(error(folder(&[("a.ndjson.gz", &gzip(lines))]).path(), "ndjson", ".", ", infer-rows = 1"), @r#"
    ./a.ndjson.gz:3: column "a" expects int64, found an array
    hint: set `schema."a" = "utf8"` in pipeline.toml, or mend the row
    "#);
}

#[test]
fn what_is_not_compressed_as_it_says() {
    let packed = gzip(&b"a,b\n1,x\n".repeat(1000));
    let files = folder(&[
        ("a.csv.gz", b"a,b\n1,x\n"),
        ("b.csv.gz", &packed[..packed.len() - 20]),
        ("c.csv.zst", &zstd(b"a\n1\n")[..10]),
    ]);
    assert_snapshot!(error(files.path(), "csv", "a.csv.gz", ""), @"
    can't read a.csv.gz: unexpected end of file
    hint: the file may be cut off: fetch it again
    ");
    assert_snapshot!(error(files.path(), "csv", "b.csv.gz", ""), @"
    can't read b.csv.gz: incomplete deflate stream
    hint: the file may be cut off: fetch it again
    ");
    assert_snapshot!(error(files.path(), "csv", "c.csv.zst", ""), @"
    can't read c.csv.zst: incomplete frame
    hint: the file may be cut off: fetch it again
    ");
}

#[test]
fn text_of_other_encodings() {
    let text = "näme,b\nœuvre €,1\n";
    let (latin, _, _) = Encoding::for_label(b"windows-1252").unwrap().encode(text);
    assert_snapshot!(shown("a.csv", &latin, ", encoding = 'latin-1'"), @"
    näme: utf8
    b: int64
    œuvre € | 1 | 0
    ");
    let plain = shown("a.csv", text.as_bytes(), "");
    assert_eq!(shown("a.csv", &latin, ", encoding = 'windows-1252'"), plain);
    let marked = format!("\u{feff}{text}");
    for (name, to_bytes) in
        [("utf-16le", u16::to_le_bytes as fn(u16) -> [u8; 2]), ("utf-16be", u16::to_be_bytes)]
    {
        let options = format!(", encoding = '{name}'");
        assert_eq!(shown("a.csv", &utf16(text, to_bytes), &options), plain);
        assert_eq!(shown("a.csv", &utf16(&marked, to_bytes), &options), plain);
        assert_eq!(shown("a.csv", &utf16(&marked, to_bytes), ", encoding = 'utf-16'"), plain);
    }
    let (japanese, _, _) = Encoding::for_label(b"shift_jis").unwrap().encode("名前,b\n東京,1\n");
    assert_snapshot!(shown("a.csv", &japanese, ", encoding = 'shift_jis'"), @"
    名前: utf8
    b: int64
    東京 | 1 | 0
    ");
}

#[test]
fn text_of_another_encoding_than_told() {
    let encoded = utf16("\u{feff}a,b\n1,x\n", u16::to_le_bytes);
    assert_snapshot!(error(folder(&[("a.csv", &encoded)]).path(), "csv", "a.csv", ""), @r#"
    a.csv is not UTF-8: it begins with the mark of utf-16le
    hint: set `encoding = "utf-16le"`
    "#);
    let unmarked = utf16("a,b\n1,x\n", u16::to_le_bytes);
    assert_snapshot!(error(folder(&[("a.csv", &unmarked)]).path(), "csv", "a.csv", ""), @r#"
    a.csv:1:1: the column's name holds a NUL byte
    hint: the file is damaged, or of another encoding: set `encoding`, as in `encoding = "utf-16le"`
    "#);
    // Half of a pair of surrogates.
    let mut broken = utf16("a,b\n1,x\n2,y\n3,z", u16::to_le_bytes);
    broken[20..22].copy_from_slice(&0xd800_u16.to_le_bytes());
    let files = folder(&[("a.csv", &broken)]);
    assert_snapshot!(error(files.path(), "csv", "a.csv", ", encoding = 'utf-16le'"), @r#"a.csv:3:2: column "b" is not valid UTF-16LE"#);
    assert_snapshot!(salvaged(files.path(), "csv", "a.csv", ", encoding = 'utf-16le', on-bad-rows = 'reject'"), @r#"
    a: int64
    b: utf8
    1 | x | 0
    3 | z | 2
    1 at a.csv:3:2 not-utf8: column "b" is not valid UTF-16LE: "2,�"
    "#);
}

/// The same object as a line, and as the only element of an array.
fn json(encode: impl Fn(&str) -> Vec<u8>) -> [(&'static str, Vec<u8>); 2] {
    let object = "{\"näme\": \"œuvre €\", \"b\": 1}";
    [("ndjson", encode(&format!("{object}\n"))), ("json", encode(&format!("[\n{object}\n]\n")))]
}

fn json_shown(kind: &str, content: &[u8], options: &str) -> String {
    let files = folder(&[("a.json", content)]);
    table(open(files.path(), kind, "a.json", options).unwrap().as_ref(), None).unwrap()
}

#[test]
fn json_of_other_encodings() {
    let latin = |text: &str| Encoding::for_label(b"windows-1252").unwrap().encode(text).0.into_owned();
    let little = |text: &str| utf16(text, u16::to_le_bytes);
    let marked = |text: &str| utf16(&format!("\u{feff}{text}"), u16::to_be_bytes);
    let zipped = |text: &str| gzip(&little(text));
    for [lines, array] in [
        json(latin).map(|file| (file, "latin-1")),
        json(little).map(|file| (file, "utf-16le")),
        json(marked).map(|file| (file, "utf-16")),
        json(zipped).map(|file| (file, "utf-16le")),
    ] {
        for ((kind, content), encoding) in [lines, array] {
            let shown = json_shown(kind, &content, &format!(", encoding = '{encoding}'"));
            insta::allow_duplicates! { assert_snapshot!(shown, @"
            näme: utf8
            b: int64
            œuvre € | 1 | 0
            ") }
        }
    }
}

#[test]
fn json_of_another_encoding_than_told() {
    let mut wrongs = Vec::new();
    let marked = |text: &str| utf16(&format!("\u{feff}{text}"), u16::to_le_bytes);
    let big = |text: &str| utf16(text, u16::to_be_bytes);
    let little = |text: &str| utf16(text, u16::to_le_bytes);
    for (kind, content) in [json(marked), json(big), json(little)].concat() {
        wrongs.push(error(folder(&[("a.json", &content)]).path(), kind, "a.json", ""));
    }
    assert_snapshot!(wrongs.join("\n"), @r#"
    a.json is not UTF-8: it begins with the mark of utf-16le
    hint: set `encoding = "utf-16le"`
    a.json is not UTF-8: it begins with the mark of utf-16le
    hint: set `encoding = "utf-16le"`
    a.json:1: the line holds a NUL byte
    hint: the file is damaged, or of another encoding: set `encoding`, as in `encoding = "utf-16le"`
    a.json:1: expected an array of objects, found byte 00
    hint: the file is damaged, or of another encoding: set `encoding`, as in `encoding = "utf-16le"`
    a.json:1: the line holds a NUL byte
    hint: the file is damaged, or of another encoding: set `encoding`, as in `encoding = "utf-16le"`
    a.json:3: expected an array of objects, found byte 00
    hint: the file is damaged, or of another encoding: set `encoding`, as in `encoding = "utf-16le"`
    "#);
    // Half of a pair of surrogates.
    for (kind, mut content) in json(little) {
        let name = content.iter().position(|byte| *byte == 0xe4).unwrap();
        content[name..name + 2].copy_from_slice(&0xd800_u16.to_le_bytes());
        let files = folder(&[("a.json", &content)]);
        let said = error(files.path(), kind, "a.json", ", encoding = 'utf-16le'");
        wrongs.push(said);
    }
    assert_snapshot!(wrongs[6..].join("\n"), @"
    a.json:1: the line is not valid UTF-16LE
    a.json:2: the object is not valid UTF-16LE
    ");
}

#[test]
fn long_text_comes_whole_through_every_reader() {
    let text = format!("a,b\n{}", "ä,\"x\ny\"\n".repeat(20_000));
    let (latin, _, _) = Encoding::for_label(b"windows-1252").unwrap().encode(&text);
    let encoded = utf16(&text, u16::to_le_bytes);
    for (content, encoding) in [(text.as_bytes(), "utf-8"), (&latin, "windows-1252"), (&encoded, "utf-16le")]
    {
        for packed in [content.to_vec(), gzip(content), zstd(content)] {
            let files = folder(&[("a.csv", &packed)]);
            let source = open(files.path(), "csv", "a.csv", &format!(", encoding = '{encoding}'")).unwrap();
            let batches = super::read(source.as_ref(), Some(&[0]), 8192).unwrap();
            assert_eq!(batches.iter().map(arrow_array::RecordBatch::num_rows).sum::<usize>(), 20_000);
            let scan = source.scan(None, 8192).unwrap();
            while futures::FutureExt::now_or_never(scan.next()).unwrap().unwrap().is_some() {}
            assert_eq!(scan.progress().bytes_read, packed.len() as u64);
        }
    }
}
