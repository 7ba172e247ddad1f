//! Whatever the collector does, the run and its result are the same, and what is lost is told once.

use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use airbnb_generator::Format;
use serde_json::Value;

use crate::http::{Request, answer};
use crate::support::{Place, files, root};

/// What the host gives the last spans.
const FAREWELL: Duration = Duration::from_secs(5);
/// Between two runs of the same, on a machine that has other things to do.
const MARGIN: Duration = Duration::from_secs(8);
const STAGES: u64 = 25;

/// Takes whatever is sent, and answers after some time.
struct Collector {
    address: SocketAddr,
    bytes: Arc<AtomicUsize>,
}

impl Collector {
    fn start(status: &'static str, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, bytes) = (listener.local_addr().unwrap(), Arc::default());
        let counted = Arc::clone(&bytes);
        // It ends with the tests.
        spawn(move || {
            for stream in listener.incoming() {
                let counted = Arc::clone(&counted);
                spawn(move || serve(&stream.unwrap(), status, delay, &counted));
            }
        });
        Self { address, bytes }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(stream: &TcpStream, status: &str, delay: Duration, bytes: &AtomicUsize) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Ok(Some(request)) = Request::read(&mut reader) {
        bytes.fetch_add(request.body.len(), Relaxed);
        sleep(delay);
        if answer(&mut writer, status, "{}").is_err() {
            return;
        }
    }
}

/// Runs the example; its output, and how long it took.
fn run(place: &Place, output: &str, collector: Option<&str>, more: &[&str]) -> (Output, Duration) {
    let pipeline = root().join("examples/airbnb/pipeline.toml");
    let (input, output) = (format!("input={}", place.path("in.csv").display()), format!("output={output}"));
    let fixed = ["--json", "--threads", "2", "--run-timestamp", "2022-12-31T00:00:00Z"];
    let mut host = place.host(&["run", pipeline.to_str().unwrap(), "--var", &input, "--var", &output]);
    host.args(fixed).args(more).envs(collector.map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url)));
    let started = Instant::now();
    let ran = host.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    (ran, started.elapsed())
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_collector_that_is_slow_down_or_unwilling_costs_nothing_but_spans() {
    let place = Place::new();
    place.listings("in.csv", Format::Csv, 300);
    // The first run also compiles the plugins.
    run(&place, "first", None, &[]);
    let (_, usual) = run(&place, "reference", None, &[]);
    let reference = files(&place.path("reference"));
    assert!(!reference.is_empty());

    let refusing = |status| Collector::start(status, Duration::ZERO).url();
    let taking = |delay| Collector::start("200 OK", delay).url();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cases = [
        ("429", refusing("429 Too Many Requests")),
        ("500", refusing("500 Internal Server Error")),
        ("nobody", format!("http://{nobody}")),
        ("5 ms", taking(Duration::from_millis(5))),
        ("30 s", taking(Duration::from_secs(30))),
    ];
    for (name, url) in cases {
        let (output, time) = run(&place, name, Some(&url), &[]);
        assert!(time < usual + FAREWELL + MARGIN, "{name}: {time:?}, usually {usual:?}");
        assert_eq!(files(&place.path(name)), reference, "{name}");
        let trace = report(&output)["trace"].clone();
        let (spans, exported, dropped) =
            (trace["spans"].as_u64(), trace["exported"].as_u64(), trace["export_dropped"].as_u64());
        let said = String::from_utf8_lossy(&output.stderr);
        if name == "5 ms" {
            assert_eq!((exported, dropped, said.as_ref()), (spans, Some(0), ""));
        } else {
            assert_eq!((exported, dropped), (Some(0), spans), "{name}");
            let told = format!("{} spans did not get to {url}/v1/traces: ", dropped.unwrap());
            assert_eq!((said.matches(&told).count(), said.lines().count()), (1, 1), "{name}: {said}");
        }
    }
}

/// A call for every row of every stage: a million of them.
#[test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
fn a_million_calls_lose_no_span() {
    const ROWS: u64 = 40_000;
    let place = Place::new();
    place.listings("in.csv", Format::Csv, ROWS);
    let (usual, _) = run(&place, "usual", None, &[]);
    let collector = Collector::start("200 OK", Duration::from_millis(5));
    let (output, time) = run(&place, "single", Some(&collector.url()), &["--batch-rows", "1"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(files(&place.path("single")), files(&place.path("usual")));
    let (usual, single) = (report(&usual), report(&output));
    let sums = |report: &Value, key: &str| -> Vec<u64> {
        let jobs = report["jobs"].as_array().unwrap();
        let stages = jobs.iter().flat_map(|job| job["stages"].as_array().unwrap());
        stages.map(|stage| stage[key].as_u64().unwrap()).collect()
    };
    for key in ["rows_in", "rows_out"] {
        assert_eq!(sums(&single, key), sums(&usual, key));
    }
    let calls: u64 = sums(&single, "calls").iter().sum();
    assert!(calls >= ROWS * STAGES, "{calls}");
    let trace = &single["trace"];
    assert_eq!((&trace["exported"], &trace["export_dropped"]), (&trace["spans"], &0.into()));
    let bytes = collector.bytes.load(Relaxed);
    assert!(bytes < 500 * 1024, "{bytes} bytes");
    println!("{calls} calls in {time:?}, {} spans, {bytes} bytes", trace["spans"]);
}
