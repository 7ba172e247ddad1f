//! From an upload over a state machine to our stages: one tree, though no step is given a header of its own.

use std::collections::HashMap;
use std::process::Output;

use airbnb_generator::Format;
use serde_json::Value;

use super::agent::Agent;
use super::machine::{self, CLEAN, MACHINE, PROCESS, Progress, UPLOAD};
use super::service::XRay;
use super::signature::{ACCESS_KEY, REGION, SECRET_KEY};
use super::traces::Answer;
use super::{TraceId, is_subsegment, new_trace, one_tree, text};
use crate::support::{Place, root};

/// Runs a job of the example as a step of the state machine.
pub(super) fn step(
    place: &Place,
    job: &str,
    trace: &TraceId,
    agent: &Agent,
    xray: &str,
    wait: &str,
) -> Output {
    let input = format!("input={}", place.path("in.csv").display());
    let pipeline = root().join("examples/airbnb/pipeline.toml");
    let header = format!("Root={};Parent={MACHINE};Sampled=1", trace.xray);
    let mut host = place.host(&["run", pipeline.to_str().unwrap(), "--json", "--var", &input]);
    host.args(["--var", "output=out", "--job", job, "--trace-header", &header])
        .args(["--xray-step", job, "--xray-machine", "etl", "--xray-wait", wait])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", agent.http())
        .env("AWS_ENDPOINT_URL_XRAY", xray)
        .envs([
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ]);
    let output = host.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn steps_of_a_state_machine_become_one_tree() {
    let (place, xray, trace) = (Place::new(), XRay::start(), new_trace());
    let agent = Agent::start(&xray.url());
    place.listings("in.csv", Format::Csv, 500);
    let early = machine::trace(&trace.xray, Progress::Cleaning).into_iter().take(4).collect();
    for (job, progress) in [("clean", Progress::Cleaning), ("process", Progress::Processing)] {
        let there = machine::trace(&trace.xray, progress);
        xray.answer_with([
            Answer::Nothing,
            Answer::Throttled,
            Answer::Documents(Vec::clone(&early)),
            Answer::Documents(there),
        ]);
        let output = step(&place, job, &trace, &agent, &xray.url(), "30s");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&said["trace"]["parent"], &said["trace"]["parent_reason"]),
            (&"request".into(), &Value::Null)
        );
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
    agent.stop();
    let ours = xray.documents();
    one_tree(&ours, &trace);
    all_below_the_upload(&ours, &trace);
}

/// Every document hangs below the one segment that has no parent, and each job below its step's request.
pub(super) fn all_below_the_upload(ours: &[Value], trace: &TraceId) {
    let segments = ours.iter().filter(|document| !is_subsegment(document)).collect::<Vec<_>>();
    let places = segments.iter().map(|segment| (text(segment, "name"), text(segment, "parent_id")));
    assert_eq!(places.collect::<Vec<_>>(), [("clean", CLEAN), ("process", PROCESS)]);
    for segment in segments {
        assert_eq!(segment["metadata"]["default"]["etl.trace.parent"], "request");
    }
    let mut parents = HashMap::new();
    for document in machine::trace(&trace.xray, Progress::Done).iter().chain(ours) {
        note(document, document["parent_id"].as_str(), &mut parents);
    }
    assert!(parents.len() > 50, "{}", parents.len());
    for id in parents.keys() {
        let up = |id: &&String| parents.get(*id)?.as_ref();
        let root = std::iter::successors(Some(id), up).take(100).last().unwrap();
        assert_eq!(root, UPLOAD, "{id} hangs below {root}");
    }
}

fn note(document: &Value, parent: Option<&str>, parents: &mut HashMap<String, Option<String>>) {
    let id = text(document, "id");
    assert!(parents.insert(id.to_owned(), parent.map(ToOwned::to_owned)).is_none(), "{id} is there twice");
    for child in document["subsegments"].as_array().into_iter().flatten() {
        note(child, Some(id), parents);
    }
}

#[test]
fn a_step_that_is_not_found_is_told_and_the_header_counts() {
    let (place, xray, trace) = (Place::new(), XRay::start(), new_trace());
    let agent = Agent::start(&xray.url());
    place.listings("in.csv", Format::Csv, 50);
    let output = step(&place, "clean", &trace, &agent, &xray.url(), "500ms");
    agent.stop();
    let said = String::from_utf8_lossy(&output.stderr);
    // Why, depends on how far the search came in its time.
    let whole = "the run is under the trace header's parent, not under its step: ";
    assert_eq!((said.matches(whole).count(), said.lines().count()), (1, 1), "{said}");
    let documents = xray.documents();
    one_tree(&documents, &trace);
    let segment = documents.iter().find(|document| !is_subsegment(document)).unwrap();
    assert_eq!((&segment["parent_id"], &segment["name"]), (&MACHINE.into(), &"clean".into()));
    assert_eq!(segment["metadata"]["default"]["etl.trace.parent"], "header");
}
