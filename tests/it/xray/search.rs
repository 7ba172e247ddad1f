//! The search for the step that started us, against an X-Ray that has it late, doubled, in pieces, or never.

use std::time::{Duration, Instant};

use etl_aws::{Certainty, Step, find_step};
use etl_store::Environment;

use super::machine::{CLEAN, PROCESS, Progress, trace};
use super::new_trace;
use super::service::XRay;
use super::signature::{ACCESS_KEY, REGION, SECRET_KEY};
use super::traces::Answer;

const LONG: Duration = Duration::from_secs(20);

fn environment(xray: &XRay) -> Environment {
    Environment::of([
        ("AWS_ENDPOINT_URL_XRAY", xray.url().as_str()),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ])
}

fn step(name: &str, trace_id: &str) -> Step {
    Step { trace_id: trace_id.to_owned(), name: name.to_owned(), ..Step::default() }
}

fn id(text: &str) -> [u8; 8] {
    u64::from_str_radix(text, 16).unwrap().to_be_bytes()
}

#[test]
fn a_trace_that_comes_late_and_in_pieces_is_waited_for() {
    let (xray, traces) = (XRay::start(), new_trace().xray);
    let all = trace(&traces, Progress::Processing);
    let without = |ids: &[&str]| {
        let there = all.iter().filter(|document| !ids.contains(&document["id"].as_str().unwrap()));
        Answer::Documents(there.cloned().collect())
    };
    let doubled = [&all[..], &trace(&traces, Progress::Cleaning)].concat();
    xray.answer_with([
        Answer::Nothing,
        Answer::Throttled,
        without(&[PROCESS, "00000000000000a1"]),
        without(&[PROCESS]),
        Answer::Broken,
        Answer::Documents(doubled),
    ]);
    let answer = find_step(&environment(&xray), &step("process", &traces), LONG);
    assert_eq!((answer.parent, answer.asked), (Some((id(PROCESS), Certainty::Request)), 6));
    assert!(answer.error.is_none(), "{answer:?}");
    xray.documents();
}

#[test]
fn where_transaction_search_is_on_the_trace_is_retrieved() {
    let (xray, traces) = (XRay::start(), new_trace().xray);
    xray.keep_in_logs();
    xray.answer_with([Answer::Nothing, Answer::Documents(trace(&traces, Progress::Cleaning))]);
    let answer = find_step(&environment(&xray), &step("clean", &traces), LONG);
    assert_eq!((answer.parent, answer.asked), (Some((id(CLEAN), Certainty::Request)), 2));
    assert_eq!(xray.asked().iter().filter(|operation| *operation == "/StartTraceRetrieval").count(), 2);
    assert!(!xray.asked().contains(&"/Traces".to_owned()));
    xray.documents();
}

#[test]
fn what_never_comes_takes_no_more_than_its_time() {
    let (xray, traces) = (XRay::start(), new_trace().xray);
    let wait = Duration::from_millis(1500);
    let find = |name: &str| {
        let started = Instant::now();
        let answer = find_step(&environment(&xray), &step(name, &traces), wait);
        assert!((wait..wait * 2).contains(&started.elapsed()), "{:?}", started.elapsed());
        answer
    };
    assert_eq!(find("clean").parent, None);
    // The step is there, and its request has no segment.
    let pieces = trace(&traces, Progress::Cleaning);
    let there = pieces.into_iter().filter(|document| document["id"] != CLEAN);
    xray.answer_with([Answer::Documents(there.collect())]);
    assert_eq!(find("clean").parent, Some((id("00000000000000c1"), Certainty::Call)));
    assert_eq!(find("other").parent, None);
    xray.answer_with([Answer::Throttled]);
    let answer = find("clean");
    insta::assert_snapshot!(answer.error.unwrap(), @"X-Ray refuses BatchGetTraces: ThrottledException: slow down");
}

#[test]
fn what_time_does_not_change_ends_the_search() {
    let (xray, traces) = (XRay::start(), new_trace().xray);
    xray.answer_with([Answer::Denied]);
    let started = Instant::now();
    let answer = find_step(&environment(&xray), &step("clean", &traces), LONG);
    let nobody = Environment::of([("AWS_REGION", REGION), ("AWS_EC2_METADATA_DISABLED", "true")]);
    let without = find_step(&nobody, &step("clean", &traces), LONG);
    let keys = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
    let nowhere = find_step(&Environment::of(keys), &step("clean", &traces), LONG);
    assert!(started.elapsed() < LONG / 2, "{:?}", started.elapsed());
    let told = [answer, without, nowhere].map(|answer| {
        let error = answer.error.unwrap();
        format!("{error}\n  {}", error.hint().unwrap())
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    X-Ray refuses BatchGetTraces: AccessDeniedException: not allowed: BatchGetTraces
      the role must be allowed xray:BatchGetTraces
    no credentials for X-Ray: no keys, profile, web identity or role of a container, and AWS_EC2_METADATA_DISABLED is set
      set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the task, instance or function a role
    can't ask X-Ray: no region
      set AWS_REGION
    ");
}

#[test]
fn nobody_listens() {
    let endpoint = "http://127.0.0.1:1";
    let keys = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
    let environment = Environment::of([("AWS_ENDPOINT_URL", endpoint), keys[0], keys[1]]);
    let answer = find_step(&environment, &step("clean", &new_trace().xray), Duration::from_secs(1));
    assert!(answer.asked > 1 && answer.parent.is_none());
    let error = answer.error.unwrap().to_string();
    assert!(error.starts_with("can't reach X-Ray for BatchGetTraces: "), "{error}");
}
