//! From the host over the real collector to X-Ray, whose part a stub plays.

mod agent;
mod chain;
mod found;
mod lasting;
mod machine;
mod marks;
mod moto;
mod rules;
mod sampling;
mod search;
mod service;
mod signature;
mod traces;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use airbnb_generator::Format;
use serde_json::Value;

use crate::support::{Place, files, plugin, root};
use agent::Agent;
use service::XRay;

const PARENT: &str = "53995c3f42cd8ad8";

/// Annotations of a trace that X-Ray indexes.
const MOST_ANNOTATIONS: usize = 50;
/// What X-Ray keeps of a trace that comes in quick batches.
const MOST_OF_A_TRACE: usize = 500 * 1024;

#[test]
fn a_run_becomes_one_tree_of_segments() {
    let (place, xray) = (Place::new(), XRay::start());
    let agent = Agent::start(&xray.url());
    let input = place.listings("in.csv", Format::Csv, 2_000);
    let input = format!("input={}", input.display());
    let pipeline = root().join("examples/airbnb/pipeline.toml");
    let trace = new_trace();
    let header = format!("Root={};Parent={PARENT};Sampled=1", trace.xray);
    let arguments = ["run", pipeline.to_str().unwrap(), "--var", &input, "--trace-header", &header];
    let mut host = place.host(&arguments);
    host.args(["--var", "output=out"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", agent.http());
    let output = host.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    agent.stop();

    let documents = xray.documents();
    same_as_the_record(&documents, &place);
    one_tree(&documents, &trace);
    let segments = documents.iter().filter(|document| !is_subsegment(document)).collect::<Vec<_>>();
    assert_eq!(
        segments.iter().map(|segment| text(segment, "name")).collect::<Vec<_>>(),
        ["clean", "process"]
    );
    for segment in &segments {
        assert_eq!(segment["parent_id"], PARENT);
        assert!(segment["fault"] == false && segment.get("cause").is_none(), "{segment:#}");
    }

    let clean = &segments[0]["annotations"];
    assert_eq!((&clean["etl.pipeline"], &clean["etl.job.rows.in"]), (&"airbnb".into(), &2000.into()));
    assert!(text(clean, "etl.run.id").contains('T') && text(clean, "etl.job.plugins").starts_with("clean@"));
    assert!(clean["etl.job.slowest.ms"].is_number() && clean["etl.job.slowest.plugin"] == "clean");
    let stages =
        segments.iter().flat_map(|segment| text(&segment["annotations"], "etl.job.stages").split(", "));
    assert_eq!(stages.collect::<HashSet<_>>().len(), 25);
    let dropping = documents.iter().find(|document| document["name"] == "Remove Duplicates").unwrap();
    assert_eq!(dropping["metadata"]["default"]["etl.rows.in"], 2000);

    let annotations = documents.iter().filter_map(|document| document["annotations"].as_object());
    assert!(annotations.map(serde_json::Map::len).sum::<usize>() <= MOST_ANNOTATIONS);
    assert!(xray.bytes() <= MOST_OF_A_TRACE, "{} bytes", xray.bytes());
}

#[test]
fn a_stage_that_fails_is_a_fault_with_its_cause() {
    let (place, xray) = (Place::new(), XRay::start());
    let agent = Agent::start(&xray.url());
    std::fs::write(place.path("in.csv"), "a,b,c\n1,x,0.5\n2,y,1.5\n").unwrap();
    let pipeline = format!(
        r#"name = "hostile"
[plugins]
hostile = {{ path = "{}" }}
[jobs."attack (1)"]
source.csv = {{ url = "in.csv" }}
sink.parquet = {{ url = "out" }}
[[jobs."attack (1)".stages]]
name = "Attack"
run = "hostile/panic"
with = {{ message = "index out of bounds" }}
"#,
        plugin("hostile").display()
    );
    std::fs::write(place.path("pipeline.toml"), pipeline).unwrap();
    let trace = new_trace();
    // Without a parent: the trace is the caller's, and our segment is its root.
    let header = format!("Root={};Sampled=1", trace.xray);
    let mut host = place.host(&["run", "pipeline.toml", "--threads", "1", "--trace-header", &header]);
    host.env("OTEL_EXPORTER_OTLP_ENDPOINT", agent.grpc()).env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let output = host.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    agent.stop();

    let documents = xray.documents();
    same_as_the_record(&documents, &place);
    one_tree(&documents, &trace);
    let named = |name: &'static str| documents.iter().filter(move |document| document["name"] == name);
    let segment = named("attack 1").next().unwrap();
    let failed = [segment, named("Attack").next().unwrap(), named("process").next().unwrap()];
    for document in failed {
        assert!(document["fault"] == true && document["error"] == false, "{document:#}");
        let exception = &document["cause"]["exceptions"][0];
        assert_eq!(exception["type"], "trap", "{document:#}");
        assert!(text(exception, "message").contains("index out of bounds"), "{document:#}");
        assert!(
            text(&document["metadata"]["default"], "etl.backtrace").contains("Act::perform"),
            "{document:#}"
        );
    }
    let found_by = |key: &str| text(&segment["annotations"], &format!("etl.job.failed.{key}"));
    assert_eq!(
        ["kind", "stage", "plugin", "operation"].map(found_by),
        ["trap", "Attack", "hostile", "panic"]
    );
    assert!(named("bind").all(|document| document["fault"] == false));
}

/// A trace of today, in both forms: X-Ray takes none that is older than four weeks.
struct TraceId {
    xray: String,
    w3c: String,
}

fn new_trace() -> TraceId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (time, rest) = (format!("{now:08x}"), "bd862e3fe1be46a994272793");
    TraceId { xray: format!("1-{time}-{rest}"), w3c: format!("{time}{rest}") }
}

/// Every span of the local record became a document, once, in its place; and nothing else did.
fn same_as_the_record(documents: &[Value], place: &Place) {
    let record = files(&place.path(".host/runs"));
    let (_, record) = record.iter().find(|(name, _)| name.ends_with("trace.otlp.json")).unwrap();
    let record: Value = serde_json::from_slice(record).unwrap();
    let spans = record["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    let place = |id: &Value, parent: &Value| {
        (id.as_str().unwrap().to_owned(), parent.as_str().unwrap_or_default().to_owned())
    };
    let expected = spans.iter().map(|span| place(&span["spanId"], &span["parentSpanId"]));
    let found = documents.iter().map(|document| place(&document["id"], &document["parent_id"]));
    let (expected, found): (BTreeMap<_, _>, Vec<_>) = (expected.collect(), found.collect());
    assert_eq!(found.len(), expected.len(), "a document is missing, or there twice");
    assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), expected);
}

/// All documents are of this trace, and hang together below its segments.
fn one_tree(documents: &[Value], trace: &TraceId) {
    assert_eq!(trace.w3c.len(), 32);
    let by_id: HashMap<&str, &Value> =
        documents.iter().map(|document| (text(document, "id"), document)).collect();
    for document in documents {
        assert_eq!(document["trace_id"], trace.xray.as_str());
        let (start, end) = (document["start_time"].as_f64().unwrap(), document["end_time"].as_f64().unwrap());
        assert!(start <= end, "{document:#}");
        if is_subsegment(document) {
            let parent = by_id.get(text(document, "parent_id"));
            let parent = parent.unwrap_or_else(|| panic!("an orphan: {document:#}"));
            assert!(parent["start_time"].as_f64().unwrap() <= start + 1e-6, "{document:#}");
        }
    }
}

fn is_subsegment(document: &Value) -> bool {
    document["type"] == "subsegment"
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value:#}"))
}

/// What `cargo xtask collector` has built.
fn built(name: &str) -> Command {
    let path = root().join("target/collector").join(name);
    assert!(path.exists(), "{} is not there: run `cargo xtask collector`, which needs Go", path.display());
    Command::new(path)
}
