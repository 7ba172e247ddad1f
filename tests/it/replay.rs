//! Rejected rows, mended, through the rest of their job.

use std::fs;
use std::process::Output;

use airbnb_generator::Format;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use insta::assert_snapshot;

use crate::support::{Place, files, plugin, read, root, said};

/// Rows 2, 4, 6 and 8 are rejected: by the source, its contract, the stage, and the stage's contract.
const ROWS: &str = "id,name,ratio\n1,name 1,0.5\nx,name 2,0.5\n3,name 3,0.5\n4,,0.5\n5,name 5,0.5\n6,name 6,0.5\n\
    7,\"name\n7\",0.5\n8,nome 8,0.5\n9,name 9,0.5\n";

fn pipeline(rejects: &str, numbers: &[u64]) -> String {
    let hostile = plugin("hostile");
    format!(
        r#"name = "replay"

[plugins]
hostile = {{ path = "{}" }}

[jobs.copy]
source.csv = {{ url = "rows.csv", on-bad-rows = "reject", schema = {{ id = "int64" }} }}
sink.parquet = {{ url = "out/" }}
{rejects}

[jobs.copy.contract]
on-bad-rows = "reject"
rows = {{ min = 5 }}
columns.name = {{ not-null = true }}

[[jobs.copy.stages]]
name = "Check"
run = "hostile/rows"
on-bad-rows = "reject"
with = {{ about = "reject", numbers = {numbers:?} }}
contract = {{ on-bad-rows = "reject", columns.name = {{ matches = "^name" }} }}
"#,
        hostile.display()
    )
}

const NDJSON: &str = "rejects.ndjson = { url = \"rejects/\" }";

