//! `host trace`, over recorded runs that are always the same.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Place, shown};

/// Two runs, of which the later failed, and one that never ended.
fn runs() -> String {
    format!("{}/tests/it/runs", env!("CARGO_MANIFEST_DIR"))
}

/// The command over these runs, with nothing of the user's environment.
fn trace(arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("host"));
    command.arg("trace").args(arguments).args(["--runs-dir", &runs()]).env_clear();
    command
}

/// What the user sees.
fn seen(arguments: &[&str]) -> String {
    shown(&trace(arguments).output().unwrap())
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&trace(arguments).arg("--json").output().unwrap().stdout).unwrap()
}

/// The page of a run.
fn page(run: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.html");
    let output = trace(&[run, "--html", file.to_str().unwrap(), "--quiet"]).output().unwrap();
    assert_eq!(shown(&output), "exit 0");
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn a_run_that_succeeded() {
    assert_snapshot!(seen(&["00000a"]));
}

#[test]
fn all_there_is_to_know() {
    assert_snapshot!(seen(&["00000a", "--verbose"]));
}

#[test]
fn a_run_that_failed_and_is_the_last() {
    assert_snapshot!(seen(&[]));
}

#[test]
fn nothing_is_wider_than_80_columns() {
    for arguments in [&["00000a"][..], &["00000b"], &["00000a", "-v"], &["00000b", "-v"], &["--list"]] {
        for line in seen(arguments).lines().filter(|line| !line.contains("https://")) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn the_page_of_a_run_that_succeeded() {
    assert_snapshot!(without_style(&page("00000a")));
}

#[test]
fn the_page_of_a_run_that_failed() {
    assert_snapshot!(without_style(&page("00000b")));
}

fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}<style>…</style>{after}")
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    for run in ["00000a", "00000b"] {
        let page = page(run);
        for what in ["<script", "<link", "<img", "src=", "url(", "@import", "<Duplicates>", "<price>"] {
            assert!(!page.contains(what), "{what}");
        }
        for element in ["details", "summary", "div", "section", "table", "tr", "span", "dl", "ul", "li"] {
            let begun =
                page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
            assert_eq!(begun, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }
}

#[test]
fn two_runs_compared() {
    assert_snapshot!(seen(&["--diff", "00000a", "00000b"]));
    let diff = json(&["--diff", "00000a", "00000b"]);
    assert_eq!(diff["plugins"][0]["versions"][0], "0123456789ab");
    assert_eq!(diff["jobs"][0]["stages"][0]["columns_other"][0], "host_id: int64 → utf8");
    assert_eq!(diff["jobs"][0]["sides"][0]["rejected"], 1202);
    // All of a stage's numbers, and none of them where the record has no more than its time.
    let keys = |stage: &Value| stage.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let stages = |job: usize| &diff["jobs"][job]["stages"][0]["sides"][0];
    assert_snapshot!(keys(stages(0)), @"rows_in rows_out rejected time_ms skipped retries restarts guest_ms boundary_ms host_ms io_ms");
    assert_snapshot!(keys(stages(1)), @"rows_in rows_out rejected time_ms skipped retries restarts");
}

#[test]
fn the_runs_listed() {
    assert_snapshot!(seen(&["--list"]), @r"
    exit 0
    ----- stdout
    run                      ended         after     rows  pipeline
    20221231T000200Z-00000c  not ended
    20221231T000100Z-00000b  failed     250.0 ms   16,384  demo
    20221231T000000Z-00000a  succeeded    1.00 s  102,599  demo
    ");
    assert_eq!(json(&["--list"])[1]["status"], "failed");
}

#[test]
fn a_run_as_a_document() {
    let document = json(&["00000a"]);
    assert_eq!(document["run"]["run_id"], "20221231T000000Z-00000a");
    let console =
        "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/";
    assert_eq!(document["console"], format!("{console}1-63af7b80-bd862e3fe1be46a994272793"));
    let spans = document["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 20);
    let roles = ["job", "stage", "data", "call", "step"];
    assert!(spans.iter().all(|span| roles.contains(&span["role"].as_str().unwrap())));
    // Time is either waited for or the host's.
    let path = &document["critical_path"];
    let waited = path["waited"].as_array().unwrap().iter().map(|waited| waited["time_ms"].as_f64().unwrap());
    let jobs =
        spans.iter().filter(|span| span["role"] == "job").map(|span| span["duration_ms"].as_f64().unwrap());
    let total = waited.sum::<f64>() + path["host_ms"].as_f64().unwrap();
    assert!((total - jobs.sum::<f64>()).abs() < 1e-6);
}

#[test]
fn a_run_that_is_not_there() {
    let none = seen(&["00000x"]).replace(&runs(), "[runs]");
    assert_snapshot!(none, @r"
    exit 1
    ----- stderr
    error: there is no run `00000x` in [runs]
      = help: `host trace --list` shows the runs, and `--runs-dir` looks for them elsewhere
    ");
    assert_snapshot!(seen(&["2022"]), @r"
    exit 1
    ----- stderr
    error: `2022` is 3 runs: `20221231T000200Z-00000c`, `20221231T000100Z-00000b`
      = help: more of the id tells them apart
    ");
    let unfinished = seen(&["00000c"]).replace(&runs(), "[runs]");
    assert_snapshot!(unfinished, @r"
    exit 1
    ----- stderr
    error: cannot read [runs]/20221231T000200Z-00000c/run.json: No such file or directory (os error 2)
      = help: it is written at the end: a run that is still at it, or was killed, has none
    ");
}

#[test]
fn what_does_not_go_together_is_wrong_usage() {
    for arguments in
        [&["--list", "last"][..], &["--prune", "1", "--list"], &["--diff", "a"], &["--prune", "x"]]
    {
        assert_eq!(trace(arguments).output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn from_a_run_to_its_trace_and_away_with_it() {
    let place = Place::new();
    for _ in 0..3 {
        assert_eq!(place.output(&["run", "pipeline.toml", "--quiet"]).status.code(), Some(0));
    }
    let text = place.host(&["trace", "--verbose"]);
    for part in ["demo succeeded in", "listings.csv", "Remove Duplicates", "clean / write", "+ name: utf8"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let spans = place.json(&["trace", "--json"])["spans"].as_array().unwrap().len();
    assert!(spans > 10, "{spans}");
    assert!(place.host(&["trace", "--prune", "1"]).contains("2 runs deleted, 1 kept"));
    assert_eq!(place.json(&["trace", "--list", "--json"]).as_array().unwrap().len(), 1);
    assert_eq!(place.names(".host/runs").len(), 2);
    assert!(place.host(&["trace"]).contains("demo succeeded"));
    assert!(Path::new(&place.path(".host/runs/latest/run.json")).exists());
}
