//! The same input gives the same bytes, whatever the threads, the batches and the format.

use airbnb_generator::Format;

use crate::support::{Place, files};

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
fn ndjson_gives_the_same_as_csv() {
    let place = Place::new();
    let csv = place.listings("in.csv", Format::Csv, 3_000);
    let ndjson = place.listings("in.ndjson", Format::Ndjson, 3_000);
    place.example("pipeline.toml", &csv, "csv", &[]);
    place.example("pipeline-ndjson.toml", &ndjson, "ndjson", &[]);
    assert!(files(&place.path("csv")) == files(&place.path("ndjson")));
}
