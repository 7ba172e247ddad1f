//! The same input gives the same bytes, whatever the threads, the batches and the format.

use airbnb_generator::Format;

use insta::assert_snapshot;

use crate::support::{Place, files, plugin, said};

/// More than one chunk of the sink, and many pieces of the source.
const ROWS: u64 = 20_000;

#[test]
fn threads_and_batches_do_not_show_in_the_output() {
    let place = Place::new();
    let input = place.listings("in.csv", Format::Csv, ROWS);
    let mut expected = None;
    for (threads, rows) in [
        ("1", "8192"),
        ("2", "8192"),
        ("7", "8192"),
        ("2", "100"),
        ("7", "100"),
        ("1", "1000000"),
        ("7", "1000000"),
        // More than there can be instances for.
        ("300", "8192"),
    ] {
        let output = format!("out-{threads}-{rows}");
        place.example("pipeline.toml", &input, &output, &["--threads", threads, "--batch-rows", rows]);
        let found = files(&place.path(&output));
        assert_eq!(found.len(), 3);
        let expected = expected.get_or_insert_with(|| found.clone());
        for ((name, one), (_, other)) in expected.iter().zip(&found) {
            assert!(one == other, "{name} differs with {threads} threads and batches of {rows} rows");
        }
    }
}

#[test]
fn what_waits_on_disk_comes_out_the_same() {
    let place = Place::new();
    place.listings("in.csv", Format::Csv, 64_000);
    let pipeline = |output: &str| {
        format!(
            r#"name = "memory"

[plugins]
clean = {{ path = "{}" }}

[jobs.clean]
source.csv = {{ url = "in.csv" }}
sink.parquet = {{ url = "{output}/" }}

[[jobs.clean.stages]]
name = "Remove Duplicates"
run = "clean/drop-duplicates"
with = {{ columns = ["host name", "lat", "long", "price"], keep = "first" }}

[[jobs.clean.stages]]
name = "Fill Nulls"
run = "clean/fill-nulls"
with.columns = {{ "reviews per month" = "median" }}
"#,
            plugin("clean").display()
        )
    };
    let output = place.run(&pipeline("all"), &[]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert!(!String::from_utf8(output.stdout).unwrap().contains("waited on disk"));
    let output =
        place.run(&pipeline("little"), &["--memory", "24MiB", "--spill-dir", "spill", "--threads", "2"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert!(String::from_utf8(output.stdout).unwrap().contains("rows waited on disk"));
    assert!(files(&place.path("all")) == files(&place.path("little")));
    assert!(files(&place.path("spill")).is_empty());

    let too_little = ["--memory", "24MiB", "--max-spill", "1MiB", "--no-record", "--threads", "1"];
    let output = place.run(&pipeline("none"), &too_little);
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(said(&output, &place), @r"
    error: more than 1 MiB of disk are needed for rows that do not fit into memory (`max-spill`)
     --> pipeline.toml:6:7
      |
    6 | [jobs.clean]
      |       ^^^^^
      |
      = help: raise `max-spill`, or `memory`
    ");
    let output = place.run(&pipeline("none"), &["--memory", "1MiB", "--no-record", "--threads", "1"]);
    assert_eq!(output.status.code(), Some(1));
    // Which stage is the first to find none is not told.
    let text = said(&output, &place);
    assert!(text.contains(" found no memory left in `instantiate`: 1152 KiB more were needed\n"), "{text}");
    assert!(text.contains("= help: raise `memory` in pipeline.toml, or `--memory`\n"), "{text}");
}

#[test]
fn ndjson_gives_the_same_as_csv() {
    let place = Place::new();
    let csv = place.listings("in.csv", Format::Csv, 3_000);
    let ndjson = place.listings("in.ndjson", Format::Ndjson, 3_000);
    place.example("pipeline.toml", &csv, "csv", &[]);
    place.example("pipeline-ndjson.toml", &ndjson, "ndjson", &[]);
    assert!(files(&place.path("csv")) == files(&place.path("ndjson")));
}
