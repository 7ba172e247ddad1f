//! What a plugin gets of the machine: what is granted, and a plain word where it is not.

use std::fs;
use std::process::Output;

use insta::assert_snapshot;

use crate::support::{Place, plugin, said};

/// A job of one stage of the curious plugin; `grants` is what follows its path.
fn pipeline(grants: &str, operation: &str, with: &str) -> String {
    format!(
        r#"name = "curious"
[plugins.curious]
path = "curious.wasm"
{grants}
[jobs.look]
source.csv = {{ url = "in.csv" }}
sink.parquet = {{ url = "out" }}
[[jobs.look.stages]]
name = "Look"
run = "curious/{operation}"
with = {with}
"#
    )
}

fn place() -> Place {
    let place = Place::new();
    fs::write(place.path("in.csv"), "a,b\n1,x\n").unwrap();
    fs::copy(plugin("curious"), place.path("curious.wasm")).unwrap();
    place
}

fn run(place: &Place, grants: &str, operation: &str, with: &str) -> Output {
    place.run(&pipeline(grants, operation, with), &["--threads", "1"])
}

/// What the user sees, without the plugin's functions, which are for its compiler to name.
fn seen(output: &Output, place: &Place) -> String {
    let said = said(output, place);
    let lines = said.lines().take_while(|line| !line.starts_with("in the plugin"));
    let lines = lines.filter(|line| !line.contains(".host/runs"));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn a_plugin_that_wants_more_than_it_is_granted_is_not_loaded() {
    let place = place();
    let output = run(&place, "", "nothing", "{}");
    assert_snapshot!(seen(&output, &place), @r#"
    error: plugin `curious`: ./curious.wasm imports wasi:cli/environment@0.2.0, wasi:cli/exit@0.2.0, wasi:io/error@0.2.0, wasi:io/streams@0.2.0, wasi:cli/stdin@0.2.0, wasi:cli/stdout@0.2.0, wasi:cli/stderr@0.2.0, wasi:clocks/wall-clock@0.2.0, wasi:io/poll@0.2.0, wasi:clocks/monotonic-clock@0.2.0, wasi:filesystem/types@0.2.0, wasi:filesystem/preopens@0.2.0, wasi:random/random@0.2.0, wasi:sockets/network@0.2.0, wasi:sockets/instance-network@0.2.0, which are not granted
     --> pipeline.toml:3:8
      |
    3 | path = "curious.wasm"
      |        ^^^^^^^^^^^^^^
      |
      = help: add `grants = { clocks = true, random = true, env = {}, files = [], stdio = true }` to the plugin
      = help: there is no grant for the network: build the plugin without it
      = help: where the plugin never uses them, add `grants = { wasi = "trap" }` to the plugin: a call that does then ends
    "#);
    let output = run(&place, "grants = { clocks = true, env = {}, stdio = true }", "nothing", "{}");
    assert_snapshot!(seen(&output, &place), @r#"
    error: plugin `curious`: ./curious.wasm imports wasi:filesystem/types@0.2.0, wasi:filesystem/preopens@0.2.0, wasi:random/random@0.2.0, wasi:sockets/network@0.2.0, wasi:sockets/instance-network@0.2.0, which are not granted
     --> pipeline.toml:3:8
      |
    3 | path = "curious.wasm"
      |        ^^^^^^^^^^^^^^
      |
      = help: add `random = true, files = []` to the plugin's `grants`
      = help: there is no grant for the network: build the plugin without it
      = help: where the plugin never uses them, add `wasi = "trap"` to the plugin's `grants`: a call that does then ends
    "#);
    assert!(!place.path("out").exists());
}

#[test]
fn what_is_never_used_may_trap() {
    let place = place();
    let output = run(&place, r#"grants = { wasi = "trap" }"#, "nothing", "{}");
    assert!(output.status.success(), "{}", seen(&output, &place));
    let output = run(&place, r#"grants = { wasi = "trap" }"#, "time", "{}");
    assert_snapshot!(seen(&output, &place), @r#"
    error: stage `Look`: curious/time called wasi:clocks/wall-clock@0.2.0#now in `process`, which is not granted (batch 0, rows 1 to 1 of in.csv)
      --> pipeline.toml:10:7
       |
    10 | run = "curious/time"
       |       ^^^^^^^^^^^^^^
       |
       = help: add `clocks = true` to the plugin's `grants`
    "#);
    let output = run(&place, r#"grants = { wasi = "trap" }"#, "network", "{}");
    assert_snapshot!(seen(&output, &place), @r#"
    error: stage `Look`: curious/network called wasi:sockets/instance-network@0.2.0#instance-network in `process`, which is not granted: no plugin gets the network (batch 0, rows 1 to 1 of in.csv)
      --> pipeline.toml:10:7
       |
    10 | run = "curious/network"
       |       ^^^^^^^^^^^^^^^^^
    "#);
}

/// On the engine's own threads.
#[test]
fn a_plugin_that_sleeps_is_stopped_at_its_time_limit() {
    let place = place();
    let grants = r#"grants = { clocks = true, wasi = "trap" }
limits = { call-timeout = "300ms" }"#;
    let seen = seen(&run(&place, grants, "sleep", "{}"), &place);
    let first = seen.lines().next().unwrap_or_default();
    let (message, _) = first.split_once(", stopped after").unwrap();
    assert_snapshot!(message, @"error: stage `Look`: curious/sleep reached its time limit in `process`: limit 300 ms");
}

#[test]
fn only_granted_variables_are_seen() {
    let place = place();
    let grants = r#"grants = { env = { NAME = "value", KEY = "${env:SECRET}" }, wasi = "trap" }"#;
    fs::write(place.path("pipeline.toml"), pipeline(grants, "environment", "{}")).unwrap();
    let mut host = place.host(&["run", "pipeline.toml"]);
    let output = host.env("SECRET", "hunter2").env("OTHER", "other").output().unwrap();
    assert_snapshot!(seen(&output, &place), @r#"
    error: stage `Look`: [("NAME", "value"), ("KEY", "${env:SECRET}")] [] (batch 0, rows 1 to 1 of in.csv)
      --> pipeline.toml:10:7
       |
    10 | run = "curious/environment"
       |       ^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn folders_lie_beside_the_pipeline() {
    let place = place();
    let grants = r#"grants = { files = [{ path = "lookup", at = "/lookup" }], wasi = "trap" }"#;
    let with = r#"{ path = "table.txt" }"#;
    let output = run(&place, grants, "read", with);
    assert_snapshot!(seen(&output, &place), @r#"
    error: plugin `curious` is granted ./lookup, and there is no such folder
     --> pipeline.toml:4:30
      |
    4 | grants = { files = [{ path = "lookup", at = "/lookup" }], wasi = "trap" }
      |                              ^^^^^^^^
      |
      = help: a granted folder lies beside pipeline.toml
    "#);
    fs::create_dir(place.path("lookup")).unwrap();
    fs::write(place.path("lookup/table.txt"), "one row").unwrap();
    let output = run(&place, grants, "read", with);
    assert_snapshot!(seen(&output, &place).lines().next().unwrap_or_default(), @r#"error: stage `Look`: "one row" (batch 0, rows 1 to 1 of in.csv)"#);
    let output = run(&place, grants, "read", r#"{ path = "../in.csv" }"#);
    assert_snapshot!(seen(&output, &place).lines().next().unwrap_or_default(), @"error: stage `Look`: not-permitted (batch 0, rows 1 to 1 of in.csv)");
}

#[test]
fn what_a_plugin_prints_never_reaches_the_terminal() {
    let place = place();
    let output = run(&place, r#"grants = { stdio = true, wasi = "trap" }"#, "print", "{}");
    assert!(output.status.success(), "{}", seen(&output, &place));
    let shown = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8(shown).unwrap().contains("to standard"));
}

#[test]
fn inspect_tells_what_it_needs() {
    let place = place();
    let output = place.host(&["plugin", "inspect", "curious.wasm", "time"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let needs = text.lines().find(|line| line.trim_start().starts_with("needs")).unwrap();
    assert_snapshot!(needs.trim(), @"needs     grants = { clocks = true, random = true, env = {}, files = [], stdio = true }");
}
