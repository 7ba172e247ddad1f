//! What X-Ray shows of a job beside its times: where it ran, and whose failure it was.

use serde_json::Value;

use super::agent::Agent;
use super::service::XRay;
use super::{is_subsegment, new_trace, text};
use crate::support::{Place, plugin};

/// Runs a job with this source and this stage in this environment; its segment.
fn segment(files: &[(&str, &str)], stage: &str, environment: &[(&str, &str)]) -> Value {
    let (place, xray) = (Place::new(), XRay::start());
    let agent = Agent::start(&xray.url());
    for (name, content) in files {
        std::fs::write(place.path(name), content).unwrap();
    }
    let pipeline = format!(
        r#"name = "marks"
[plugins]
hostile = {{ path = "{}" }}
[jobs.clean]
source.csv = {{ url = "in.csv" }}
sink.parquet = {{ url = "out" }}
{stage}
"#,
        plugin("hostile").display()
    );
    std::fs::write(place.path("pipeline.toml"), pipeline).unwrap();
    let header = format!("Root={};Sampled=1", new_trace().xray);
    let mut host = place.host(&["run", "pipeline.toml", "--threads", "1", "--trace-header", &header]);
    host.env("OTEL_EXPORTER_OTLP_ENDPOINT", agent.http()).envs(environment.iter().copied());
    let output = host.output().unwrap();
    agent.stop();
    let documents = xray.documents();
    let segment = documents.into_iter().find(|document| !is_subsegment(document));
    segment.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Its marks, and the status that they come from.
fn marks(segment: &Value) -> String {
    let set = ["fault", "error", "throttle"].into_iter().filter(|mark| segment[*mark] == true);
    format!("{} {}", set.collect::<Vec<_>>().join("+"), segment["http"]["response"]["status"])
}

const GOOD: &[(&str, &str)] = &[("in.csv", "a,b,c\n1,x,0.5\n2,y,1.5\n")];

#[test]
fn a_segment_says_where_it_ran() {
    let fargate = [
        ("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE"),
        ("ECS_CONTAINER_METADATA_URI_V4", "http://127.0.0.1:1/v4/x"),
        ("AWS_REGION", "eu-central-1"),
    ];
    let segment = segment(GOOD, "", &fargate);
    assert_eq!(segment["origin"], "AWS::ECS::Fargate");
    assert_eq!(segment["aws"]["ecs"]["launch_type"], "fargate");
    assert_eq!(marks(&segment), " null");
}

#[test]
fn whose_failure_it_was() {
    let attack = |operation: &str, with: &str| {
        format!(
            "[[jobs.clean.stages]]\nname = \"Attack\"\nrun = \"hostile/{operation}\"\nwith = {{ {with} }}\n"
        )
    };
    let plugin = segment(GOOD, &attack("panic", "message = \"oh\""), &[]);
    assert_eq!((marks(&plugin).as_str(), &plugin["origin"]), ("fault null", &Value::Null));
    // A row that is found to be wrong when all is under way.
    let rows = "1,x,0.5\n".repeat(20_000);
    let wrong = format!("a,b,c\n{rows}2,y\n");
    let input = segment(&[("in.csv", &wrong)], "", &[]);
    assert_eq!(marks(&input), "error 400");
    assert_eq!(input["cause"]["exceptions"][0]["type"], "source");
    assert_eq!(text(&input["annotations"], "etl.job.failed.kind"), "source");
}
