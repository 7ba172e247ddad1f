//! Rows that do not fit: put aside with the reason, and everything else through.

use std::fs;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use insta::assert_snapshot;

use crate::support::{Place, plugin, read, said};

/// A job of one stage over `numbers.csv`, which has `id` from 0, and a `name`.
fn pipeline(settings: &str, about: &str, numbers: &[u64]) -> String {
    let hostile = plugin("hostile");
    format!(
        r#"name = "rejects"

[plugins]
hostile = {{ path = "{}" }}

[jobs.copy]
source.csv = {{ url = "numbers.csv" }}
sink.parquet = {{ url = "out/" }}
{settings}
with = {{ about = "{about}", numbers = {numbers:?} }}
"#,
        hostile.display()
    )
}

/// The settings of a job that has a place for rejects, and of its stage.
fn with_rejects(job: &str, stage: &str) -> String {
    format!(
        r#"rejects.parquet = {{ url = "rejects/" }}
{job}
[[jobs.copy.stages]]
name = "Check"
run = "hostile/rows"
{stage}"#
    )
}

fn numbers(place: &Place, count: u64) {
    let rows = (0..count).map(|id| format!("{id},name {id}\n")).collect::<Vec<_>>().concat();
    fs::write(place.path("numbers.csv"), format!("id,name\n{rows}")).unwrap();
}

fn ids(place: &Place) -> Vec<i64> {
    read(place, "out").column_by_name("id").unwrap().as_primitive::<Int64Type>().values().to_vec()
}

/// The rejects without what differs from run to run.
fn rejects(place: &Place) -> String {
    let rows = read(place, "rejects");
    let text = |name: &str, row| {
        let column = rows.column_by_name(name).unwrap().as_string::<i32>();
        if column.is_null(row) { "-".to_owned() } else { column.value(row).to_owned() }
    };
    let number = |name: &str, row| {
        let column = rows.column_by_name(name).unwrap().as_primitive::<UInt64Type>();
        if column.is_null(row) { "-".to_owned() } else { column.value(row).to_string() }
    };
    let line = |row| {
        assert!(text("run_id", row).len() > 10 && text("trace_id", row).starts_with("1-"));
        format!(
            "{} {} {}: {} | {}:{}:{} row {} | {} | {}\n",
            text("job", row),
            text("stage", row),
            text("code", row),
            text("message", row),
            text("file", row),
            number("line", row),
            number("column", row),
            number("row", row),
            text("text", row),
            text("values", row)
        )
    };
    (0..rows.num_rows()).map(line).collect()
}

