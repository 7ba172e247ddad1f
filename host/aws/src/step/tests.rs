//! Traces as Step Functions sends them, in all states of completeness.

use super::*;
use serde_json::{Value, json};

/// A state machine of two steps. Of each: the step, its request, and the segment of the service that was asked.
fn machine() -> Value {
    json!({
        "id": "00000000000000a0", "name": "etl", "origin": "AWS::StepFunctions::StateMachine", "start_time": 1.0,
        "aws": {"execution_arn": "arn:aws:states:eu-central-1:1:execution:etl:1", "request_id": "start"},
        "subsegments": [
            {"id": "00000000000000b1", "name": "clean", "start_time": 2.0, "end_time": 5.0, "subsegments": [
                {"id": "00000000000000c1", "name": "Glue", "namespace": "aws", "start_time": 2.1,
                 "aws": {"operation": "StartJobRun", "request_id": "r1"}}]},
            {"id": "00000000000000b2", "name": "process", "start_time": 6.0, "in_progress": true, "subsegments": [
                {"id": "00000000000000c2", "name": "Glue", "namespace": "aws", "start_time": 6.1,
                 "aws": {"operation": "StartJobRun", "request_id": "r2"}}]},
        ],
    })
}

fn service(number: u8) -> Value {
    json!({
        "id": format!("00000000000000d{number}"), "parent_id": format!("00000000000000c{number}"), "name": "Glue",
        "origin": "AWS::Glue", "start_time": 2.2, "inferred": true, "aws": {"request_id": format!("r{number}")},
    })
}

fn step(name: &str) -> Step {
    Step { name: name.to_owned(), ..Step::default() }
}

fn found(step: &Step, documents: &[Value]) -> Option<(u8, &'static str)> {
    let mut pieces = Pieces::default();
    for document in documents {
        pieces.take(&document.to_string());
    }
    step.find(&pieces).map(|(id, certainty)| (id[7], certainty.as_str()))
}

#[test]
fn the_parent_is_the_segment_of_the_request() {
    let all = [machine(), service(1), service(2)];
    assert_eq!(found(&step("clean"), &all), Some((0xd1, "request")));
    assert_eq!(found(&step("process"), &all), Some((0xd2, "request")));
    assert_eq!(found(&step("other"), &all), None);
    let of = |machine: &str| Step { machine: Some(machine.to_owned()), ..step("clean") };
    assert_eq!((found(&of("etl"), &all), found(&of("nightly"), &all)), (Some((0xd1, "request")), None));
}

#[test]
fn what_has_not_come_makes_it_less_sure() {
    assert_eq!(found(&step("clean"), &[machine(), service(2)]), Some((0xc1, "call")));
    let mut early = machine();
    early["subsegments"][0]["subsegments"] = json!([]);
    assert_eq!(found(&step("clean"), &[early, service(1)]), Some((0xb1, "step")));
    assert_eq!(found(&step("clean"), &[service(1)]), None);
    // With the request's id the state machine need not be there.
    let known = Step { request_id: Some("r1".to_owned()), ..step("clean") };
    assert_eq!(found(&known, &[service(1)]), Some((0xd1, "request")));
    assert_eq!(found(&known, &[machine()]), Some((0xc1, "call")));
}

#[test]
fn the_last_attempt_is_ours() {
    let mut again = machine();
    let second = json!({"id": "00000000000000b3", "name": "clean", "start_time": 9.0, "subsegments": [
        {"id": "00000000000000c3", "name": "Glue", "start_time": 9.1, "aws": {"request_id": "r3"}}]});
    again["subsegments"].as_array_mut().unwrap().push(second);
    assert_eq!(found(&step("clean"), &[again.clone(), service(1), service(3)]), Some((0xd3, "request")));
    let first = Step { request_id: Some("r1".to_owned()), ..step("clean") };
    assert_eq!(found(&first, &[again, service(1), service(3)]), Some((0xd1, "request")));
}

#[test]
fn steps_that_come_as_documents_of_their_own_are_steps_too() {
    let mut machine = machine();
    let steps = machine.as_object_mut().unwrap().remove("subsegments").unwrap();
    let loose = steps.as_array().unwrap().iter().map(|step| {
        let mut step = step.clone();
        step["type"] = "subsegment".into();
        step["parent_id"] = "00000000000000a0".into();
        step
    });
    let documents: Vec<_> = loose.chain([machine, service(1)]).collect();
    assert_eq!(found(&step("clean"), &documents), Some((0xd1, "request")));
}

#[test]
fn what_another_service_does_below_the_step_is_not_the_request() {
    let mut below = service(1);
    below["subsegments"] = json!([{"id": "00000000000000e1", "name": "S3", "start_time": 9.0,
        "aws": {"request_id": "r9"}}]);
    let of_r9 = json!({"id": "00000000000000f1", "parent_id": "00000000000000e1", "name": "S3", "start_time": 9.1,
        "aws": {"request_id": "r9"}});
    assert_eq!(found(&step("clean"), &[machine(), below, of_r9]), Some((0xd1, "request")));
    // Nor is a subsegment of that name in another service.
    let other = json!({"id": "00000000000000aa", "name": "api", "origin": "AWS::ECS::Container", "start_time": 1.0,
        "subsegments": [{"id": "00000000000000ab", "name": "clean", "start_time": 99.0}]});
    assert_eq!(found(&step("clean"), &[machine(), service(1), other]), Some((0xd1, "request")));
}

#[test]
fn of_segments_with_one_id_that_below_the_call_is_the_request() {
    let mut inner = service(1);
    inner["id"] = "0000000000000001".into();
    inner["parent_id"] = "00000000000000d1".into();
    inner["start_time"] = 0.5.into();
    assert_eq!(found(&step("clean"), &[inner, machine(), service(1)]), Some((0xd1, "request")));
}

#[test]
fn an_id_that_is_none_is_no_parent() {
    let mut odd = service(1);
    odd["id"] = "d1".into();
    assert_eq!(found(&step("clean"), &[machine(), odd]), None);
}
