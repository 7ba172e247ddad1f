//! The same chain against an X-Ray that is not ours: moto's, which `cargo xtask moto` installs.

use std::fs::File;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use airbnb_generator::Format;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::agent::Agent;
use super::chain::{all_below_the_upload, step};
use super::machine::{self, Progress};
use super::{new_trace, one_tree};
use crate::http::Response;
use crate::support::{Place, root};

const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(100);
/// A free port may be somebody else's before the server has it.
const ATTEMPTS: usize = 3;

/// A running moto; it ends with this.
struct Moto {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Moto {
    fn start() -> Self {
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let mut moto = Self::spawn();
            if moto.becomes_well() {
                return moto;
            }
            said = std::fs::read_to_string(moto.folder.path().join("log")).unwrap_or_default();
        }
        panic!("moto does not become well:\n{said}");
    }

    fn spawn() -> Self {
        let packages = root().join("target/moto");
        assert!(packages.exists(), "{} is not there: run `cargo xtask moto`", packages.display());
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(folder.path().join("log")).unwrap();
        let process = Command::new("python3")
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .env("PYTHONPATH", packages)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, folder, port }
    }

    fn becomes_well(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && self.process.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            sleep(PAUSE);
        }
        false
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks for an operation. Moto looks at a signature for the service's name only.
    fn ask(&self, path: &str, body: &Value) -> Value {
        let (body, port) = (body.to_string(), self.port);
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let scope = "20221231/eu-central-1/xray/aws4_request";
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=id/{scope}, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let response = Response::read(&mut BufReader::new(stream)).unwrap();
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        serde_json::from_slice(&response.body).unwrap()
    }

    fn put(&self, documents: &[Value]) {
        let documents = documents.iter().map(Value::to_string).collect::<Vec<_>>();
        let reply = self.ask("/TraceSegments", &json!({ "TraceSegmentDocuments": documents }));
        assert_eq!(reply["UnprocessedTraceSegments"], json!([]));
    }

    fn documents(&self, trace: &str) -> Vec<Value> {
        let reply = self.ask("/Traces", &json!({ "TraceIds": [trace] }));
        let segments = reply["Traces"][0]["Segments"].as_array().unwrap();
        segments
            .iter()
            .map(|segment| serde_json::from_str(segment["Document"].as_str().unwrap()).unwrap())
            .collect()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn steps_find_their_place_in_motos_x_ray() {
    let (place, moto, trace) = (Place::new(), Moto::start(), new_trace());
    let agent = Agent::start(&moto.url());
    place.listings("in.csv", Format::Csv, 200);
    // What moto is sent a second time it has twice.
    for (job, progress) in [("clean", Progress::Cleaning), ("process", Progress::Processing)] {
        moto.put(&machine::trace(&trace.xray, progress));
        step(&place, job, &trace, &agent, &moto.url(), "30s");
    }
    agent.stop();
    let theirs = machine::trace(&trace.xray, Progress::Done);
    let mut ours = moto.documents(&trace.xray);
    ours.retain(|document| theirs.iter().all(|theirs| theirs["id"] != document["id"]));
    ours.sort_by(|one, other| {
        one["start_time"].as_f64().unwrap().total_cmp(&other["start_time"].as_f64().unwrap())
    });
    one_tree(&ours, &trace);
    all_below_the_upload(&ours, &trace);
}
