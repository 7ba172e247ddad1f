//! The trace that a run leaves, under the trace that it was called in.

use std::collections::HashMap;

use airbnb_generator::Format;
use serde_json::Value;

use crate::support::{Place, files};

const ROOT: &str = "Root=1-63af7b80-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

#[test]
fn one_trace_from_the_caller_to_the_last_call() {
    let place = Place::new();
    let input = place.listings("in.csv", Format::Csv, 2_000);
    place.example("pipeline.toml", &input, "out", &["--trace-header", ROOT]);
    let record = files(&place.path(".host/runs"));
    let (_, json) = record.iter().find(|(name, _)| name.ends_with("trace.otlp.json")).unwrap();
    let json: Value = serde_json::from_slice(json).unwrap();
    let spans = json["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone();

    let by_id: HashMap<&str, &Value> =
        spans.iter().map(|span| (span["spanId"].as_str().unwrap(), span)).collect();
    let mut roots = Vec::new();
    for span in &spans {
        assert_eq!(span["traceId"], "63af7b80bd862e3fe1be46a994272793");
        let parent = span["parentSpanId"].as_str().unwrap();
        if let Some(parent) = by_id.get(parent) {
            assert!(parent["startTimeUnixNano"].as_str() <= span["startTimeUnixNano"].as_str());
        } else {
            assert_eq!(parent, "53995c3f42cd8ad8");
            roots.push(span["name"].as_str().unwrap());
        }
    }
    assert_eq!(roots, ["clean", "process"]);

    // Every stage is there, with exact sums, and the calls that were kept lie below it.
    let stage = spans.iter().find(|span| span["name"] == "Remove Duplicates").unwrap();
    assert_eq!(attribute(stage, "etl.rows.in"), "2000");
    assert_eq!(attribute(stage, "etl.operation"), "drop-duplicates");
    // A row that is observed and then processed went in once.
    let counted = spans.iter().find(|span| span["name"] == "Calculate Total Properties").unwrap();
    assert_eq!(attribute(counted, "etl.shape"), "two-pass");
    assert_eq!(attribute(counted, "etl.rows.in"), attribute(counted, "etl.rows.out"));
    // What its time went to is the same there as in the report.
    let (_, report) = record.iter().find(|(name, _)| name.ends_with("run.json")).unwrap();
    let report: Value = serde_json::from_slice(report).unwrap();
    let told = report["jobs"][0]["stages"].as_array().unwrap();
    let told = told.iter().find(|told| told["name"] == "Remove Duplicates").unwrap();
    for part in ["guest", "boundary", "host", "io"] {
        let time = attribute(stage, &format!("etl.{part}.time_ms"));
        assert_eq!(time, told[format!("{part}_ms")].to_string(), "{part}");
        assert!(part == "io" || time != "0.0", "{part}");
    }
    assert_eq!(attribute(stage, "etl.guest.memory.limit"), told["memory_limit"].to_string());
    let calls = spans.iter().filter(|span| span["parentSpanId"] == stage["spanId"]).collect::<Vec<_>>();
    assert!(calls.iter().any(|call| call["name"] == "process"));
    let names = spans.iter().map(|span| span["name"].as_str().unwrap()).collect::<Vec<_>>();
    for name in ["read", "write", "Fix Skewness: number_of_reviews", "Group by Neighbourhood"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}

fn attribute(span: &Value, key: &str) -> String {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key).unwrap();
    let value = found["value"].as_object().unwrap().values().next().unwrap();
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
