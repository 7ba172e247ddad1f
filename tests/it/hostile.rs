//! A plugin that misbehaves: the host survives, says what happened, and leaves no output.

use insta::assert_snapshot;

use crate::support::{Place, plugin, said};

/// Runs one stage of the hostile plugin over a few rows; what the user sees, without times.
fn attack(operation: &str, with: &str) -> String {
    attack_within(r#"memory = "32MiB", call-timeout = "300ms""#, operation, with)
}

/// As [`attack`], with these limits.
fn attack_within(limits: &str, operation: &str, with: &str) -> String {
    let place = Place::new();
    std::fs::write(place.path("in.csv"), "a,b,c\n1,x,0.5\n2,y,1.5\n3,,2.5\n").unwrap();
    let pipeline = format!(
        r#"name = "hostile"
[plugins]
hostile = {{ path = "{}", limits = {{ {limits} }} }}
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

/// The text without what may differ between machines and compilers.
fn scrub(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.contains(".host/runs") && !line.contains("dlmalloc"));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    for measured in ["stopped after ", "requested "] {
        if let Some(at) = text.find(measured).map(|at| at + measured.len()) {
            let end = text[at..].find(" (").map_or(text.len(), |length| at + length);
            text.replace_range(at..end, "[measured]");
        }
    }
    text.trim_end().to_owned()
}

#[test]
fn endless_loop() {
    assert_snapshot!(attack("endless-loop", "{}"), @r#"
    error: stage `Attack`: hostile/endless-loop reached its time limit in `process`: limit 300 ms, stopped after [measured] (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/endless-loop"
      |       ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: raise `limits.call-timeout` of the plugin or the stage

    in the plugin, innermost first:
      etl_hostile::act::Act::perform
      etl_hostile::at
      etl:plugin/stage@0.1.0#process
    "#);
}

#[test]
fn endless_loop_in_the_first_pass() {
    assert_snapshot!(attack("endless-loop", r#"{ at = "observe" }"#), @r#"
    error: stage `Attack`: hostile/endless-loop reached its time limit in `observe`: limit 300 ms, stopped after [measured] (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/endless-loop"
      |       ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: raise `limits.call-timeout` of the plugin or the stage

    in the plugin, innermost first:
      etl_hostile::act::Act::perform
      etl_hostile::at
      etl:plugin/summary@0.1.0#observe
    "#);
}

#[test]
fn memory_bomb() {
    assert_snapshot!(attack("memory-bomb", "{}"), @r#"
    error: stage `Attack`: hostile/memory-bomb reached its memory limit in `process`: limit 32 MiB, requested [measured] (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/memory-bomb"
      |       ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: raise `limits.memory` of the plugin or the stage

    in the plugin, innermost first:
      etl_hostile::act::Act::perform
      etl_hostile::at
      etl:plugin/stage@0.1.0#process
    "#);
}

#[test]
fn every_limit_names_its_key() {
    let limits = r#"handles = 100, host-call-bytes = "1MiB", retained-memory = "8MiB", emitted-batches = 50, emitted-rows = 2, emitted-rows-floor = 10"#;
    let floods = ["handles", "bytes", "constant", "rejected", "emitted"];
    let lines = floods.map(|kind| {
        let said = attack_within(limits, "flood", &format!(r#"{{ kind = "{kind}", count = 2000000 }}"#));
        let told = said.lines().filter(|line| line.starts_with("error") || line.contains("help:"));
        told.collect::<Vec<_>>().join("\n")
    });
    assert_snapshot!(lines.join("\n"), @"
    error: stage `Attack`: hostile/flood reached its handles limit in `process`: limit 100, requested [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.handles` of the plugin or the stage
    error: stage `Attack`: hostile/flood reached its host call bytes limit in `process`: limit 1 MiB (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.host-call-bytes` of the plugin or the stage
    error: stage `Attack`: hostile/flood reached its retained memory limit in `process`: limit 8 MiB, requested [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.retained-memory` of the plugin or the stage
    error: stage `Attack`: hostile/flood reached its retained memory limit in `process`: limit 8 MiB, requested [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.retained-memory` of the plugin or the stage
    error: stage `Attack`: hostile/flood reached its emitted rows limit in `process`: limit 16, requested [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.emitted-rows` or `limits.emitted-rows-floor` of the plugin or the stage
    ");
    let batches = limits.replace("floor = 10", "floor = 1000");
    assert_snapshot!(attack_within(&batches, "flood", r#"{ kind = "emitted", count = 100 }"#), @r#"
    error: stage `Attack`: hostile/flood reached its emitted batches limit in `process`: limit 50, requested [measured] (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/flood"
      |       ^^^^^^^^^^^^^^^
      |
      = help: raise `limits.emitted-batches` of the plugin or the stage

    in the plugin, innermost first:
      function 23
      etl_hostile::bindings::etl::plugin::host::emit
      etl_hostile::act::Act::perform
      etl_hostile::at
      etl:plugin/stage@0.1.0#process
    "#);
}

#[test]
fn panic() {
    assert_snapshot!(attack("panic", r#"{ message = "index out of bounds: the len is 3 but the index is 7" }"#), @r#"
    error: stage `Attack`: hostile/panic trapped in `process`: index out of bounds: the len is 3 but the index is 7 (wasm `unreachable` instruction executed) (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/panic"
      |       ^^^^^^^^^^^^^^^

    in the plugin, innermost first:
      etl_hostile::act::Act::perform
      etl_hostile::at
      etl:plugin/stage@0.1.0#process
    "#);
}

#[test]
fn bad_offsets() {
    assert_snapshot!(attack("bad-buffers", r#"{ kind = "offsets-descend" }"#), @r#"
    error: stage `Attack`: the buffers of a column of type Utf8 are malformed: Offset invariant failure: non-monotonic offset at slot 1: 4 > 2 (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/bad-buffers"
      |       ^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_row_too_few() {
    assert_snapshot!(attack("broken-promise", r#"{ kind = "drops-row" }"#), @r#"
    error: stage `Attack`: the plugin broke its contract in `finish`: it promised a row for each row, and gave 2 for 3
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/broken-promise"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn never_done() {
    assert_snapshot!(attack("never-done", "{}"), @r#"
    error: stage `Attack`: the plugin broke its contract in `finish`: it asked 1000 times to be called again, and gave nothing
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/never-done"
      |       ^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_port_that_is_not_there() {
    assert_snapshot!(attack("wrong-port", "{ port = 7 }"), @r#"
    error: stage `Attack`: hostile/wrong-port failed in `process`: output port 7 is out of range: there are 1 (batch 0, rows 1 to 3 of in.csv)
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/wrong-port"
      |       ^^^^^^^^^^^^^^^^^^^^

    in the plugin, innermost first:
      function 23
      etl_hostile::bindings::etl::plugin::host::emit
      etl:plugin/stage@0.1.0#process
    "#);
}

#[test]
fn bind_that_makes_no_sense() {
    assert_snapshot!(attack("bad-bind", r#"{ kind = "origins" }"#), @r#"
    error: stage `Attack`: hostile/bad-bind failed in `bind`: `origins` names column 9999 of 3
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/bad-bind"
      |       ^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn rows_in_another_order() {
    assert_snapshot!(attack("broken-promise", r#"{ kind = "reverses-rows" }"#), @r#"
    error: stage `Attack`: the plugin broke its contract in `emit`: it changed the order of the rows, which only a `single` or `keyed` stage may do
     --> pipeline.toml:9:7
      |
    9 | run = "hostile/broken-promise"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}
