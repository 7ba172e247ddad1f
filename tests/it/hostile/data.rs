//! Data and promises that are not what they are said to be.

use insta::assert_snapshot;

use super::{attack, first_lines};

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
      function [number]
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

fn each(operation: &str, kinds: &[&str]) -> String {
    let line = |kind: &&str| first_lines(&attack(operation, &format!(r#"{{ kind = "{kind}" }}"#)));
    kinds.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn buffers_and_counts() {
    let kinds =
        ["offsets-outside", "utf8", "values-short", "null-count", "huge-length", "many-children", "nesting"];
    assert_snapshot!(each("bad-buffers", &kinds), @"
    error: stage `Attack`: the buffers of a column of type Utf8 are malformed: the values buffer has 6 bytes, expected 600 (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: the buffers of a column of type Utf8 are malformed: Invalid UTF8 sequence at string index 0 (0..2): invalid utf-8 sequence of 1 bytes from index 0 (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: the buffers of a column of type Int64 are malformed: the values buffer has 20 bytes, expected 24 (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: the buffers of a column of type Int64 are malformed: 1 nulls said, 2 found (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: the buffers of a column of type Int64 are malformed: the values buffer has 0 bytes, expected 34359738360 (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: the type of the column is malformed: `` says 4294967295 children, 1 follow (batch 0, rows 1 to 3 of in.csv)
    error: stage `Attack`: the type of the column is malformed: it is nested more than 32 deep (batch 0, rows 1 to 3 of in.csv)
    ");
}

#[test]
fn other_columns_than_promised() {
    assert_snapshot!(each("wrong-output", &["fewer", "more", "name", "type", "order"]), @"
    error: stage `Attack`: the plugin broke its contract in `emit`: it promised 3 columns, and gave 2
    error: stage `Attack`: the plugin broke its contract in `emit`: it promised 3 columns, and gave 4
    error: stage `Attack`: the plugin broke its contract in `emit`: it promised column `a`, and gave `another name`
    error: stage `Attack`: the plugin broke its contract in `emit`: it promised `a` as int64, and gave binary
    error: stage `Attack`: the plugin broke its contract in `emit`: it promised column `a`, and gave `c`
    ");
}

#[test]
fn promises_of_bind() {
    assert_snapshot!(each("bad-bind", &["reads", "key", "no-outputs", "more-outputs", "format", "children"]), @"
    error: stage `Attack`: hostile/bad-bind failed in `bind`: `reads` names column 9999 of 3
    error: stage `Attack`: hostile/bad-bind failed in `bind`: `distribution` names column 9999 of 3
    error: stage `Attack`: hostile/bad-bind failed in `bind`: it has 0 output schemas, the operation describes 1 outputs
    error: stage `Attack`: hostile/bad-bind failed in `bind`: it has 2 output schemas, the operation describes 1 outputs
    error: stage `Attack`: hostile/bad-bind failed in `bind`: an output schema: `?` is not a known Arrow format string
    error: stage `Attack`: hostile/bad-bind failed in `bind`: an output schema: the type of the column is malformed: `a` says 4294967295 children, 2 follow
    ");
}

#[test]
fn promises_about_rows() {
    assert_snapshot!(each("broken-promise", &["repeats-rows", "keeps-batch"]), @"
    error: stage `Attack`: the plugin broke its contract in `emit`: it changed the order of the rows, which only a `single` or `keyed` stage may do
    error: stage `Attack`: the plugin broke its contract in `finish`: it promised a row for each row, and gave 0 for 3
    ");
}
