//! The exact text of each diagnostic: the form of the file.

use insta::assert_snapshot;

use crate::support::{GOOD, parse, problems};

#[test]
fn a_good_pipeline_has_none() {
    assert!(parse(GOOD).is_ok());
}

#[test]
fn syntax_errors_are_all_shown_with_their_places() {
    assert_snapshot!(problems(&[(r#"name = "demo""#, "name = demo"), (r#"url = "out/clean" }"#, r#"url = "out/clean""#)]), @r#"
    error: string values must be quoted, expected literal string
     --> pipeline.toml:1:8
      |
    1 | name = demo
      |        ^^^^

    error: missing key for inline table element, expected `,`
      --> pipeline.toml:13:1
       |
    13 | [[jobs.clean.stages]]
       | ^
    "#);
}

#[test]
fn a_key_given_twice() {
    assert_snapshot!(problems(&[(r#"name = "demo""#, r#"name = "demo"
name = "demo2""#)]), @r#"
    error: duplicate key
     --> pipeline.toml:2:1
      |
    2 | name = "demo2"
      | ^^^^
    "#);
}

#[test]
fn an_unknown_plugin() {
    assert_snapshot!(problems(&[(r#"run = "clean/"#, r#"run = "clen/"#)]), @r#"
    error: unknown plugin `clen`
      --> pipeline.toml:15:7
       |
    15 | run = "clen/drop-columns"
       |       ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `clean`?
    "#);
}

#[test]
fn a_plugin_where_none_is_declared() {
    assert_snapshot!(problems(&[(r#"clean = { path = "plugins/clean.wasm" }"#, "")]), @r#"
    error: unknown plugin `clean`
      --> pipeline.toml:15:7
       |
    15 | run = "clean/drop-columns"
       |       ^^^^^^^^^^^^^^^^^^^^
       |
       = help: add `clean = { path = "plugins/clean.wasm" }` under `[plugins]`
    "#);
}

#[test]
fn an_operation_without_its_plugin() {
    assert_snapshot!(problems(&[(r#""clean/drop-columns""#, r#""drop-columns""#)]), @r#"
    error: `drop-columns` does not name an operation
      --> pipeline.toml:15:7
       |
    15 | run = "drop-columns"
       |       ^^^^^^^^^^^^^^
       |
       = help: write `plugin/operation`, such as `clean/drop-columns`
    "#);
}

#[test]
fn an_operation_with_a_part_too_many() {
    assert_snapshot!(problems(&[(r#""clean/drop-columns""#, r#""clean/drop/columns""#)]), @r#"
    error: `clean/drop/columns` does not name an operation
      --> pipeline.toml:15:7
       |
    15 | run = "clean/drop/columns"
       |       ^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `plugin/operation`, such as `clean/drop-columns`
    "#);
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(problems(&[(r#"columns = ["a", "b"] }"#, r#"columns = ["a", "b"] }
limit = { memory = "1MiB" }"#)]), @r#"
    error: unknown key `limit`
      --> pipeline.toml:17:1
       |
    17 | limit = { memory = "1MiB" }
       | ^^^^^
       |
       = help: did you mean `limits`?
    "#);
}

#[test]
fn all_problems_of_a_part() {
    assert_snapshot!(problems(&[(r#"name = "Drop""#, r#"nam = "Drop""#), ("run = ", r#"lmits = {}
note = ""
run = "#), (r#"with = { columns = ["a", "b"] }"#, "with = 3")]), @r#"
    error: unknown key `nam`
      --> pipeline.toml:14:1
       |
    14 | nam = "Drop"
       | ^^^
       |
       = help: did you mean `name`?

    error: unknown key `lmits`
      --> pipeline.toml:15:1
       |
    15 | lmits = {}
       | ^^^^^
       |
       = help: did you mean `limits`?

    error: unknown key `note`
      --> pipeline.toml:16:1
       |
    16 | note = ""
       | ^^^^
       |
       = help: known here: `name`, `run`, `with`, `ports`, `contract`, `on-bad-rows`, `on-trap`, `max-rejects`, `on-error`, `retries`, `limits`

    error: expected a table, found integer `3`
      --> pipeline.toml:18:8
       |
    18 | with = 3
       |        ^
    "#);
}

#[test]
fn a_missing_key() {
    assert_snapshot!(problems(&[(r#"name = "Drop"
"#, "")]), @r#"
    error: missing key `name`
      --> pipeline.toml:13:1
       |
    13 | [[jobs.clean.stages]]
       | ^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn an_unknown_kind_of_source() {
    assert_snapshot!(problems(&[("source.csv", "source.cvs")]), @r#"
    error: unknown choice `cvs`
      --> pipeline.toml:10:8
       |
    10 | source.cvs = { url = "${input}" }
       |        ^^^
       |
       = help: did you mean `csv`?
    "#);
}

#[test]
fn an_unknown_kind_of_sink() {
    assert_snapshot!(problems(&[(r#"sink.parquet = { url = "out/clean" }"#, r#"sink.delta = { url = "out/clean" }"#)]), @r#"
    error: unknown choice `delta`
      --> pipeline.toml:11:6
       |
    11 | sink.delta = { url = "out/clean" }
       |      ^^^^^
       |
       = help: known here: `parquet`, `csv`, `ndjson`, `ipc`
    "#);
}

#[test]
fn two_kinds_of_source() {
    assert_snapshot!(problems(&[("sink.parquet", r#"source.job = "clean"
sink.parquet"#)]), @r#"
    error: `source` is both `csv` and `job`
      --> pipeline.toml:11:8
       |
    10 | source.csv = { url = "${input}" }
       |        --- the first
    11 | source.job = "clean"
       |        ^^^
       |
       = help: `source` is one of `csv`, `ndjson`, `json`, `parquet`, `ipc`, `job`
    "#);
}

#[test]
fn a_source_without_a_kind() {
    assert_snapshot!(problems(&[(r#"source.csv = { url = "${input}" }"#, "source = {}")]), @"
    error: `source` is empty
      --> pipeline.toml:10:10
       |
    10 | source = {}
       |          ^^
       |
       = help: `source` is one of `csv`, `ndjson`, `json`, `parquet`, `ipc`, `job`
    ");
}

#[test]
fn a_source_that_is_text() {
    assert_snapshot!(problems(&[(r#"source.csv = { url = "${input}" }"#, r#"source = "in.csv""#)]), @r#"
    error: `source` is a string, not a table
      --> pipeline.toml:10:10
       |
    10 | source = "in.csv"
       |          ^^^^^^^^
       |
       = help: write `source.csv = { … }`
    "#);
}

#[test]
fn a_job_without_a_sink() {
    assert_snapshot!(problems(&[(r#"sink.parquet = { url = "out/clean" }"#, "")]), @r#"
    error: missing key `sink`
     --> pipeline.toml:9:1
      |
    9 | [jobs.clean]
      | ^^^^^^^^^^^^
    "#);
}

#[test]
fn an_unknown_compression() {
    assert_snapshot!(problems(&[(r#""out/clean" }"#, r#""out/clean", compression = "gzip" }"#)]), @r#"
    error: unknown choice `gzip`
      --> pipeline.toml:11:51
       |
    11 | sink.parquet = { url = "out/clean", compression = "gzip" }
       |                                                   ^^^^^^
       |
       = help: known here: `snappy`, `zstd`, `none`
    "#);
}

#[test]
fn values_of_a_wrong_type() {
    assert_snapshot!(problems(&[(r#"url = "${input}" }"#, r#"url = 3, header = "yes", nulls = "", infer-rows = -1 }"#)]), @r#"
    error: expected a string, found integer `3`
      --> pipeline.toml:10:22
       |
    10 | source.csv = { url = 3, header = "yes", nulls = "", infer-rows = -1 }
       |                      ^

    error: expected true or false, found string "yes"
      --> pipeline.toml:10:34
       |
    10 | source.csv = { url = 3, header = "yes", nulls = "", infer-rows = -1 }
       |                                  ^^^^^

    error: expected an array, found string ""
      --> pipeline.toml:10:49
       |
    10 | source.csv = { url = 3, header = "yes", nulls = "", infer-rows = -1 }
       |                                                 ^^

    error: expected a whole number, found integer `-1`
      --> pipeline.toml:10:66
       |
    10 | source.csv = { url = 3, header = "yes", nulls = "", infer-rows = -1 }
       |                                                                  ^^
    "#);
}

#[test]
fn a_plugin_as_bare_text() {
    assert_snapshot!(problems(&[(r#"{ path = "plugins/clean.wasm" }"#, r#""plugins/clean.wasm""#)]), @r#"
    error: expected a table such as { path = "plugins/clean.wasm" }, found string "plugins/clean.wasm"
     --> pipeline.toml:7:9
      |
    7 | clean = "plugins/clean.wasm"
      |         ^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn all_keys_that_are_missing() {
    assert_snapshot!(problems(&[("[[jobs.clean.stages]]", "[jobs.next]\n[[jobs.clean.stages]]\n[[jobs.clean.stages]]")]), @r#"
    error: missing key `source`
      --> pipeline.toml:13:1
       |
    13 | [jobs.next]
       | ^^^^^^^^^^^

    error: missing key `sink`
      --> pipeline.toml:13:1
       |
    13 | [jobs.next]
       | ^^^^^^^^^^^

    error: missing key `name`
      --> pipeline.toml:14:1
       |
    14 | [[jobs.clean.stages]]
       | ^^^^^^^^^^^^^^^^^^^^^

    error: missing key `run`
      --> pipeline.toml:14:1
       |
    14 | [[jobs.clean.stages]]
       | ^^^^^^^^^^^^^^^^^^^^^
    "#);
}
