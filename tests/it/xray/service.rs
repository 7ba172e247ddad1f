//! X-Ray as its reference describes it: takes documents, and hands traces out.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use serde_json::{Value, json};

use super::rules::Rules;
use super::signature;
use super::traces::{Answer, Traces};
use crate::http::{Request, answer};

const MOST_DOCUMENTS: usize = 50;
const MOST_BYTES: usize = 64 * 1024;
/// Requests of a connection, at most.
const MOST_REQUESTS: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that keeps what it is sent, and complains of what X-Ray would refuse.
pub(super) struct XRay {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    closing: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Kept {
    documents: Vec<Value>,
    bytes: usize,
    complaints: Vec<String>,
    traces: Traces,
    rules: Rules,
}

impl XRay {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, kept) = (listener.local_addr().unwrap(), Arc::default());
        let closing = Arc::new(AtomicBool::new(false));
        let (keep, closed) = (Arc::clone(&kept), Arc::clone(&closing));
        let listen = move || {
            for stream in listener.incoming().take(MOST_REQUESTS) {
                if closed.load(Relaxed) {
                    return;
                }
                let keep = Arc::clone(&keep);
                spawn(move || serve(&stream.unwrap(), &keep));
            }
        };
        Self { address, kept, closing, listening: Some(spawn(listen)) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers questions for a trace in this order, with what was put beside; the last answer is for all that follow.
    pub(super) fn answer_with(&self, answers: impl IntoIterator<Item = Answer>) {
        self.kept.lock().unwrap().traces.answer_with(answers);
    }

    /// Traces are where Transaction Search has them.
    pub(super) fn keep_in_logs(&self) {
        self.kept.lock().unwrap().traces.in_logs = true;
    }

    /// The operations by which traces were asked for.
    pub(super) fn asked(&self) -> Vec<String> {
        self.kept.lock().unwrap().traces.asked.clone()
    }

    /// Answers questions for sampling rules so.
    pub(super) fn hand_out(&self, status: &'static str, body: String) {
        self.kept.lock().unwrap().rules.answer = Some((status, body));
    }

    /// Questions come without a signature.
    pub(super) fn be_a_proxy(&self) {
        self.kept.lock().unwrap().rules.is_proxy = true;
    }

    /// How often sampling rules were asked for.
    pub(super) fn asked_for_rules(&self) -> usize {
        self.kept.lock().unwrap().rules.asked
    }

    /// What was told of sampling rules.
    pub(super) fn statistics(&self) -> Vec<Value> {
        self.kept.lock().unwrap().rules.statistics.clone()
    }

    /// All documents that came, as they began. None of them was refused.
    pub(super) fn documents(&self) -> Vec<Value> {
        let kept = self.kept.lock().unwrap();
        assert!(kept.complaints.is_empty(), "{:#?}", kept.complaints);
        let mut documents = kept.documents.clone();
        documents.sort_by(|one, other| {
            one["start_time"].as_f64().unwrap().total_cmp(&other["start_time"].as_f64().unwrap())
        });
        documents
    }

    /// The size of all documents that came.
    pub(super) fn bytes(&self) -> usize {
        self.kept.lock().unwrap().bytes
    }
}

impl Drop for XRay {
    fn drop(&mut self) {
        self.closing.store(true, Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        let _ = self.listening.take().map(JoinHandle::join);
    }
}

fn serve(stream: &TcpStream, kept: &Mutex<Kept>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    for _ in 0..MOST_REQUESTS {
        // A connection that is closed or broken has nothing more to say.
        let Ok(Some(request)) = Request::read(&mut reader) else { return };
        let result = take(&request, &mut kept.lock().unwrap_or_else(PoisonError::into_inner));
        if reply(&mut writer, result, kept).is_err() {
            return;
        }
    }
}

type Reply = Result<(&'static str, String), String>;

fn reply(writer: &mut impl Write, reply: Reply, kept: &Mutex<Kept>) -> std::io::Result<()> {
    match reply {
        Ok((status, body)) => answer(writer, status, &body),
        Err(complaint) => {
            let body = json!({ "__type": "InvalidRequestException", "message": complaint }).to_string();
            kept.lock().unwrap_or_else(PoisonError::into_inner).complaints.push(complaint);
            answer(writer, "400 Bad Request", &body)
        }
    }
}

/// Keeps the documents of a request, unless X-Ray would refuse any; answers any other question.
fn take(request: &Request, kept: &mut Kept) -> Reply {
    if request.method != "POST" {
        return Err(format!("{} {}", request.method, request.path));
    }
    if kept.rules.is_proxy {
        let signed = request.header("authorization");
        signed.map_or(Ok(()), |signed| Err(format!("signed for a proxy: {signed}")))?;
    } else {
        signature::check(request)?;
    }
    let text = |(status, body): (_, Value)| (status, body.to_string());
    if request.path == "/GetTraceSegmentDestination" {
        return kept.traces.ask(&request.path, &Value::Null, &[]).map(text);
    }
    if request.header("content-type") != Some("application/json") {
        return Err(format!("content type {:?}", request.header("content-type")));
    }
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| error.to_string())?;
    match request.path.as_str() {
        "/TraceSegments" => {}
        "/GetSamplingRules" | "/SamplingTargets" => return kept.rules.ask(&request.path, &body),
        path => return kept.traces.ask(path, &body, &kept.documents).map(text),
    }
    let documents = body["TraceSegmentDocuments"].as_array().ok_or("no documents")?;
    if documents.is_empty() || documents.len() > MOST_DOCUMENTS {
        return Err(format!("{} documents", documents.len()));
    }
    for document in documents {
        let text = document.as_str().ok_or("a document that is no text")?;
        let document = check(text).map_err(|complaint| format!("{complaint}: {text}"))?;
        kept.bytes += text.len();
        kept.documents.push(document);
    }
    Ok(text(("200 OK", json!({ "UnprocessedTraceSegments": [] }))))
}

/// What the segment documents' reference says of the fields that we use.
fn check(text: &str) -> Result<Value, String> {
    if text.len() > MOST_BYTES {
        return Err(format!("{} bytes", text.len()));
    }
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let field = |name: &str| document[name].as_str().ok_or_else(|| format!("no {name}"));
    let hex = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex(field("id")?, 16)
        || !document.get("parent_id").is_none_or(|id| hex(id.as_str().unwrap_or_default(), 16))
    {
        return Err("a wrong id".to_owned());
    }
    let trace = field("trace_id")?.split('-').collect::<Vec<_>>();
    if !matches!(trace[..], ["1", time, rest] if hex(time, 8) && hex(rest, 24)) {
        return Err("a wrong trace id".to_owned());
    }
    let taken = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/%&#=+\\-@".contains(c);
    if !(1..=200).contains(&field("name")?.chars().count()) || !field("name")?.chars().all(taken) {
        return Err("a wrong name".to_owned());
    }
    if !document["start_time"].is_number() || !document["end_time"].is_number() {
        return Err("no times".to_owned());
    }
    for (key, value) in document["annotations"].as_object().into_iter().flatten() {
        let key_is_right = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let value_is_right = value.is_number()
            || value.is_boolean()
            || value.as_str().is_some_and(|text| text.chars().count() <= 1000);
        if !key_is_right || key.len() > 500 || !value_is_right {
            return Err(format!("a wrong annotation {key}"));
        }
    }
    Ok(document)
}
