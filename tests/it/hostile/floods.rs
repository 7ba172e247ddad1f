//! More of something than there is room for.

use insta::assert_snapshot;

use super::{attack, attack_within, first_lines};
use crate::support::{Place, said};

#[test]
fn every_limit_names_its_key() {
    let limits = r#"handles = 100, host-call-bytes = "1MiB", retained-memory = "8MiB", emitted-batches = 50, emitted-rows = 2, emitted-rows-floor = 10"#;
    let floods = ["handles", "bytes", "constant", "rejected", "emitted"];
    let lines = floods.map(|kind| {
        let said = attack_within(limits, "flood", &format!(r#"{{ kind = "{kind}", count = 2000000 }}"#));
        first_lines(&said)
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
      function [number]
      etl_hostile::bindings::etl::plugin::host::emit
      etl_hostile::act::Act::perform
      etl_hostile::at
      etl:plugin/stage@0.1.0#process
    "#);
}

#[test]
fn rows_of_nothing() {
    assert_snapshot!(first_lines(&attack("flood", r#"{ kind = "nulls", count = 100 }"#)), @"
    error: stage `Attack`: hostile/flood reached its emitted rows limit in `process`: limit 1003000, requested [measured] (batch 0, rows 1 to 3 of in.csv)
      = help: raise `limits.emitted-rows` or `limits.emitted-rows-floor` of the plugin or the stage
    ");
}

#[test]
fn a_summary_of_100_megabytes() {
    let limits = r#"host-call-bytes = "16MiB""#;
    assert_snapshot!(first_lines(&attack_within(limits, "big-partial", "{ bytes = 100_000_000 }")), @"
    error: stage `Attack`: hostile/big-partial reached its host call bytes limit in `partial`: limit 16 MiB
      = help: raise `limits.host-call-bytes` of the plugin or the stage
    ");
}

/// On the terminal, in the report and in the record.
#[test]
fn an_error_of_10_megabytes() {
    let with = r#"{ code = "internal", message = "oh no, ", repeat = 1_500_000 }"#;
    let said = attack("error", with);
    assert!(said.len() < 10_000, "{}", said.len());
    let short = attack_within(r#"error-bytes = "20B""#, "error", with);
    assert_snapshot!(first_lines(&short), @"error: stage `Attack`: oh no, oh no, oh no,… (batch 0, rows 1 to 3 of in.csv)");
}

/// What is beyond the bounds is dropped; the run does not fail for it, and its record stays small.
#[test]
fn spans_and_logs() {
    let place = Place::new();
    std::fs::write(place.path("in.csv"), "a\n1\n").unwrap();
    let limits = r#"call-timeout = "60s""#;
    let pipeline = super::pipeline(limits, "telemetry-flood", "{ count = 20_000, bytes = 1_000 }");
    let (output, peak) = place.run_watched(&pipeline, &["--threads", "1"]);
    assert!(output.status.success(), "{}", said(&output, &place));
    assert!(peak.is_none_or(|peak| peak < super::MOST_MEMORY), "{peak:?} bytes");
    let record = crate::support::files(&place.path(".host"));
    let bytes = record.iter().map(|(_, content)| content.len()).sum::<usize>();
    assert!(bytes < 8 << 20, "{bytes}");
}
