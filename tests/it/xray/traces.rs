//! How X-Ray hands traces out: `BatchGetTraces`, and retrieval where Transaction Search is on.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// Traces that one question may be about.
const MOST_TRACES: usize = 5;
/// Documents of a page: few, so that there are several.
const PAGE: usize = 3;

/// What is to be answered, and what was asked.
#[derive(Default)]
pub(super) struct Traces {
    answers: VecDeque<Answer>,
    /// Whether traces are in CloudWatch's logs.
    pub(super) in_logs: bool,
    /// The operations that were asked for, pages not counted.
    pub(super) asked: Vec<String>,
    /// The answer whose pages are being asked for.
    page_of: Vec<String>,
}

/// The answer to one question.
#[derive(Clone)]
pub(super) enum Answer {
    /// These documents are there.
    Documents(Vec<Value>),
    /// The trace is not there.
    Nothing,
    /// The question came too soon.
    Throttled,
    /// X-Ray fails.
    Broken,
    /// Whoever asks may not.
    Denied,
}

impl Traces {
    /// Answers questions in this order; the last answer is for all that follow.
    pub(super) fn answer_with(&mut self, answers: impl IntoIterator<Item = Answer>) {
        self.answers = answers.into_iter().collect();
    }

    /// The status and the body, or what is wrong with the question.
    pub(super) fn ask(
        &mut self,
        operation: &str,
        body: &Value,
        put: &[Value],
    ) -> Result<(&'static str, Value), String> {
        match operation {
            "/GetTraceSegmentDestination" => {
                let place = if self.in_logs { "CloudWatchLogs" } else { "XRay" };
                Ok(ok(json!({ "Destination": place, "Status": "ACTIVE" })))
            }
            "/Traces" => {
                let trace = trace_of(body)?;
                if body["NextToken"].is_null() {
                    self.asked.push(operation.to_owned());
                    if let Some(refusal) = self.next(&trace, put) {
                        return Ok(refusal);
                    }
                }
                let (documents, more) = self.page(body)?;
                let segments: Vec<_> =
                    documents.iter().map(|text| json!({ "Id": id(text), "Document": text })).collect();
                let traces = if segments.is_empty() {
                    json!([])
                } else {
                    json!([{ "Id": trace, "Duration": 1.5, "LimitExceeded": false, "Segments": segments }])
                };
                Ok(ok(json!({ "Traces": traces, "UnprocessedTraceIds": [], "NextToken": more })))
            }
            "/StartTraceRetrieval" => {
                let trace = trace_of(body)?;
                self.asked.push(operation.to_owned());
                let time = |key: &str| body[key].as_f64().ok_or_else(|| format!("no {key}"));
                let begun = f64::from(u32::from_str_radix(&trace[2..10], 16).unwrap());
                if time("StartTime")? > begun || time("EndTime")? < begun {
                    return Err(format!("a retrieval of another time: {body}"));
                }
                match self.next(&trace, put) {
                    Some(refusal) => Ok(refusal),
                    None => Ok(ok(json!({ "RetrievalToken": format!("fresh {trace}") }))),
                }
            }
            "/ListRetrievedTraces" => {
                let token = body["RetrievalToken"].as_str().unwrap_or_default();
                if body["TraceFormat"] != "XRAY" {
                    return Err(format!("another format: {body}"));
                }
                // A retrieval takes its time.
                if self.asked.last().is_some_and(|operation| operation == "/StartTraceRetrieval") {
                    self.asked.push(operation.to_owned());
                    return Ok(ok(
                        json!({ "RetrievalStatus": "RUNNING", "TraceFormat": "XRAY", "Traces": [] }),
                    ));
                }
                let trace = token.strip_prefix("fresh ").ok_or("another retrieval")?;
                let (documents, more) = self.page(body)?;
                let spans: Vec<_> =
                    documents.iter().map(|text| json!({ "Id": id(text), "Document": text })).collect();
                let traces = json!([{ "Id": trace, "Duration": 1.5, "Spans": spans }]);
                Ok(ok(json!({
                    "RetrievalStatus": "COMPLETE", "TraceFormat": "XRAY", "Traces": traces, "NextToken": more,
                })))
            }
            _ => Err(format!("POST {operation}")),
        }
    }

    /// Takes the next answer; a refusal is told at once.
    fn next(&mut self, trace: &str, put: &[Value]) -> Option<(&'static str, Value)> {
        let last = self.answers.len() <= 1;
        let answer = if last { self.answers.front().cloned() } else { self.answers.pop_front() };
        let mut documents = match answer.unwrap_or(Answer::Nothing) {
            Answer::Documents(documents) => documents,
            Answer::Nothing => Vec::new(),
            Answer::Throttled => {
                return Some(refusal("429 Too Many Requests", "ThrottledException", "slow down"));
            }
            Answer::Broken => {
                return Some(refusal("500 Internal Server Error", "InternalFailure", "it broke"));
            }
            Answer::Denied => {
                return Some(refusal(
                    "403 Forbidden",
                    "AccessDeniedException",
                    "not allowed: BatchGetTraces",
                ));
            }
        };
        documents.extend(put.iter().filter(|document| document["trace_id"] == trace).cloned());
        self.page_of = documents.iter().map(Value::to_string).collect();
        None
    }

    fn page(&self, body: &Value) -> Result<(&[String], Value), String> {
        let from: usize = match body["NextToken"].as_str() {
            Some(token) => token.parse().map_err(|_| format!("another token: {token}"))?,
            None => 0,
        };
        let to = (from + PAGE).min(self.page_of.len());
        let more = if to < self.page_of.len() { json!(to.to_string()) } else { Value::Null };
        Ok((self.page_of.get(from..to).ok_or("no such page")?, more))
    }
}

fn ok(body: Value) -> (&'static str, Value) {
    ("200 OK", body)
}

fn refusal(status: &'static str, code: &str, message: &str) -> (&'static str, Value) {
    (status, json!({ "__type": code, "message": message }))
}

fn trace_of(body: &Value) -> Result<String, String> {
    let traces = body["TraceIds"].as_array().ok_or("no traces")?;
    match traces.as_slice() {
        [Value::String(trace)] => Ok(trace.clone()),
        more if more.len() > MOST_TRACES => Err(format!("{} traces", more.len())),
        _ => Err(format!("the tests ask for one trace: {body}")),
    }
}

fn id(document: &str) -> Value {
    serde_json::from_str::<Value>(document).unwrap()["id"].clone()
}
