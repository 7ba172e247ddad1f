//! A plugin that misbehaves: the host survives, says what happened, and leaves no output.

use insta::assert_snapshot;

use crate::support::{Place, plugin, said};

/// Runs one stage of the hostile plugin over a few rows; what the user sees, without times.
fn attack(operation: &str, with: &str) -> String {
    let place = Place::new();
    std::fs::write(place.path("in.csv"), "a,b,c\n1,x,0.5\n2,y,1.5\n3,,2.5\n").unwrap();
    let pipeline = format!(
        r#"name = "hostile"
[plugins]
hostile = {{ path = "{}", limits = {{ memory = "32MiB", call-timeout = "300ms" }} }}
[jobs.attack]
source.csv = {{ url = "in.csv" }}
sink.parquet = {{ url = "out" }}
[[jobs.attack.stages]]
name = "Attack"
run = "hostile/{operation}"
with = {with}
"#,
        plugin("hostile").display()
    );
    let output = place.run(&pipeline, &["--threads", "1"]);
    let said = said(&output, &place);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!place.path("out").exists());
    let left: Vec<_> =
        std::fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".out")), "{left:?}");
    scrub(&said)
}

/// The lines that are the same in every run.
fn scrub(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.contains(".host/runs"));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    const TIME: &str = "stopped after ";
    if let Some(at) = text.find(TIME).map(|at| at + TIME.len()) {
        let end = text[at..].find(" (").map_or(text.len(), |length| at + length);
        text.replace_range(at..end, "[time]");
    }
    text.trim_end().to_owned()
}

#[test]
fn endless_loop() {
    assert_snapshot!(attack("endless-loop", "{}"), @"");
}

#[test]
fn endless_loop_in_the_first_pass() {
    assert_snapshot!(attack("endless-loop", r#"{ at = "observe" }"#), @"");
}

#[test]
fn memory_bomb() {
    assert_snapshot!(attack("memory-bomb", "{}"), @"");
}

#[test]
fn panic() {
    assert_snapshot!(attack("panic", r#"{ message = "index out of bounds: the len is 3 but the index is 7" }"#), @"");
}

#[test]
fn bad_offsets() {
    assert_snapshot!(attack("bad-buffers", r#"{ kind = "offsets-descend" }"#), @"");
}

#[test]
fn a_row_too_few() {
    assert_snapshot!(attack("broken-promise", r#"{ kind = "drops-row" }"#), @"");
}

#[test]
fn never_done() {
    assert_snapshot!(attack("never-done", "{}"), @"");
}

#[test]
fn a_port_that_is_not_there() {
    assert_snapshot!(attack("wrong-port", "{ port = 7 }"), @"");
}

#[test]
fn bind_that_makes_no_sense() {
    assert_snapshot!(attack("bad-bind", r#"{ kind = "origins" }"#), @"");
}

#[test]
fn rows_in_another_order() {
    assert_snapshot!(attack("broken-promise", r#"{ kind = "reverses-rows" }"#), @"");
}
