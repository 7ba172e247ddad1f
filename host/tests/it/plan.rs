//! `host plan`.

use crate::support::{Place, assert_shown};

#[test]
fn columns_are_shown_through_every_stage() {
    assert_shown!(Place::new().host(&["plan", "pipeline.toml"]), @r"
    exit 0
    ----- stdout
    job clean
      read listings.csv: csv, 1 file, [size], 3 of 4 columns read
          id: int64, NAME: utf8, host id: int64, price: utf8
          not read: host id
      Names              clean/standardize-names  any
          + name: utf8, host_id: int64
          - NAME, host id
      Drop Columns       clean/drop-columns       any
          - host_id
      Remove Duplicates  clean/drop-duplicates    keyed
      Convert Price      clean/parse-currency     any
          ~ price: utf8 → float64
      write out/cleaned: parquet, 3 columns

    job copy
      read out/cleaned: parquet, written by job clean, 3 columns
          id: int64, name: utf8, price: float64
      write out/copied: parquet, 3 columns
    ");
}

#[test]
fn all_there_is_to_know() {
    assert_shown!(Place::new().host(&["plan", "pipeline.toml", "--job", "clean", "--verbose"]), @r#"
    exit 0
    ----- stdout
    job clean
      read listings.csv: csv, 1 file, [size], 3 of 4 columns read
          listings.csv, [size]
          id: int64, NAME: utf8, host id: int64, price: utf8
          not read: host id
      Names              clean/standardize-names  any
          digest sha256:[digest]
          reads nothing
          limits = { memory = "256MiB", call-timeout = "1m", handles = 100000, host-call-bytes =
          "128MiB", retained-memory = "4GiB", emitted-batches = 10000, emitted-rows = 1000,
          emitted-rows-floor = 1000000, logs = 256, spans = 256, telemetry-bytes = "1MiB", error-bytes =
          "4KiB" }
          + name: utf8, host_id: int64
          - NAME, host id
      Drop Columns       clean/drop-columns       any
          digest sha256:[digest]
          reads nothing
          limits = { memory = "256MiB", call-timeout = "1m", handles = 100000, host-call-bytes =
          "128MiB", retained-memory = "4GiB", emitted-batches = 10000, emitted-rows = 1000,
          emitted-rows-floor = 1000000, logs = 256, spans = 256, telemetry-bytes = "1MiB", error-bytes =
          "4KiB" }
          - host_id
      Remove Duplicates  clean/drop-duplicates    keyed
          digest sha256:[digest]
          reads id
          limits = { memory = "256MiB", call-timeout = "1m", handles = 100000, host-call-bytes =
          "128MiB", retained-memory = "4GiB", emitted-batches = 10000, emitted-rows = 1000,
          emitted-rows-floor = 1000000, logs = 256, spans = 256, telemetry-bytes = "1MiB", error-bytes =
          "4KiB" }
      Convert Price      clean/parse-currency     any
          digest sha256:[digest]
          reads price
          limits = { memory = "256MiB", call-timeout = "1m", handles = 100000, host-call-bytes =
          "128MiB", retained-memory = "4GiB", emitted-batches = 10000, emitted-rows = 1000,
          emitted-rows-floor = 1000000, logs = 256, spans = 256, telemetry-bytes = "1MiB", error-bytes =
          "4KiB" }
          ~ price: utf8 → float64
      write out/cleaned: parquet, 3 columns
          id: int64, name: utf8, price: float64
    "#);
}

#[test]
fn as_a_document() {
    let plan = Place::new().json(&["plan", "pipeline.toml", "--json"]);
    assert_eq!(plan["status"], "valid");
    assert_eq!(plan["jobs"][0]["source"]["kind"], "csv");
    assert_eq!(
        plan["jobs"][0]["stages"][3]["columns"][2],
        serde_json::json!({ "name": "price", "type": "float64" })
    );
    assert_eq!(plan["jobs"][1]["source"]["job"], "clean");
    assert_eq!(plan["jobs"][1]["outputs"][0]["url"], "out/copied");
}

#[test]
fn a_plan_of_what_is_not_valid_says_why() {
    let place = Place::new();
    let plan = place.json(&["plan", "pipeline.toml", "--json", "--job", "copy"]);
    assert_eq!(plan["status"], "invalid");
    assert_shown!(place.host(&["plan", "pipeline.toml", "--job", "copy"]), @r#"
    exit 1
    ----- stderr
    error: job `copy` reads what job `clean` writes, and out/cleaned is not there
      --> pipeline.toml:33:14
       |
    33 | source.job = "clean"
       |              ^^^^^^^
       |
       = help: run job `clean` first, or all jobs: leave out `--job`
    "#);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = Place::new();
    let mut host = place.command(&["plan", "pipeline.toml"]);
    let mut host =
        host.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(host.stdout.take());
    assert_shown!(crate::support::shown(&host.wait_with_output().unwrap()), @"exit 0");
}
