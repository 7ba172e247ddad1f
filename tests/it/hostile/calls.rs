//! Calls that do not come back.

use insta::assert_snapshot;

use super::{attack, first_lines};
use crate::support::{Place, plugin, said};

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
fn endless_loop_in_every_call() {
    let moments = ["bind", "observe", "partial", "settle", "process", "finish"];
    let lines = moments.map(|at| first_lines(&attack("endless-loop", &format!(r#"{{ at = "{at}" }}"#))));
    assert_snapshot!(lines.join("\n"), @"
    error: stage `Attack`: hostile/endless-loop reached its time limit in `bind`: limit 300 ms, stopped after [measured]
      = help: raise `limits.call-timeout` of the plugin or the stage
    error: stage `Attack`: hostile/endless-loop reached its time limit in `observe`: limit 300 ms, stopped after [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.call-timeout` of the plugin or the stage
    error: stage `Attack`: hostile/endless-loop reached its time limit in `partial`: limit 300 ms, stopped after [measured]
      = help: raise `limits.call-timeout` of the plugin or the stage
    error: stage `Attack`: hostile/endless-loop reached its time limit in `settle`: limit 300 ms, stopped after [measured]
      = help: raise `limits.call-timeout` of the plugin or the stage
    error: stage `Attack`: hostile/endless-loop reached its time limit in `process`: limit 300 ms, stopped after [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.call-timeout` of the plugin or the stage
    error: stage `Attack`: hostile/endless-loop reached its time limit in `finish`: limit 300 ms, stopped after [measured]
      = help: raise `limits.call-timeout` of the plugin or the stage
    ");
}

#[test]
fn traps_and_recursion() {
    let acts = [
        ("trap", "{}"),
        ("trap", r#"{ at = "finish" }"#),
        ("deep-recursion", "{}"),
        ("forged-handle", "{ handle = 77 }"),
        ("forged-handle", "{}"),
    ];
    let lines = acts.map(|(operation, with)| first_lines(&attack(operation, with)));
    assert_snapshot!(lines.join("\n"), @"
    error: stage `Attack`: hostile/trap trapped in `process`: wasm `unreachable` instruction executed (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: hostile/trap trapped in `finish`: wasm `unreachable` instruction executed
    error: stage `Attack`: hostile/deep-recursion trapped in `process`: call stack exhausted (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: hostile/forged-handle failed in `process`: unknown handle index 77 (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: hostile/forged-handle failed in `process`: unknown handle index 2 (batch 0, rows 1 to 3 of in.csv)
    ");
}

/// The file of a component that is refused is beside the pipeline.
fn refused(make: impl FnOnce(&std::path::Path)) -> String {
    let place = Place::new();
    std::fs::write(place.path("in.csv"), "a\n1\n").unwrap();
    make(&place.path("plugin.wasm"));
    let pipeline = r#"name = "hostile"
[plugins]
hostile = { path = "plugin.wasm", limits = { call-timeout = "300ms" } }
[jobs.attack]
source.csv = { url = "in.csv" }
sink.parquet = { url = "out" }
"#;
    let (output, peak) = place.run_watched(pipeline, &[]);
    assert!(peak.is_none_or(|peak| peak < super::MOST_MEMORY), "{peak:?} bytes");
    super::scrub(&said(&output, &place))
}

#[test]
fn a_plugin_that_never_says_what_it_is() {
    assert_snapshot!(refused(|path| assert!(std::fs::copy(plugin("silent"), path).is_ok())), @r#"
    error: plugin `hostile`: plugin reached its time limit in `describe`: limit 300 ms, stopped after [measured]
     --> pipeline.toml:3:20
      |
    3 | hostile = { path = "plugin.wasm", limits = { call-timeout = "300ms" } }
      |                    ^^^^^^^^^^^^^
      |
      = help: raise `limits.call-timeout` of the plugin or the stage
    "#);
}

#[test]
fn a_component_of_200_megabytes() {
    let large = |path: &std::path::Path| {
        std::fs::write(path, b"\0asm\x0d\0\x01\0").unwrap();
        std::fs::File::options().write(true).open(path).unwrap().set_len(200_000_000).unwrap();
    };
    assert_snapshot!(refused(large), @r#"
    error: plugin `hostile`: ./plugin.wasm is larger than a component may be: limit 64 MiB
     --> pipeline.toml:3:20
      |
    3 | hostile = { path = "plugin.wasm", limits = { call-timeout = "300ms" } }
      |                    ^^^^^^^^^^^^^
      |
      = help: raise `limits.component-size` of the plugin
    "#);
}