#[test]
fn poison_rows_cost_themselves_only() {
    let place = Place::new();
    numbers(&place, 100_000);
    let poison = [7, 40_000, 99_999];
    let settings = with_rejects("max-rejects = 3", "on-trap = \"reject\"");
    for arguments in [&[][..], &["--threads", "7", "--batch-rows", "1000"]] {
        let output = place.run(&pipeline(&settings, "trap", &poison), arguments);
        assert!(output.status.success(), "{}", said(&output, &place));
        insta::allow_duplicates! {
        assert_snapshot!(rejects(&place), @r#"
        copy Check trap: hostile/rows trapped in `process`: wasm `unreachable` instruction executed | numbers.csv:9:- row 8 | - | {"id":7,"name":"name 7"}
        copy Check trap: hostile/rows trapped in `process`: wasm `unreachable` instruction executed | numbers.csv:40002:- row 40001 | - | {"id":40000,"name":"name 40000"}
        copy Check trap: hostile/rows trapped in `process`: wasm `unreachable` instruction executed | numbers.csv:100001:- row 100000 | - | {"id":99999,"name":"name 99999"}
        "#);
        }
        let expected = (0..100_000).filter(|id| !poison.contains(&u64::try_from(*id).unwrap()));
        assert!(ids(&place) == expected.collect::<Vec<i64>>());
    }
}

#[test]
fn a_row_that_takes_too_long_or_too_much_memory_is_rejected_too() {
    let place = Place::new();
    numbers(&place, 100);
    for (about, code) in [("loop", "timeout"), ("bomb", "memory")] {
        let stage = "on-trap = \"reject\"\nlimits = { call-timeout = \"300ms\", memory = \"40MiB\" }";
        let output = place.run(&pipeline(&with_rejects("", stage), about, &[50]), &[]);
        assert!(output.status.success(), "{}", said(&output, &place));
        assert!(rejects(&place).starts_with(&format!("copy Check {code}: ")), "{}", rejects(&place));
        assert_eq!(ids(&place).len(), 99);
    }
}

#[test]
fn what_a_plugin_rejects_is_put_aside_and_counted() {
    let place = Place::new();
    numbers(&place, 20_000);
    let settings = with_rejects("", "on-bad-rows = \"reject\"");
    let output = place.run(&pipeline(&settings, "reject", &[1, 15_000]), &[]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_snapshot!(rejects(&place), @r#"
    copy Check chosen: its number is one of those | numbers.csv:3:- row 2 | - | {"id":1,"name":"name 1"}
    copy Check chosen: its number is one of those | numbers.csv:15002:- row 15001 | - | {"id":15000,"name":"name 15000"}
    "#);
    assert_eq!(ids(&place).len(), 19_998);
    let told = String::from_utf8(output.stdout).unwrap();
    let told = told.lines().filter(|line| line.contains("rejected:")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(told, @"  2 rows rejected: 2 by `Check` as chosen");
    let report = fs::read_to_string(place.path(".host/runs/latest/run.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["jobs"][0]["stages"][0]["rejected"], 2);
    assert_eq!(report["jobs"][0]["rejects"]["rows"], 2);
}

#[test]
fn rejecting_is_off_unless_told() {
    let place = Place::new();
    numbers(&place, 10);
    let output = place.run(&pipeline(&with_rejects("", ""), "reject", &[3]), &["--no-record"]);
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(said(&output, &place), @r#"
    error: stage `Check`: 1 row rejected, chosen: its number is one of those (row 4 of numbers.csv, line 5)
      --> pipeline.toml:13:7
       |
    13 | run = "hostile/rows"
       |       ^^^^^^^^^^^^^^
       |
       = help: to go on without such rows set `on-bad-rows = "reject"` on the stage, and give the job a place for them, such as `rejects.parquet = { url = "out/rejects/" }`
    "#);
    assert!(!place.path("out").exists() && !place.path("rejects").exists());
}

#[test]
fn more_than_the_pipeline_allows_fail_the_job() {
    let place = Place::new();
    numbers(&place, 100);
    let stage = "on-bad-rows = \"reject\"";
    for most in ["1", "\"1%\""] {
        let settings = with_rejects(&format!("max-rejects = {most}"), stage);
        let output = place.run(&pipeline(&settings, "reject", &[3, 4]), &["--no-record"]);
        assert_eq!(output.status.code(), Some(1));
        insta::allow_duplicates! {
            let said = said(&output, &place);
            let message = said.lines().next().unwrap().replace("1%", "MOST").replace("is 1;", "is MOST;");
            assert_snapshot!(message, @"error: job `copy`: 2 rows rejected, and `max-rejects` is MOST; 2 by stage `Check` as chosen: numbers.csv:5: its number is one of those");
        }
        assert!(!place.path("out").exists() && !place.path("rejects").exists());
    }
}

/// Each place has its own bound, of the rows that it looks at; the others' rejects do not count there.
#[test]
fn more_than_a_place_allows_fail_the_job() {
    let place = Place::new();
    numbers(&place, 100);
    let text = fs::read_to_string(place.path("numbers.csv")).unwrap() + "a,b,c\n";
    fs::write(place.path("numbers.csv"), text).unwrap();
    // One row can't be read, two break the contract, three are rejected by the stage, four break its contract.
    let run = |source: &str, before: &str, stage: &str, after: &str| {
        let settings = with_rejects(
            &format!("contract = {{ columns.id.max = 97, on-bad-rows = \"reject\"{before} }}"),
            &format!(
                "on-bad-rows = \"reject\"{stage}\ncontract = {{ columns.id.min = 4, on-bad-rows = \"reject\"{after} }}"
            ),
        );
        let url = "url = \"numbers.csv\"";
        let source = format!("{url}, schema = {{ id = \"int64\" }}, on-bad-rows = \"reject\"{source}");
        let pipeline = pipeline(&settings, "reject", &[10, 11, 12]).replace(url, &source);
        let output = place.run(&pipeline, &["--no-record"]);
        if output.status.success() {
            return "all is well".to_owned();
        }
        said(&output, &place).lines().next().unwrap().to_owned()
    };
    let enough = [", max-rejects = 1", ", max-rejects = 2", "\nmax-rejects = 3", ", max-rejects = 4"];
    assert_eq!(run(enough[0], enough[1], enough[2], enough[3]), "all is well");
    // 101 rows, of which 100 can be read, 98 come to the stage, and 95 out of it.
    let enough = ["0.9901%", "2%", "3.0613%", "4.2106%"].map(|share| format!("max-rejects = \"{share}\""));
    let [source, before, stage, after] = enough;
    let enough = [format!(", {source}"), format!(", {before}"), format!("\n{stage}"), format!(", {after}")];
    assert_eq!(run(&enough[0], &enough[1], &enough[2], &enough[3]), "all is well");

    assert_snapshot!(run(", max-rejects = 0", "", "", ""), @"error: job `copy`: 1 row rejected by the source, whose `max-rejects` is 0; 1 as field-count: numbers.csv:102: expected 2 fields, found 3");
    assert_snapshot!(run("", ", max-rejects = 1", "", ""), @"error: job `copy`: 2 rows rejected by the contract of the source, whose `max-rejects` is 1; 2 as max: numbers.csv:100: column `id` is 98, and must be at most 97");
    assert_snapshot!(run("", "", "\nmax-rejects = 2", ""), @"error: job `copy`: 3 rows rejected by stage `Check`, whose `max-rejects` is 2; 3 as chosen: numbers.csv:12: its number is one of those");
    assert_snapshot!(run("", "", "", ", max-rejects = 3"), @"error: job `copy`: 4 rows rejected by the contract of stage `Check`, whose `max-rejects` is 3; 4 as min: numbers.csv:2: column `id` is 0, and must be at least 4");
    assert_snapshot!(run(", max-rejects = \"0.99%\"", "", "", ""), @"error: job `copy`: 1 row rejected by the source, whose `max-rejects` is 0.99%; 1 as field-count: numbers.csv:102: expected 2 fields, found 3");
    assert_snapshot!(run("", ", max-rejects = \"1.99%\"", "", ""), @"error: job `copy`: 2 rows rejected by the contract of the source, whose `max-rejects` is 1.99%; 2 as max: numbers.csv:100: column `id` is 98, and must be at most 97");
    assert_snapshot!(run("", "", "\nmax-rejects = \"3.061%\"", ""), @"error: job `copy`: 3 rows rejected by stage `Check`, whose `max-rejects` is 3.061%; 3 as chosen: numbers.csv:12: its number is one of those");
    assert_snapshot!(run("", "", "", ", max-rejects = \"4.21%\""), @"error: job `copy`: 4 rows rejected by the contract of stage `Check`, whose `max-rejects` is 4.21%; 4 as min: numbers.csv:2: column `id` is 0, and must be at least 4");
}

#[test]
fn a_stage_that_keeps_rows_does_not_lose_them_to_a_trap() {
    let place = Place::new();
    numbers(&place, 20_000);
    let settings = with_rejects("", "on-trap = \"reject\"");
    let output = place.run(&pipeline(&settings, "keep", &[19_999]), &["--threads", "1", "--no-record"]);
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(said(&output, &place), @r#"
    error: stage `Check`: an instance trapped, and the rows that it kept from one call to the next are lost
      --> pipeline.toml:13:7
       |
    13 | run = "hostile/rows"
       |       ^^^^^^^^^^^^^^
       |
       = help: set `on-trap = "fail"`: only a stage that keeps nothing between calls can do without a row
    "#);
}

#[test]
fn an_error_that_passes_is_tried_again() {
    let place = Place::new();
    numbers(&place, 1_000);
    let output = place.run(&pipeline(&with_rejects("", "retries = 2"), "flaky", &[5]), &[]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_eq!(ids(&place).len(), 1_000);
    assert!(
        String::from_utf8(output.stdout).unwrap().contains("calls of `Check` made again, for its errors: 1")
    );
    let output = place.run(&pipeline(&with_rejects("", ""), "flaky", &[5]), &[]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_batch_with_an_error_goes_past_the_stage() {
    let place = Place::new();
    numbers(&place, 1_000);
    let settings = with_rejects("", "on-error = \"skip\"");
    let output = place.run(&pipeline(&settings, "error", &[5]), &["--batch-rows", "100"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_eq!(ids(&place), (0..1_000).collect::<Vec<_>>());
    assert!(String::from_utf8(output.stdout).unwrap().contains("100 rows went past `Check` unchanged"));
}

#[test]
fn a_source_and_a_stage_reject_into_one_place() {
    let place = Place::new();
    let rows = (0..100).map(|id| match id {
        30 => "x30,name\n".to_owned(),
        60 => "60,name,more\n".to_owned(),
        id => format!("{id},name {id}\n"),
    });
    fs::write(place.path("numbers.csv"), format!("id,name\n{}", rows.collect::<String>())).unwrap();
    let settings = with_rejects("", "on-bad-rows = \"reject\"");
    let text = pipeline(&settings, "reject", &[50]).replace(
        "url = \"numbers.csv\"",
        "url = \"numbers.csv\", on-bad-rows = \"reject\", schema = { id = \"int64\" }",
    );
    let output = place.run(&text, &[]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_snapshot!(rejects(&place), @r#"
    copy - value: column "id" expects int64, found "x30" | numbers.csv:32:1 row 31 | x30,name | -
    copy Check chosen: its number is one of those | numbers.csv:52:- row 51 | - | {"id":50,"name":"name 50"}
    copy - field-count: expected 2 fields, found 3 | numbers.csv:62:- row 61 | 60,name,more | -
    "#);
    assert_eq!(ids(&place).len(), 97);
}
