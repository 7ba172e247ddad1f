//! What a guest does wrong, call by call, and the words for it.

use std::fmt::Write;

use etl_plugin::{CallErrorKind, Flow, Limits};

use crate::support::{bound, context, error, error_with, patient, process, redacted, run_with, tight};

/// One line per way to misbehave.
fn table(cases: &[&str], error: impl Fn(&str) -> String) -> String {
    cases.iter().fold(String::new(), |mut text, case| {
        writeln!(text, "{case}: {}", error(case)).unwrap();
        text
    })
}

#[test]
fn an_endless_loop_ends() {
    let moments = ["bind", "observe", "partial", "settle", "process", "finish"];
    let text = table(&moments, |at| error("endless-loop", &format!(r#"{{"at": "{at}"}}"#)));
    insta::assert_snapshot!(text, @"
    bind: hostile/endless-loop reached its time limit in `bind`: limit 100 ms, stopped after [time]
    observe: hostile/endless-loop reached its time limit in `observe`: limit 100 ms, stopped after [time]
    partial: hostile/endless-loop reached its time limit in `partial`: limit 100 ms, stopped after [time]
    settle: hostile/endless-loop reached its time limit in `settle`: limit 100 ms, stopped after [time]
    process: hostile/endless-loop reached its time limit in `process`: limit 100 ms, stopped after [time]
    finish: hostile/endless-loop reached its time limit in `finish`: limit 100 ms, stopped after [time]
    ");
}

#[test]
fn a_deadline_is_kept() {
    let error = error_with("endless-loop", "{}", &tight());
    let CallErrorKind::Timeout { limit, elapsed } = error.kind else { panic!("{error}") };
    assert!(elapsed >= limit && elapsed < limit * 10, "{elapsed:?}");
}

#[test]
fn memory_is_bounded() {
    let text = table(&["bind", "observe", "process", "finish"], |at| {
        let text = patient("memory-bomb", &format!(r#"{{"at": "{at}"}}"#));
        // What it had before is for the compiler to say.
        let (head, _) = text.split_once("requested ").unwrap();
        format!("{head}requested [size]")
    });
    insta::assert_snapshot!(text, @"
    bind: hostile/memory-bomb reached its memory limit in `bind`: limit 32 MiB, requested [size]
    observe: hostile/memory-bomb reached its memory limit in `observe`: limit 32 MiB, requested [size]
    process: hostile/memory-bomb reached its memory limit in `process`: limit 32 MiB, requested [size]
    finish: hostile/memory-bomb reached its memory limit in `finish`: limit 32 MiB, requested [size]
    ");
}

#[test]
fn a_trap_is_told_with_its_reason() {
    let text = table(&["trap", "deep-recursion"], |operation| error(operation, "{}"));
    insta::assert_snapshot!(text, @"
    trap: hostile/trap trapped in `process`: wasm `unreachable` instruction executed
    deep-recursion: hostile/deep-recursion trapped in `process`: call stack exhausted
    ");
    let text = error("panic", r#"{"message": "panicked at src/lib.rs:7:1: boom"}"#);
    insta::assert_snapshot!(text, @"hostile/panic trapped in `process`: panicked at src/lib.rs:7:1: boom (wasm `unreachable` instruction executed)");
}

/// By the names of the guest's functions, as far as its compiler left them functions of their own.
#[test]
fn a_trap_is_told_where_it_was() {
    let backtrace = error_with("trap", "{}", &tight()).backtrace;
    assert!(backtrace[0].starts_with("etl_hostile::"), "{backtrace:?}");
    assert_eq!(backtrace.last().unwrap(), "etl:plugin/stage@0.1.0#process");
}

#[test]
fn an_error_is_the_guests_own() {
    let with = r#"{"code": "invalid-data", "message": "row 3 has no price"}"#;
    let error = error_with("error", with, &tight());
    assert_eq!(error.to_string(), "row 3 has no price");
    assert_eq!((&*error.plugin, &*error.operation, error.call), ("hostile", "error", "process"));
}

#[test]
fn a_long_error_is_cut_and_steers_no_terminal() {
    let with = format!(r#"{{"code": "internal", "message": "\u001b[2J{}"}}"#, "x".repeat(100_000));
    let text = error("error", &with);
    assert!(text.len() < 5_000 && text.starts_with("\u{fffd}[2Jxxx") && text.ends_with("x…"), "{text}");
    let with = format!(r#"{{"message": "{}"}}"#, "y".repeat(100_000));
    assert!(error("panic", &with).len() < 5_000);
}

/// However long it is, no more of it than the limit is kept.
#[test]
fn an_error_of_10_megabytes() {
    let with = r#"{"code": "internal", "message": "oh no, ", "repeat": 1500000}"#;
    let error = error_with("error", with, &Limits { error_bytes: 20, ..tight() });
    assert_eq!(error.to_string(), "oh no, oh no, oh no,…");
    let error = error_with("error", with, &Limits { host_call_bytes: 1 << 20, ..tight() });
    insta::assert_snapshot!(error.to_string(), @"hostile/error reached its host call bytes limit in `process`: limit 1 MiB");
}

#[test]
fn bad_buffers_are_refused() {
    let kinds = [
        "offsets-descend",
        "offsets-outside",
        "offsets-start",
        "offsets-negative",
        "offsets-short",
        "utf8",
        "utf8-split",
        "values-short",
        "values-long",
        "nulls-without-bitmap",
        "null-count",
        "nulls-beyond-rows",
        "bitmap-short",
        "huge-length",
        "no-buffers",
        "more-buffers",
        "no-nodes",
        "more-nodes",
        "missing-child",
        "many-children",
        "nesting",
        "format",
        "decimal-precision",
        "negative-width",
        "child-short",
        "struct-lengths",
    ];
    let text = table(&kinds, |kind| patient("bad-buffers", &format!(r#"{{"kind": "{kind}"}}"#)));
    insta::assert_snapshot!(text, @r#"
    offsets-descend: the buffers of a column of type Utf8 are malformed: Offset invariant failure: non-monotonic offset at slot 1: 4 > 2
    offsets-outside: the buffers of a column of type Utf8 are malformed: the values buffer has 6 bytes, expected 600
    offsets-start: the buffers of a column of type Utf8 are malformed: the offsets start at 1, expected 0
    offsets-negative: the buffers of a column of type Utf8 are malformed: Offset invariant failure: Could not convert offset -2 to usize at position 1
    offsets-short: the buffers of a column of type Utf8 are malformed: the offsets buffer has 8 bytes, expected 16
    utf8: the buffers of a column of type Utf8 are malformed: Invalid UTF8 sequence at string index 0 (0..2): invalid utf-8 sequence of 1 bytes from index 0
    utf8-split: the buffers of a column of type Utf8 are malformed: incomplete utf-8 byte sequence from index 0
    values-short: the buffers of a column of type Int64 are malformed: the values buffer has 20 bytes, expected 24
    values-long: the buffers of a column of type Int64 are malformed: the values buffer has 800 bytes, expected 24
    nulls-without-bitmap: the buffers of a column of type Int64 are malformed: 1 nulls said, but the validity buffer is empty
    null-count: the buffers of a column of type Int64 are malformed: 1 nulls said, 2 found
    nulls-beyond-rows: the buffers of a column of type Int64 are malformed: 4 nulls said, 3 found
    bitmap-short: the buffers of a column of type Int64 are malformed: the validity buffer has 1 bytes, expected 2
    huge-length: the buffers of a column of type Int64 are malformed: the values buffer has 0 bytes, expected 34359738360
    no-buffers: the buffers of a column of type Int64 are malformed: the validity buffer is missing
    more-buffers: the buffers of a column of type Int64 are malformed: 0 nodes and 1 buffers too many
    no-nodes: the buffers of a column of type Int64 are malformed: a node is missing
    more-nodes: the buffers of a column of type Int64 are malformed: 1 nodes and 0 buffers too many
    missing-child: the type of the column is malformed: `` says 1 children, 0 follow
    many-children: the type of the column is malformed: `` says 4294967295 children, 1 follow
    nesting: the type of the column is malformed: it is nested more than 32 deep
    format: `?` is not a known Arrow format string
    decimal-precision: `d:9999,3` is not a known Arrow format string
    negative-width: `w:-4` is not a known Arrow format string
    child-short: the buffers of a column of type List(Int64, field: '') are malformed: Last offset 6 of List(Int64, field: '') is larger than values length 3
    struct-lengths: the buffers of a column of type Struct("": Int64, "": Int64) are malformed: Struct("": Int64, "": Int64) child array #1 for field  has length smaller than expected for struct array (2 < 3)
    "#);
}

#[test]
fn bad_arguments_are_refused() {
    let kinds = [
        "get",
        "project",
        "slice",
        "filter",
        "take",
        "gather",
        "gather-lengths",
        "rename",
        "from-columns",
        "with-columns",
        "cast",
        "read",
        "reject",
    ];
    let text = table(&kinds, |kind| error("bad-arguments", &format!(r#"{{"kind": "{kind}"}}"#)));
    insta::assert_snapshot!(text, @"
    get: column 4294967295 is out of range: there are 3
    project: column 4294967295 is out of range: there are 3
    slice: row 4294967296 is out of range: there are 3
    filter: the mask has the length 0, expected 3
    take: row 4294967295 is out of range: there are 3
    gather: batch 1 is out of range: there are 1
    gather-lengths: the list of rows has the length 1, expected 2
    rename: the list of names has the length 1, expected 3
    from-columns: column `b` has the length 2, expected 1
    with-columns: the list of names has the length 2, expected 1
    cast: `?` is not a known Arrow format string
    read: the column is Utf8, expected int64
    reject: row 4294967295 is out of range: there are 3
    ");
}

#[test]
fn a_lie_in_bind_is_found_there() {
    let kinds = ["reads", "key", "origins", "no-outputs", "more-outputs", "format", "children"];
    let text = table(&kinds, |kind| error("bad-bind", &format!(r#"{{"kind": "{kind}"}}"#)));
    insta::assert_snapshot!(text, @"
    reads: hostile/bad-bind failed in `bind`: `reads` names column 9999 of 3
    key: hostile/bad-bind failed in `bind`: `distribution` names column 9999 of 3
    origins: hostile/bad-bind failed in `bind`: `origins` names column 9999 of 3
    no-outputs: hostile/bad-bind failed in `bind`: it has 0 output schemas, the operation describes 1 outputs
    more-outputs: hostile/bad-bind failed in `bind`: it has 2 output schemas, the operation describes 1 outputs
    format: hostile/bad-bind failed in `bind`: an output schema: `?` is not a known Arrow format string
    children: hostile/bad-bind failed in `bind`: an output schema: the type of the column is malformed: `id` says 4294967295 children, 2 follow
    ");
}

#[test]
fn a_port_that_is_not_there() {
    let text = table(&["1", "4294967295"], |port| error("wrong-port", &format!(r#"{{"port": {port}}}"#)));
    insta::assert_snapshot!(text, @"
    1: hostile/wrong-port failed in `process`: output port 1 is out of range: there are 1
    4294967295: hostile/wrong-port failed in `process`: output port 4294967295 is out of range: there are 1
    ");
}

#[test]
fn handles_can_not_be_forged() {
    let text = table(&["77", "4294967295", "null"], |handle| {
        error("forged-handle", &format!(r#"{{"handle": {handle}}}"#))
    });
    insta::assert_snapshot!(text, @"
    77: hostile/forged-handle failed in `process`: unknown handle index 77
    4294967295: hostile/forged-handle failed in `process`: unknown handle index 4294967295
    null: hostile/forged-handle failed in `process`: unknown handle index 2
    ");
}

#[test]
fn a_batch_that_is_not_as_promised_is_the_engines_to_find() {
    for kind in ["fewer", "more", "name", "type", "order"] {
        let run = run_with("wrong-output", &format!(r#"{{"kind": "{kind}"}}"#), &Limits::default());
        assert_eq!(run.result.unwrap().len(), 1, "{kind}");
    }
}

#[test]
fn a_stage_may_want_to_finish_for_ever() {
    let mut instance = bound("never-done", "{}", &tight());
    for _ in 0..10 {
        assert_eq!(instance.finish(0, context()).result.unwrap(), Flow::More);
    }
}

/// Before `bind` there is no state: the guest must say so, not the host fail.
#[test]
fn calls_out_of_order_are_the_guests_to_refuse() {
    let mut instance = crate::support::HOSTILE.instantiate("pass", &tight()).unwrap();
    let text = redacted(&process(&mut instance).result.unwrap_err().to_string());
    insta::assert_snapshot!(text, @"no bind before");
}

#[test]
fn an_operation_that_is_not_there_is_an_error_of_the_guest() {
    let text = error("no-such-operation", "{}");
    insta::assert_snapshot!(text, @"unknown variant `no-such-operation`, expected one of `pass`, `endless-loop`, `memory-bomb`, `trap`, `panic`, `deep-recursion`, `error`, `bad-buffers`, `bad-arguments`, `flood`, `forged-handle`, `wrong-output`, `broken-promise`, `bad-bind`, `wrong-port`, `never-done`, `big-partial`, `rows`, `telemetry-flood`");
}
