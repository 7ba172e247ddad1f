//! `host run`.

use std::fs;

use serde_json::Value;

use crate::support::{Place, assert_shown};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_run_that_succeeds() {
    let place = Place::new();
    assert_shown!(place.host(&["run", "pipeline.toml"]), @r"
    exit 0
    ----- stdout
    job clean, [time] rows in  rows out  in plugin
      read listings.csv                  5
      Names                    5         5 [time]
      Drop Columns             5         5 [time]
      Remove Duplicates        5         4 [time]
      Convert Price            4         4 [time]
      total                    5         4 [time]

    job copy, [time] rows in  rows out  in plugin
      read out/cleaned                   4
      total                    4         4

    out/cleaned  4 rows [size]  1 file
    out/copied   4 rows [size]  1 file

    demo succeeded in [time]
      trace   [x-ray id]  [trace id]
      record  .host/runs/[run]
    ");
    assert_eq!(place.names("out"), ["cleaned", "copied"]);
}

#[test]
fn quietly() {
    assert_shown!(Place::new().host(&["run", "pipeline.toml", "-q"]), @"exit 0");
}

#[test]
fn as_a_document() {
    let place = Place::new();
    let arguments = ["run", "pipeline.toml", "--json", "--run-timestamp", "2022-12-31", "--threads", "2"];
    let report = place.json(&[&arguments[..], &["--batch-rows", "2", "--trace-header", TRACE]].concat());
    assert_eq!(report["status"], "succeeded");
    assert_eq!(report["run_timestamp"], "2022-12-31T00:00:00Z");
    assert_eq!((&report["threads"], &report["batch_rows"]), (&2.into(), &2.into()));
    assert_eq!(report["jobs"][0]["source"]["rows"], 5);
    assert_eq!(report["jobs"][0]["outputs"][0]["rows"], 4);
    assert_eq!(report["trace"]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(report["failure"], Value::Null);
}

#[test]
fn it_is_recorded() {
    let place = Place::new();
    let report = place.json(&["run", "pipeline.toml", "--json"]);
    let run = report["run_id"].as_str().unwrap();
    assert_eq!(place.names(".host/runs"), [run, "latest"]);
    assert_eq!(place.names(".host/runs/latest"), ["plan.json", "run.json", "trace.otlp.json"]);
    let recorded = |name: &str| {
        let text = fs::read_to_string(place.path(".host/runs").join(run).join(name)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    assert_eq!(recorded("run.json"), report);
    let trace = recorded("trace.otlp.json");
    let span = &trace["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["traceId"], report["trace"]["trace_id"]);
}

#[test]
fn it_is_recorded_elsewhere() {
    let place = Place::new();
    place.command(&["run", "pipeline.toml"]).env("ETL_HOST_DIR", "there").output().unwrap();
    assert_eq!(place.names("there/runs").len(), 2);
    place.output(&["run", "pipeline.toml", "--runs-dir", "here"]);
    assert_eq!(place.names("here").len(), 2);
    place.output(&["run", "pipeline.toml", "--no-record"]);
    assert!(!place.path(".host").exists());
}

#[test]
fn a_record_that_cannot_be_made_does_not_stop_the_run() {
    let place = Place::new();
    let shown = place.host(&["run", "pipeline.toml", "--runs-dir", "listings.csv/runs"]);
    assert!(shown.starts_with("exit 0"), "{shown}");
    let (_, warnings) = shown.split_once("----- stderr\n").unwrap();
    assert_shown!(warnings, @"warning: the run is not recorded in listings.csv/runs: Not a directory (os error 20)");
}

#[test]
fn one_job_reads_what_an_earlier_run_has_left() {
    let place = Place::new();
    place.output(&["run", "pipeline.toml", "--job", "clean"]);
    assert_eq!(place.names("out"), ["cleaned"]);
    assert_shown!(place.host(&["run", "pipeline.toml", "--job", "copy"]), @r"
    exit 0
    ----- stdout
    job copy, [time] rows in  rows out  in plugin
      read out/cleaned                  4
      total                   4         4

    out/copied  4 rows [size]  1 file

    demo succeeded in [time]
      trace   [x-ray id]  [trace id]
      record  .host/runs/[run]
    ");
}

#[test]
fn what_is_not_valid_does_not_run() {
    let place = Place::edited("clean/drop-columns", "clean/drop-colums");
    let shown = place.host(&["run", "pipeline.toml"]);
    assert!(shown.starts_with("exit 1\n----- stderr\nerror: "), "{shown}");
    assert_eq!(place.names("."), ["listings.csv", "pipeline.toml", "plugins"]);
}

#[test]
fn a_run_that_fails_in_its_input() {
    let place = Place::edited("nulls = [\"\"] }", "nulls = [\"\"], schema = { id = \"int64\" } }");
    place.write("listings.csv", "id,NAME,host id,price\n1,Loft,7,$10\nx,Attic,7,$80\n");
    let shown = place.host(&["run", "pipeline.toml"]);
    assert_shown!(shown, @r#"
    exit 1
    ----- stdout
    job clean: failed    rows in  rows out  in plugin
      read listings.csv                  0
      Names                    0         0 [time]
      Drop Columns             0         0 [time]
      Remove Duplicates        0         0 [time]
      Convert Price            0         0 [time]
      total                    0 [time]

    job copy: did not begin

    demo failed after [time]
      trace   [x-ray id]  [trace id]
    ----- stderr
    error: listings.csv:3:1: column "id" expects int64, found "x"
      --> pipeline.toml:10:22
       |
    10 | source.csv = { url = "${input}", nulls = [""], schema = { id = "int64" } }
       |                      ^^^^^^^^^^
       |
       = help: set `schema."id" = "utf8"` in pipeline.toml, or mend the row

    record  .host/runs/[run]
    "#);
    assert_eq!(place.names("out"), [""; 0]);
}

fn hostile(operation: &str, with: &str) -> Place {
    let stage = format!("{operation}\"\nwith = {{ {with} }}");
    let place = Place::edited("clean/standardize-names\"", &format!("hostile/{stage}"));
    let pipeline = fs::read_to_string(place.path("pipeline.toml")).unwrap();
    place.write(
        "pipeline.toml",
        &pipeline
            .replace("[plugins]\n", "[plugins]\nhostile.path = \"plugins/hostile.wasm\"\n")
            .replace("host_id", "host id"),
    );
    place
}

#[test]
fn a_run_that_fails_in_a_plugin() {
    let place = hostile("trap", "at = \"process\"");
    let output = place.output(&["run", "pipeline.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let (said, backtrace) = text.split_once("in the plugin, innermost first:\n").expect(&text);
    // What exactly is said of a trap is not this crate's: where, and of what, is.
    for piece in ["error: stage `Names`: ", "`unreachable`", "listings.csv", "\n  --> pipeline.toml:16:7\n"] {
        assert!(said.contains(piece), "{said}");
    }
    assert!(backtrace.starts_with("  ") && backtrace.contains("\nrecord  .host/runs/"), "{backtrace}");
    assert_eq!(place.json(&["run", "pipeline.toml", "--json"])["failure"]["kind"], "trap");
}

#[test]
fn what_the_environment_says_of_the_trace() {
    let place = Place::new();
    let run = |name: &str, value: &str| {
        let output = place.command(&["run", "pipeline.toml"]).env(name, value).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run("TRACEPARENT", "nonsense");
    assert_eq!(code, Some(0));
    let (code, more) = run("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost");
    assert_eq!(code, Some(0));
    let (code, most) = run("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    assert_eq!(code, Some(0));
    assert_eq!(most.lines().count(), 1, "{most}");
    assert!(
        most.starts_with("warning: ") && most.contains("did not get to http://127.0.0.1:1/v1/traces: "),
        "{most}"
    );
    assert_shown!([said, more].concat(), @r#"
    warning: environment variable TRACEPARENT is ignored: trace header: traceparent: expected version, trace id, parent id and flags between hyphens, and nothing more in version 00, found "nonsense"
    warning: the trace is not sent anywhere: environment variable OTEL_EXPORTER_OTLP_ENDPOINT: expected http://HOST:PORT (TLS is left to a collector nearby), found "https://localhost"
    "#);
}
