//! A plugin that misbehaves: the host survives within its memory, says what happened, leaves no output, and the next run
//! works.

mod calls;
mod data;
mod floods;

use crate::support::{Place, plugin, said};

/// More memory than a run of a few rows ever has use for; what a plugin in its bounds can ask for included.
const MOST_MEMORY: u64 = 768 << 20;

/// Runs one stage of the hostile plugin over a few rows; what the user sees, without times.
fn attack(operation: &str, with: &str) -> String {
    // Only who never ends is to meet the deadline, however slow the host is built.
    let timeout = if operation == "endless-loop" { "300ms" } else { "60s" };
    attack_within(&format!(r#"memory = "32MiB", call-timeout = "{timeout}""#), operation, with)
}

/// As [`attack`], with these limits.
fn attack_within(limits: &str, operation: &str, with: &str) -> String {
    let place = Place::new();
    std::fs::write(place.path("in.csv"), "a,b,c\n1,x,0.5\n2,y,1.5\n3,,2.5\n").unwrap();
    let (output, peak) = place.run_watched(&pipeline(limits, operation, with), &["--threads", "1"]);
    let said = said(&output, &place);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(peak.is_none_or(|peak| peak < MOST_MEMORY), "{peak:?} bytes");
    assert!(!place.path("out").exists());
    let left: Vec<_> =
        std::fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".out")), "{left:?}");
    let next = place.run(&pipeline(limits, "pass", "{}"), &["--threads", "1"]);
    assert!(next.status.success() && place.path("out").exists(), "{}", String::from_utf8_lossy(&next.stderr));
    scrub(&said)
}

/// What is said first, and how to mend it.
fn first_lines(said: &str) -> String {
    let told = said.lines().filter(|line| line.starts_with("error") || line.contains("help:"));
    told.collect::<Vec<_>>().join("\n")
}

fn pipeline(limits: &str, operation: &str, with: &str) -> String {
    format!(
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
    )
}

/// The text without what may differ between machines and compilers.
fn scrub(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.contains(".host/runs") && !line.contains("dlmalloc"));
    let mut text = lines.map(unnamed).collect::<Vec<_>>().join("\n");
    for measured in ["stopped after ", "requested "] {
        if let Some(at) = text.find(measured).map(|at| at + measured.len()) {
            let line = text[at..].lines().next().unwrap_or_default();
            let end = at + line.find(" (").unwrap_or(line.len());
            text.replace_range(at..end, "[measured]");
        }
    }
    text.trim_end().to_owned()
}

/// A function without a name has the number that its compiler gave it.
fn unnamed(line: &str) -> String {
    let number = line.strip_prefix("  function ").is_some_and(|number| number.parse::<u32>().is_ok());
    if number { "  function [number]".to_owned() } else { line.to_owned() }
}
