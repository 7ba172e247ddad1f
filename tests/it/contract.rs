//! What rows must be like: rows that are not are rejected or fail the job, and drift is told as a diff.

use std::fs;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use insta::assert_snapshot;

use crate::support::{Place, read, said};

const ROWS: &str = "id,price,room,updated\n\
    1,10.5,private,2022-12-30\n\
    2,-3,shared,2022-12-30\n\
    3,,private,2022-12-29\n\
    2,7,private,2022-12-28\n\
    5,20,cellar,2022-12-31\n\
    6,30,hotel,2022-12-31\n\
    5,21,shared,2022-12-31\n\
    8,1,attic,2022-12-31\n\
    9,2,Flat,2022-12-31\n";

/// A job that copies `rows.csv`, with a contract for the source.
fn pipeline(contract: &str, job: &str) -> String {
    format!(
        r#"name = "contract"

[jobs.copy]
source.csv = {{ url = "rows.csv" }}
sink.parquet = {{ url = "out/" }}
{job}
[jobs.copy.contract]
{contract}"#
    )
}

fn run(contract: &str, job: &str) -> (Place, bool, String) {
    let place = Place::new();
    fs::write(place.path("rows.csv"), ROWS).unwrap();
    let output = place.run(&pipeline(contract, job), &["--no-record", "--run-timestamp", "2022-12-31"]);
    let text = said(&output, &place);
    (place, output.status.success(), text)
}

fn failure(contract: &str) -> String {
    let (place, succeeded, text) = run(contract, "");
    assert!(!succeeded && !place.path("out").exists());
    text
}

const RULES: &str = r#"columns.id = { type = "int64", unique = true }
columns.price = { type = "float64", not-null = true, min = 0, max = 25 }
columns.room = { one-of = ["private", "shared", "hotel", "cellar", "Flat"], matches = "^[a-z]{3,7}$" }
"#;

