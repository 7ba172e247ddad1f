//! Jobs that hand rows on in every format.

use std::fs;

use crate::support::{Place, files, said};

const INPUT: &str = "id,name,on,at,price\n1,one,2022-01-31,2022-01-31T10:00:00Z,1.5\n2,,2022-02-01,,\n3,\"thr\"\"ee\",,2022-02-01T00:00:00.5Z,-0.25\n";

/// A pipeline whose second job reads what the first has written as `sink`.
fn pipeline(sink: &str) -> String {
    format!(
        r#"name = "formats"
[jobs.first]
source.csv = {{ url = "in.csv", schema = {{ price = "decimal(10, 2)" }} }}
sink.{sink}
[jobs.second]
source.job = "first"
sink.ndjson = {{ url = "out" }}
"#
    )
}

#[test]
fn a_job_reads_what_another_wrote_in_any_format() {
    let place = Place::new();
    fs::write(place.path("in.csv"), INPUT).unwrap();
    let mut found = Vec::new();
    for sink in [
        "parquet = { url = 'mid' }",
        "csv = { url = 'mid' }",
        "csv = { url = 'mid', header = false, delimiter = ';', null = 'NA', compression = 'gzip' }",
        "ndjson = { url = 'mid', compression = 'zstd' }",
        "ipc = { url = 'mid', compression = 'lz4', rows-per-file = 2 }",
    ] {
        for arguments in
            [&["--threads", "1", "--batch-rows", "1"][..], &["--threads", "3"], &["--job", "second"]]
        {
            let output = place.run(&pipeline(sink), arguments);
            assert!(output.status.success(), "{sink}: {}", said(&output, &place));
            found.push(files(&place.path("out")));
        }
    }
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    let text =
        String::from_utf8(found[0].iter().find(|(name, _)| name.ends_with(".ndjson")).unwrap().1.clone())
            .unwrap();
    insta::assert_snapshot!(text, @r#"
    {"id":1,"name":"one","on":"2022-01-31","at":"2022-01-31T10:00:00Z","price":1.50}
    {"id":2,"name":null,"on":"2022-02-01","at":null,"price":null}
    {"id":3,"name":"thr\"ee","on":null,"at":"2022-02-01T00:00:00.500Z","price":-0.25}
    "#);
}

#[test]
fn folders_named_by_values_are_read_as_columns() {
    let place = Place::new();
    fs::write(place.path("in.csv"), INPUT).unwrap();
    for format in ["parquet", "csv", "ndjson", "ipc"] {
        let sink = format!("{format} = {{ url = 'mid', partition-by = ['on'] }}");
        let output = place.run(&pipeline(&sink), &[]);
        assert!(output.status.success(), "{}", said(&output, &place));
        let written = files(&place.path("out"));
        let text =
            String::from_utf8(written.iter().find(|(name, _)| name.ends_with(".ndjson")).unwrap().1.clone())
                .unwrap();
        insta::allow_duplicates! { insta::assert_snapshot!(text, @r#"
        {"id":1,"name":"one","at":"2022-01-31T10:00:00Z","price":1.50,"on":"2022-01-31"}
        {"id":2,"name":null,"at":null,"price":null,"on":"2022-02-01"}
        {"id":3,"name":"thr\"ee","at":"2022-02-01T00:00:00.500Z","price":-0.25,"on":null}
        "#) }
    }
}

#[test]
fn what_an_output_cannot_hold_is_told_before_anything_runs() {
    let place = Place::new();
    fs::write(place.path("in.ndjson"), "{\"id\": 1, \"tags\": [\"x\"], \"price\": 1.5}\n").unwrap();
    let pipeline = r#"name = "formats"
[jobs.first]
source.ndjson = { url = "in.ndjson" }
sink.csv = { url = "out", partition-by = ["prise"] }
"#;
    fs::write(place.path("pipeline.toml"), pipeline).unwrap();
    let output = place.host(&["check", "pipeline.toml"]).output().unwrap();
    assert!(!output.status.success());
    insta::assert_snapshot!(said(&output, &place), @r#"
    error: job `first`: column `tags` is List(Utf8), which CSV can't hold
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = "out", partition-by = ["prise"] }
      |                    ^^^^^
      |
      = help: drop the column, or write to `sink.parquet` or `sink.ipc`

    error: job `first`: folders can't be named by `prise`: there is no such column
     --> pipeline.toml:4:43
      |
    4 | sink.csv = { url = "out", partition-by = ["prise"] }
      |                                           ^^^^^^^
      |
      = help: did you mean `price`?
    "#);
}
