//! What a trace is found by, of a run that has all there can be: X-Ray indexes so many annotations of a trace.

use serde_json::Value;

use super::agent::Agent;
use super::service::XRay;
use super::{MOST_ANNOTATIONS, new_trace, text};
use crate::support::{Place, plugin, said};

/// Stages of each of two jobs.
const STAGES: usize = 15;

/// A job that rejects a row and makes a call again, and whose last stage does `last`.
fn job(name: &str, source: &str, numbers: [u64; 2], last: &str) -> String {
    let [rejected, flaky] = numbers;
    let stage = |name: &str, rest: &str| format!("[[jobs.{name}.stages]]\n{rest}\n");
    let check = format!(
        "name = \"Check {name}\"\nrun = \"hostile/rows\"\non-bad-rows = \"reject\"\n\
         with = {{ about = \"reject\", numbers = [{rejected}] }}"
    );
    let again = format!(
        "name = \"Again {name}\"\nrun = \"hostile/rows\"\nretries = 2\n\
         with = {{ about = \"flaky\", numbers = [{flaky}] }}"
    );
    let mut stages = vec![check, again];
    let rest = (stages.len()..STAGES - 1).map(|n| format!("name = \"Pass {n}\"\nrun = \"hostile/pass\""));
    stages.extend(rest.collect::<Vec<_>>());
    stages.push(format!("name = \"Last {name}\"\n{last}"));
    let stages = stages.iter().map(|rest| stage(name, rest)).collect::<Vec<_>>().concat();
    format!(
        "[jobs.{name}]\n{source}\nsink.parquet = {{ url = \"{name}/\" }}\n\
         rejects.parquet = {{ url = \"rejects/{name}/\" }}\n{stages}"
    )
}

#[test]
fn two_jobs_of_thirty_stages_are_found_by_all_that_happened() {
    let (place, xray) = (Place::new(), XRay::start());
    let agent = Agent::start(&xray.url());
    let rows = (0..100).map(|id| format!("{id},name {id}\n")).collect::<Vec<_>>().concat();
    std::fs::write(place.path("numbers.csv"), format!("id,name\n{rows}")).unwrap();
    let source = "source.csv = { url = \"numbers.csv\" }";
    let pass = "run = \"hostile/pass\"";
    let panic = "run = \"hostile/panic\"\nwith = { message = \"no\" }";
    let pipeline = format!(
        "name = \"found\"\n[plugins]\nhostile = {{ path = \"{}\" }}\n{}{}",
        plugin("hostile").display(),
        job("one", source, [1, 2], pass),
        job("two", "source.job = \"one\"", [3, 4], panic)
    );
    std::fs::write(place.path("pipeline.toml"), pipeline).unwrap();
    let header = format!("Root={};Sampled=1", new_trace().xray);
    let mut host = place.host(&["run", "pipeline.toml", "--threads", "1", "--trace-header", &header]);
    let output = host.env("OTEL_EXPORTER_OTLP_ENDPOINT", agent.http()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output, &place));
    agent.stop();

    let documents = xray.documents();
    let annotations = |document: &Value| document["annotations"].as_object().map_or(0, serde_json::Map::len);
    let job = |name: &str| documents.iter().find(|document| document["name"] == name).unwrap();
    let (one, two) = (job("one"), job("two"));
    let found = |key: &str| two["annotations"][key].clone();
    assert_eq!((found("etl.job.rejected"), found("etl.job.retries")), (1.into(), 1.into()));
    assert_eq!((found("etl.job.rows.in"), found("etl.job.failed.kind")), (99.into(), "trap".into()));
    assert_eq!(found("etl.job.failed.stage"), "Last two");
    let stages = text(&one["annotations"], "etl.job.stages").split(", ").collect::<Vec<_>>();
    assert_eq!((stages.len(), stages[0], stages[STAGES - 1]), (STAGES, "Check one", "Last one"));

    let total = documents.iter().map(annotations).sum::<usize>();
    let (succeeded, failed) = (annotations(one), annotations(two));
    // Nothing but jobs has any, whatever the number of stages; both have all that a job can have.
    assert_eq!((total, succeeded, failed), (26, 11, 15));
    assert!(3 * succeeded + failed <= MOST_ANNOTATIONS);
}