#[test]
fn rows_that_break_a_rule_are_rejected_with_it() {
    let (place, succeeded, text) =
        run(&format!("on-bad-rows = \"reject\"\n{RULES}"), "rejects.parquet = { url = \"rejects/\" }");
    assert!(succeeded, "{text}");
    let ids = read(&place, "out").column_by_name("id").unwrap().as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(ids, [1, 2, 5]);
    let rejects = read(&place, "rejects");
    let text = |name: &str| rejects.column_by_name(name).unwrap().as_string::<i32>().clone();
    let (codes, messages, values) = (text("code"), text("message"), text("values"));
    let lines = (0..rejects.num_rows())
        .map(|row| format!("{}: {} | {}\n", codes.value(row), messages.value(row), values.value(row)))
        .collect::<Vec<_>>();
    assert_snapshot!(lines.concat(), @r#"
    min: column `price` is -3.0, and must be at least 0 | {"id":2,"price":-3.0,"room":"shared","updated":"2022-12-30"}
    not-null: column `price` is null, and must be not null | {"id":3,"price":null,"room":"private","updated":"2022-12-29"}
    max: column `price` is 30.0, and must be at most 25 | {"id":6,"price":30.0,"room":"hotel","updated":"2022-12-31"}
    unique: column `id` is 5 again, and must be unique | {"id":5,"price":21.0,"room":"shared","updated":"2022-12-31"}
    one-of: column `room` is "attic", and must be one of "private", "shared", "hotel", "cellar", "Flat" | {"id":8,"price":1.0,"room":"attic","updated":"2022-12-31"}
    matches: column `room` is "Flat", and must be text that matches `^[a-z]{3,7}$` | {"id":9,"price":2.0,"room":"Flat","updated":"2022-12-31"}
    "#);
}

#[test]
fn the_first_row_that_breaks_a_rule_fails_the_job() {
    assert_snapshot!(failure(RULES), @r#"
    error: the source breaks its contract: column `price` is -3.0, and must be at least 0 (row 2 of rows.csv, line 3)
     --> pipeline.toml:9:60
      |
    9 | columns.price = { type = "float64", not-null = true, min = 0, max = 25 }
      |                                                            ^
      |
      = help: mend the data; or set `on-bad-rows = "reject"` in the contract
    "#);
    assert_snapshot!(failure("columns.id.unique = true"), @r#"
    error: the source breaks its contract: column `id` is 2 again, and must be unique (row 4 of rows.csv, line 5)
     --> pipeline.toml:8:9
      |
    8 | columns.id.unique = true
      |         ^^
      |
      = help: mend the data; or set `on-bad-rows = "reject"` in the contract
    "#);
    assert_snapshot!(failure("columns.room.one-of = [\"private\", \"shared\"]"), @r#"
    error: the source breaks its contract: column `room` is "cellar", and must be one of "private", "shared" (row 5 of rows.csv, line 6)
     --> pipeline.toml:8:23
      |
    8 | columns.room.one-of = ["private", "shared"]
      |                       ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: mend the data; or set `on-bad-rows = "reject"` in the contract
    "#);
}

#[test]
fn too_few_rows_and_old_ones_fail_the_job() {
    assert_snapshot!(failure("rows = { min = 10 }"), @r"
    error: the source breaks its contract: 9 rows, and must be at least 10
     --> pipeline.toml:8:8
      |
    8 | rows = { min = 10 }
      |        ^^^^^^^^^^^^
    ");
    assert_snapshot!(failure("rows = { min = 1, max = 5 }"), @r"
    error: the source breaks its contract: 9 rows, and must be 1 to 5
     --> pipeline.toml:8:8
      |
    8 | rows = { min = 1, max = 5 }
      |        ^^^^^^^^^^^^^^^^^^^^
    ");
    let late = failure("fresh = { column = \"updated\", within = \"0s\" }");
    assert!(late.contains("bad time"), "{late}");
    let (_, succeeded, text) = run("fresh = { column = \"updated\", within = \"24h\" }", "");
    assert!(succeeded, "{text}");
    let place = Place::new();
    fs::write(place.path("rows.csv"), ROWS).unwrap();
    let text = pipeline("fresh = { column = \"updated\", within = \"24h\" }", "");
    let output = place.run(&text, &["--no-record", "--run-timestamp", "2023-02-01"]);
    assert_snapshot!(said(&output, &place), @r#"
    error: the source breaks its contract: the newest is 2022-12-31T00:00:00+00:00 `updated`, and must be 2023-01-31T00:00:00+00:00 or later
     --> pipeline.toml:8:9
      |
    8 | fresh = { column = "updated", within = "24h" }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn drift_is_a_diff() {
    assert_snapshot!(failure(r#"schema = "freeze"
columns.id.type = "utf8"
columns.price.type = "float64"
columns.night.type = "date32"
columns.room = {}
"#), @r#"
    error: the source does not give the columns of its contract: `id` is int64, not utf8; `night` is missing; `updated` is new
           ~ id: utf8 → int64
           - night: date32
           + updated: date32
     --> pipeline.toml:7:1
      |
    7 | [jobs.copy.contract]
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = help: change the contract if this is meant; `schema = "evolve"` lets new columns through
    "#);
    assert_snapshot!(failure("columns.price.min = \"cheap\""), @r#"
    error: `cheap` is no value of column `price`, which is float64
     --> pipeline.toml:8:21
      |
    8 | columns.price.min = "cheap"
      |                     ^^^^^^^
    "#);
    assert_snapshot!(failure("columns.price.matches = \"^1\""), @r#"
    error: `matches` is for text, and column `price` is float64
     --> pipeline.toml:8:25
      |
    8 | columns.price.matches = "^1"
      |                         ^^^^
    "#);
    assert_snapshot!(failure("columns.room.matches = \"(\""), @r#"
    error: bad regular expression: error: unclosed group
     --> pipeline.toml:8:24
      |
    8 | columns.room.matches = "("
      |                        ^^^
    "#);
    assert_snapshot!(failure("on-bad-rows = \"reject\"\ncolumns.room = {}"), @r#"
    error: job `copy` rejects rows, and has no `rejects` to put them
     --> pipeline.toml:8:15
      |
    8 | on-bad-rows = "reject"
      |               ^^^^^^^^
      |
      = help: give the job a place for them, such as `rejects.ndjson = { url = "out/rejects/" }`
    "#);
}
