//! Every format in and out against pyarrow, which most of what the host reads was written by, and which most of
//! what it writes will be read by.

use std::fmt::Write;
use std::process::{Command, Output};

use crate::support::{Place, root, said};

/// Types of columns that text does not tell.
const TYPES: &str = r#"on = "bool", i8 = "int8", i16 = "int16", i32 = "int32", u8 = "uint8", u16 = "uint16", u32 = "uint32", \
u64 = "uint64", f32 = "float32", text = "utf8", dec = "decimal(38, 10)", day = "date32", time_s = "time32[s]", \
time_ms = "time32[ms]", time_us = "time64[us]", at_s = "timestamp[s]", at_ms = "timestamp[ms]", at_us = "timestamp[us]", \
at_ns = "timestamp[ns]", at_utc = "timestamp[us, UTC]""#;

/// `formats.py` with these arguments, with the pyarrow that `cargo xtask test` has installed where the machine has none.
fn python(place: &Place, task: &str) -> std::io::Result<Output> {
    Command::new("python3")
        .arg(root().join("tests/it/pyarrow/formats.py"))
        .args([task, place.folder.path().to_str().unwrap()])
        .env("PYTHONPATH", root().join("target/python"))
        .output()
}

/// Why there is nothing to compare with.
fn missing() -> Option<String> {
    let imported = Command::new("python3")
        .args(["-c", "import pyarrow"])
        .env("PYTHONPATH", root().join("target/python"))
        .output();
    match imported {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// A job for every file that pyarrow writes and for every kind of output.
fn pipeline() -> String {
    let types = TYPES.replace("\\\n", "");
    let mut text = "name = \"pyarrow\"\n".to_owned();
    let mut job = |name: &str, source: String, sink: &str, options: &str| {
        let job = name.replace(['.', ' '], "-");
        let sink = format!("sink.{sink} = {{ url = \"out/{job}\"{options} }}");
        writeln!(text, "[jobs.\"{job}\"]\nsource.{source}\n{sink}").unwrap();
    };
    for ending in ["csv", "csv.gz", "csv.zst"] {
        let source = format!("csv = {{ url = \"in/plain.{ending}\", schema = {{ {types} }} }}");
        job(&format!("plain-in-{ending}"), source, "ipc", "");
    }
    for (kind, endings) in
        [("ndjson", ["ndjson", "ndjson.gz", "ndjson.zst"]), ("json", ["json", "json.gz", "json.zst"])]
    {
        for ending in endings {
            let source = format!("{kind} = {{ url = \"in/nested.{ending}\", schema = {{ {types} }} }}");
            job(&format!("nested-in-{ending}"), source, "ipc", "");
        }
    }
    for (kind, files) in [
        ("parquet", &["none.parquet", "snappy.parquet", "zstd.parquet", "gzip.parquet", "lz4.parquet"][..]),
        ("ipc", &["None.arrow", "lz4.arrow", "zstd.arrow", "None.arrows", "lz4.arrows", "zstd.arrows"]),
    ] {
        for file in files {
            job(&format!("all-in-{file}"), format!("{kind}.url = \"in/all.{file}\""), "ipc", "");
        }
    }
    for (kind, extension) in [("parquet", "parquet"), ("ipc", "arrow")] {
        let source = format!("{kind} = {{ url = \"in/union/*.{extension}\", schema-merge = \"union\" }}");
        job(&format!("union-in-{kind}"), source, "ipc", "");
    }
    for (kind, table, compressions) in [
        ("parquet", "all", ["none", "snappy", "zstd"]),
        ("ipc", "all", ["none", "lz4", "zstd"]),
        ("csv", "plain", ["none", "gzip", "zstd"]),
        ("ndjson", "nested", ["none", "gzip", "zstd"]),
    ] {
        let source = match table {
            "all" => "ipc.url = \"in/all.None.arrow\"".to_owned(),
            "plain" => format!("csv = {{ url = \"in/plain.csv\", schema = {{ {types} }} }}"),
            _ => format!("json = {{ url = \"in/nested.json\", schema = {{ {types} }} }}"),
        };
        for compression in compressions {
            let options = format!(", compression = \"{compression}\"");
            job(&format!("{table}-out-{kind}-{compression}"), source.clone(), kind, &options);
        }
    }
    for kind in ["parquet", "csv", "ipc"] {
        let source = format!("csv = {{ url = \"in/plain.csv\", schema = {{ {types} }} }}");
        job(&format!("plain-{kind}-parts"), source, kind, ", partition-by = [\"i32\"]");
    }
    text
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that does not run says so")]
fn what_pyarrow_writes_is_read_and_what_is_written_pyarrow_reads() {
    if let Some(why) = missing() {
        println!("skipped: there is no pyarrow: {why}");
        return;
    }
    let place = Place::new();
    let output = python(&place, "write").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = place.run(&pipeline(), &["--batch-rows", "2"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    let output = python(&place, "check").unwrap();
    let (found, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{found}{errors}");
    insta::assert_snapshot!(found, @"37 outputs");
}
