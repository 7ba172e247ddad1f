//! Ctrl-C and SIGTERM.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Place, assert_shown, shown};

const ENDLESS: &str = r#"name = "endless"

[plugins]
hostile = { path = "plugins/hostile.wasm" }

[jobs.first]
source.csv = { url = "listings.csv" }
sink.parquet = { url = "out/first" }

[[jobs.first.stages]]
name = "Loop"
run = "hostile/endless-loop"
with = { at = "process" }
"#;

/// Starts a run that never ends by itself, and waits until it is under way.
fn start(place: &Place) -> Child {
    let mut command = place.command(&["run", "pipeline.toml"]);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while place.names(".host/runs").is_empty() {
        assert!(started.elapsed() < Duration::from_mins(1), "the run does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    run
}

fn send(signal: &str, run: &Child) {
    let sent = Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// What a run shows that is stopped, and has left nothing but its record.
fn stopped_by(signal: &str) -> String {
    let place = Place::with(ENDLESS);
    let run = start(&place);
    let asked = Instant::now();
    send(signal, &run);
    let output = run.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
    assert_eq!(place.names("out"), [""; 0]);
    let report = std::fs::read_to_string(place.path(".host/runs/latest/run.json")).unwrap();
    assert!(report.contains("\"status\": \"interrupted\""), "{report}");
    shown(&output)
}

#[test]
fn ctrl_c_stops_the_run_and_leaves_no_half_output() {
    let shown = stopped_by("-INT");
    let (table, said) = shown.split_once("\n----- stderr\n").unwrap();
    // How far it came depends on the machine.
    assert!(table.starts_with("exit 130\n----- stdout\njob first: interrupted "), "{table}");
    assert!(table.contains("\nendless interrupted after "), "{table}");
    assert_shown!(said, @r"
    stopping; once more ends the program at once
    interrupted: nothing of job `first` is written
    record  .host/runs/[run]
    ");
}

#[test]
fn sigterm_does_the_same() {
    assert!(stopped_by("-TERM").starts_with("exit 130\n"));
}
