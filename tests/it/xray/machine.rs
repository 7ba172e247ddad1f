//! A trace from an upload to a state machine of two steps, as AWS's services send it.

use serde_json::{Value, json};

/// The state machine's segment, the parent that its execution hands on.
pub(super) const MACHINE: &str = "00000000000000a1";
/// The requests of the steps `clean` and `process`, as the services that were asked see them.
pub(super) const CLEAN: &str = "00000000000000e1";
pub(super) const PROCESS: &str = "00000000000000e2";
/// The one segment that has no parent.
pub(super) const UPLOAD: &str = "0000000000000001";

/// How much of it X-Ray has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The state machine is at its first step.
    Cleaning,
    /// It is at its second.
    Processing,
    /// It has ended.
    Done,
}

/// All documents of the trace.
pub(super) fn trace(trace: &str, progress: Progress) -> Vec<Value> {
    let mut documents = [upload(), machine(progress), service(1)].concat();
    if progress != Progress::Cleaning {
        documents.extend(service(2));
    }
    for document in &mut documents {
        document["trace_id"] = trace.into();
    }
    documents
}

/// Somebody puts a file; the bucket tells a function, which starts the state machine.
fn upload() -> Vec<Value> {
    let put = json!({"id": "0000000000000002", "name": "S3", "namespace": "aws", "start_time": 1.1, "end_time": 1.2,
        "aws": {"operation": "PutObject", "request_id": "PUT", "bucket_name": "in", "key": "listings.csv"}});
    let start = json!({"id": "0000000000000006", "name": "STEPFUNCTIONS", "namespace": "aws", "start_time": 2.3,
        "end_time": 2.4, "aws": {"operation": "StartExecution", "request_id": "START"}});
    vec![
        json!({"id": UPLOAD, "name": "uploader", "start_time": 1.0, "end_time": 1.3, "subsegments": [put]}),
        json!({"id": "0000000000000003", "parent_id": "0000000000000002", "name": "S3", "origin": "AWS::S3::Bucket",
            "inferred": true, "start_time": 1.1, "end_time": 1.2, "aws": {"request_id": "PUT"}}),
        json!({"id": "0000000000000004", "parent_id": "0000000000000003", "name": "trigger", "origin": "AWS::Lambda",
            "start_time": 2.0, "end_time": 2.6, "aws": {"request_id": "INVOKE"}}),
        json!({"id": "0000000000000005", "parent_id": "0000000000000004", "name": "trigger",
            "origin": "AWS::Lambda::Function", "start_time": 2.2, "end_time": 2.5, "aws": {"request_id": "INVOKE"},
            "subsegments": [start]}),
    ]
}

fn machine(progress: Progress) -> Vec<Value> {
    let mut steps = vec![step(1, "clean", progress != Progress::Cleaning)];
    if progress != Progress::Cleaning {
        steps.push(step(2, "process", progress == Progress::Done));
    }
    let mut machine = json!({"id": MACHINE, "parent_id": "0000000000000006", "name": "etl", "start_time": 3.0,
        "origin": "AWS::StepFunctions::StateMachine", "subsegments": steps,
        "aws": {"execution_arn": "arn:aws:states:eu-central-1:111122223333:execution:etl:1", "request_id": "START"}});
    end(&mut machine, progress == Progress::Done, 9.0);
    vec![machine]
}

/// A step that starts a job and waits for its end.
fn step(number: u8, name: &str, done: bool) -> Value {
    let start = 3.0 + f64::from(number);
    let call = json!({"id": format!("00000000000000c{number}"), "name": "Glue", "namespace": "aws",
        "start_time": start + 0.1, "end_time": start + 0.2,
        "aws": {"operation": "StartJobRun", "request_id": request(number)}});
    let mut step = json!({"id": format!("00000000000000b{number}"), "name": name, "start_time": start,
        "subsegments": [call]});
    end(&mut step, done, start + 0.9);
    step
}

/// The service that was asked to start the job.
fn service(number: u8) -> Vec<Value> {
    let start = 3.15 + f64::from(number);
    vec![json!({"id": format!("00000000000000e{number}"), "parent_id": format!("00000000000000c{number}"),
        "name": "Glue", "origin": "AWS::Glue", "inferred": true, "start_time": start, "end_time": start + 0.05,
        "aws": {"request_id": request(number)}})]
}

fn request(number: u8) -> String {
    format!("0c0ffee0-0000-4000-8000-00000000000{number}")
}

fn end(document: &mut Value, done: bool, time: f64) {
    if done {
        document["end_time"] = time.into();
    } else {
        document["in_progress"] = true.into();
    }
}