/// A place where a run has rejected rows.
fn rejected(rejects: &str) -> Place {
    let place = Place::new();
    fs::write(place.path("rows.csv"), ROWS).unwrap();
    let output = place.run(&pipeline(rejects, &[6]), &[]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_eq!(ids(&place, "out"), [1, 3, 5, 7, 9]);
    place
}

fn ids(place: &Place, folder: &str) -> Vec<i64> {
    read(place, folder).column_by_name("id").unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn replay(place: &Place, rejects: &str, arguments: &[&str]) -> Output {
    place.host(&[&["replay", rejects, "pipeline.toml"], arguments].concat()).output().unwrap()
}

/// What was rejected, mended by these replacements of text.
fn mend(place: &Place, from: &str, to: &str, replacements: &[(&str, &str)]) {
    let mut text = fs::read_to_string(place.path(from)).unwrap();
    for (wrong, right) in replacements {
        assert!(text.contains(wrong), "{wrong} is not in {text}");
        text = text.replace(wrong, right);
    }
    fs::write(place.path(to), text).unwrap();
}

#[test]
fn mended_rows_go_on_where_they_were_rejected() {
    for (sink, file) in [("ndjson", "part-00000.ndjson"), ("csv", "part-00000.csv")] {
        let place = rejected(&format!("rejects.{sink} = {{ url = \"rejects/\" }}"));
        let quote = if sink == "csv" { "\"\"" } else { "\\\"" };
        let value = |name: &str, value: &str| format!("{quote}{name}{quote}:{value}");
        let name = |name: &str| value("name", &format!("{quote}{name}{quote}"));
        let mended = [
            ("x,name 2", "2,name 2".to_owned()),
            (&value("name", "null"), name("name 4")),
            (&value("id", "6"), value("id", "60")),
            (&name("nome 8"), name("name 8")),
        ];
        let mended = mended.each_ref().map(|(wrong, right)| (&**wrong, right.as_str()));
        mend(&place, &format!("rejects/{file}"), &format!("mended.{sink}"), &mended);
        for threads in ["1", "7"] {
            let arguments = ["--suffix", "-mended", "--threads", threads];
            let output = replay(&place, &format!("mended.{sink}"), &arguments);
            assert!(output.status.success(), "{}", said(&output, &place));
            assert_eq!(ids(&place, "out-mended"), [2, 4, 60, 8]);
            assert_eq!(ids(&place, "out"), [1, 3, 5, 7, 9]);
        }
    }
}

#[test]
fn rows_can_be_replayed_through_a_job_that_was_mended() {
    for sink in ["parquet", "ipc", "ndjson", "csv"] {
        let place = rejected(&format!("rejects.{sink} = {{ url = \"rejects/\" }}"));
        let rejects = format!("rejects.{sink} = {{ url = \"rejects/\" }}");
        fs::write(place.path("pipeline.toml"), pipeline(&rejects, &[])).unwrap();
        let output = replay(&place, "rejects", &["--json"]);
        assert!(output.status.success(), "{}", said(&output, &place));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let job = &report["jobs"][0];
        // That of the stage goes through; the others are as wrong as before.
        assert_eq!((&job["source"]["rows"], &job["rejects"]["rows"]), (&3.into(), &3.into()));
        let run = fs::read_dir(place.path(".")).unwrap().find_map(|entry| {
            entry.unwrap().file_name().to_str()?.strip_prefix("out-replay-of-").map(ToOwned::to_owned)
        });
        let run = run.unwrap();
        assert_eq!(ids(&place, &format!("out-replay-of-{run}")), [6]);
        assert!(place.path(&format!("rejects-replay-of-{run}")).is_dir());

        // The job's span says whose rows it has.
        let trace = fs::read_to_string(place.path(".host/runs/latest/trace.otlp.json")).unwrap();
        let trace: serde_json::Value = serde_json::from_str(&trace).unwrap();
        let spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let job = spans.iter().find(|span| span["name"] == "copy").unwrap();
        let before = fs::read_to_string(place.path(&format!(".host/runs/{run}/trace.otlp.json"))).unwrap();
        let link = &job["links"][0];
        for id in ["traceId", "spanId"] {
            assert!(before.contains(link[id].as_str().unwrap()), "{link}");
        }
        assert!(job["attributes"].to_string().contains("etl.replay.of"));

        let shown = place.host(&["trace"]).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.contains(&format!("of what {run} rejected")), "{shown}");

        let output = replay(&place, "rejects", &["--no-record"]);
        let told = said(&output, &place).replace(&run, "RUN");
        insta::allow_duplicates! { assert_snapshot!(told.lines().next().unwrap(), @"error: job `copy`: out-replay-of-RUN is there: rows of that run have been replayed"); }
    }
}

#[test]
fn what_is_wrong_with_mended_rows_is_told_where_they_stand() {
    let place = rejected(NDJSON);
    let failure = |replacements: &[(&str, &str)], arguments: &[&str]| {
        mend(&place, "rejects/part-00000.ndjson", "mended.ndjson", replacements);
        let output = replay(&place, "mended.ndjson", &[arguments, &["--no-record"]].concat());
        assert!(!output.status.success());
        said(&output, &place)
    };
    let all = [
        failure(&[(r#"\"id\":6"#, r#"\"id\":\"six\""#)], &[]),
        failure(&[(r#"\"id\":6,"#, "")], &[]),
        failure(&[(r#"\"id\":6"#, r#"\"uid\":6"#)], &[]),
        failure(&[("x,name 2,0.5", "")], &[]),
        failure(&[(r#""stage":"Check""#, r#""stage":"Chuck""#)], &[]),
        failure(&[(r#""rejected_by":"plugin""#, r#""rejected_by":"me""#)], &[]),
        failure(&[(r#""job":"copy""#, r#""job":"copied""#)], &[]),
        failure(&[], &["--job", "coppy"]),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    error: mended.ndjson:3: column "id" expects int64, found "six"
     --> pipeline.toml:7:22
      |
    7 | source.csv = { url = "rows.csv", on-bad-rows = "reject", schema = { id = "int64" } }
      |                      ^^^^^^^^^^
      |
      = help: set `schema."id" = "utf8"` in pipeline.toml, or mend the row


    error: mended.ndjson:3: the values lack "id", which comes to stage `Check`
     --> pipeline.toml:7:22
      |
    7 | source.csv = { url = "rows.csv", on-bad-rows = "reject", schema = { id = "int64" } }
      |                      ^^^^^^^^^^


    error: mended.ndjson:3: key "uid" is no column of what comes to stage `Check`
     --> pipeline.toml:7:22
      |
    7 | source.csv = { url = "rows.csv", on-bad-rows = "reject", schema = { id = "int64" } }
      |                      ^^^^^^^^^^


    error: mended.ndjson:1: it has neither `values` nor `text`
     --> pipeline.toml:7:22
      |
    7 | source.csv = { url = "rows.csv", on-bad-rows = "reject", schema = { id = "int64" } }
      |                      ^^^^^^^^^^


    error: job `copy` has no stage `Chuck`, which rejected mended.ndjson:4
     --> pipeline.toml:6:7
      |
    6 | [jobs.copy]
      |       ^^^^


    error: mended.ndjson:3: rejected_by is "me", and must be `source`, `contract` or `plugin`

    error: unknown job `copied`
    --> pipeline.toml
     = help: jobs: `copy`


    error: mended.ndjson holds no rows of job `coppy`
      = help: did you mean `copy`?
    "#);
}

#[test]
fn what_is_no_table_of_rejects_is_told() {
    let place = rejected(NDJSON);
    fs::write(place.path("empty.ndjson"), "").unwrap();
    let failure = |rejects: &str| said(&replay(&place, rejects, &["--no-record"]), &place);
    let all = [
        failure("rows.csv"),
        failure("out"),
        failure("none"),
        failure("empty.ndjson"),
        failure("pipeline.toml"),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    error: rows.csv is no table of rejected rows: it has no column "job"
      = help: give what a job wrote to its `rejects`, with all columns

    error: out is no table of rejected rows: it has no column "job"
      = help: give what a job wrote to its `rejects`, with all columns

    error: no input: "none" is not there
      = help: data paths are relative to the working directory

    error: empty.ndjson holds no rejected rows: there is nothing to replay

    error: no input: "pipeline.toml" is none of Parquet, Arrow IPC, CSV and NDJSON, as far as its name tells
    "#);
}

#[test]
fn a_stage_that_looks_at_all_rows_is_refused_unless_told() {
    let place = Place::new();
    fs::write(place.path("rows.csv"), "id,name\n1,one\nx,two\ny,two\n4,four\n").unwrap();
    let clean = plugin("clean");
    let pipeline = format!(
        r#"name = "replay"
plugins.clean = {{ path = "{}" }}

[jobs.copy]
source.csv = {{ url = "rows.csv", on-bad-rows = "reject", schema = {{ id = "int64" }} }}
sink.parquet = {{ url = "out/" }}
{NDJSON}

[[jobs.copy.stages]]
name = "Remove Duplicates"
run = "clean/drop-duplicates"
with = {{ columns = ["name"] }}
"#,
        clean.display()
    );
    assert!(place.run(&pipeline, &[]).status.success());
    mend(&place, "rejects/part-00000.ndjson", "mended.ndjson", &[("x,", "2,"), ("y,", "3,")]);
    assert_snapshot!(said(&replay(&place, "mended.ndjson", &["--no-record"]), &place), @r#"
    error: stage `Remove Duplicates` is keyed: it looks at all rows, and a replay has only those that were rejected
      --> pipeline.toml:10:8
       |
    10 | name = "Remove Duplicates"
       |        ^^^^^^^^^^^^^^^^^^^
       |
       = help: mend the input and run the job again; or let it look at these rows alone, with `--apart`
    "#);
    let output = replay(&place, "mended.ndjson", &["--apart", "--suffix", "-mended"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_eq!(ids(&place, "out-mended"), [2]);
}

#[test]
fn text_is_read_as_that_of_its_file() {
    let place = Place::new();
    for (day, text) in [(1, "id,name\n1,one\nx,two\n"), (2, "name,id,more\nthree,3,m\nfour,y,n\n")] {
        fs::create_dir_all(place.path(&format!("in/day={day}"))).unwrap();
        fs::write(place.path(&format!("in/day={day}/rows.csv")), text).unwrap();
    }
    let pipeline = format!(
        r#"name = "replay"

[jobs.copy]
source.csv = {{ url = "in/", on-bad-rows = "reject", schema = {{ id = "int64" }}, schema-merge = "union", partitions = "auto" }}
sink.ndjson = {{ url = "out/" }}
{NDJSON}
"#
    );
    let output = place.run(&pipeline, &[]);
    assert!(output.status.success(), "{}", said(&output, &place));
    mend(&place, "rejects/part-00000.ndjson", "mended.ndjson", &[("x,", "2,"), (",y", ",4")]);
    let output = replay(&place, "mended.ndjson", &["--suffix", "-mended"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert_snapshot!(fs::read_to_string(place.path("out-mended/part-00000.ndjson")).unwrap(), @r#"
    {"id":2,"name":"two","more":null,"day":1}
    {"id":4,"name":"four","more":"n","day":2}
    "#);
    fs::rename(place.path("in/day=2"), place.path("in/day=3")).unwrap();
    assert_snapshot!(said(&replay(&place, "mended.ndjson", &["--no-record"]), &place), @r#"
    error: mended.ndjson:2: its file "in/day=2/rows.csv" is none of the source's any more
     --> pipeline.toml:4:22
      |
    4 | source.csv = { url = "in/", on-bad-rows = "reject", schema = { id = "int64" }, schema-merge = "union", partitions = "auto" }
      |                      ^^^^^
    "#);
}

/// All rows of the example are rejected, at two points, and replayed: the same bytes come out as without.
#[test]
fn a_replay_of_all_rows_is_the_job() {
    let place = Place::new();
    place.listings("rows.csv", Format::Csv, 3_000);
    let plugins = root().join("target/plugins");
    let example = fs::read_to_string(root().join("examples/airbnb/pipeline.toml")).unwrap();
    let example = example.replace("../../target/plugins", plugins.to_str().unwrap());
    let rejecting = example.replacen(
        "[jobs.clean.source.csv]",
        "[jobs.clean.rejects.parquet]\nurl = \"rejects/\"\n\n\
        [jobs.clean.contract]\non-bad-rows = \"reject\"\ncolumns.\"review rate number\" = { min = 3 }\n\n\
        [jobs.clean.source.csv]",
        1,
    );
    let rejecting = rejecting.replacen(
        "run = \"clean/drop-columns\"",
        "contract = { on-bad-rows = \"reject\", columns.id = { max = 0 } }\nrun = \"clean/drop-columns\"",
        1,
    );
    let common = ["--var", "input=rows.csv", "--job", "clean", "--run-timestamp", "2022-12-31"];
    let output = place.run(&example, &common);
    assert!(output.status.success(), "{}", said(&output, &place));
    let whole = files(&place.path("demo/out/clean"));
    let output = place.run(&rejecting, &common);
    assert!(output.status.success(), "{}", said(&output, &place));
    let left = read(&place, "rejects");
    assert_eq!(left.num_rows(), 3_000);

    fs::write(place.path("pipeline.toml"), example).unwrap();
    for threads in ["1", "3"] {
        let arguments = [&common[..], &["--apart", "--suffix", "-again", "--threads", threads]].concat();
        let output = replay(&place, "rejects", &arguments);
        assert!(output.status.success(), "{}", said(&output, &place));
        assert!(files(&place.path("demo/out/clean-again")) == whole);
    }
}
