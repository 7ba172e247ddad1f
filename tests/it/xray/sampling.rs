//! Who decides whether a run is traced: its caller, X-Ray's rules, or what stands in for them.

use std::io::BufReader;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::spawn;

use serde_json::{Value, json};

use super::agent::Agent;
use super::rules::{rule, rules};
use super::service::XRay;
use super::signature::{ACCESS_KEY, REGION, SECRET_KEY};
use super::{is_subsegment, text};
use crate::http::{Request, answer};
use crate::support::Place;

const PIPELINE: &str = r#"name = "airbnb"
[jobs.clean]
source.csv = { url = "in.csv" }
sink.parquet = { url = "out" }
"#;
const ROOT: &str = "Root=1-63af7b80-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";

/// A collector that counts what it is sent; it ends with the tests.
struct Collector {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let (mut reader, mut writer) = (BufReader::new(&stream), &stream);
                while let Ok(Some(_)) = Request::read(&mut reader) {
                    counted.fetch_add(1, Relaxed);
                    answer(&mut writer, "200 OK", "{}").unwrap();
                }
            }
        });
        Self { url, requests }
    }

    fn got_something(&self) -> bool {
        self.requests.swap(0, Relaxed) > 0
    }
}

/// `host run`, which sends its spans to `collector` and asks for X-Ray's rules at `xray`.
fn host(place: &Place, collector: &str, xray: &str, arguments: &[&str]) -> Command {
    std::fs::write(place.path("pipeline.toml"), PIPELINE).unwrap();
    std::fs::write(place.path("in.csv"), "a,b,c\n1,x,0.5\n2,y,1.5\n").unwrap();
    let mut host = place.host(&["run", "pipeline.toml", "--json"]);
    host.args(arguments).env("OTEL_EXPORTER_OTLP_ENDPOINT", collector).env("OTEL_TRACES_SAMPLER", "xray");
    host.env("AWS_ENDPOINT_URL_XRAY", xray).env("AWS_REGION", REGION);
    host.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    host
}

/// What a run said: of its trace, and on standard error.
fn said(host: &mut Command) -> (Value, String) {
    let Output { status, stdout, stderr } = host.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "{stderr}");
    (serde_json::from_slice::<Value>(&stdout).unwrap()["trace"].clone(), stderr)
}

/// `sampled rule`, and what was said on standard error.
fn told(host: &mut Command) -> String {
    let (trace, stderr) = said(host);
    let rule = trace["sampling_rule"].as_str().unwrap_or("-");
    format!("{} {rule}\n{stderr}", trace["sampled"]).trim_end().to_owned()
}

#[test]
fn the_rule_that_matches_decides() {
    let (place, xray) = (Place::new(), XRay::start());
    let agent = Agent::start(&xray.url());
    let matching = |rate, reservoir| {
        rules(&[rule("Default", 10_000, 1.0, 1, "*"), rule("nightly", 10, rate, reservoir, "AIR?nb*")])
    };
    let run = |rate, reservoir| {
        xray.hand_out("200 OK", matching(rate, reservoir));
        said(&mut host(&place, &agent.http(), &xray.url(), &["--verbose"]))
    };
    let (never, told_never) = run(0.0, 0);
    let (borrowed, told_borrowed) = run(0.0, 1);
    let (always, told_always) = run(1.0, 0);
    agent.stop();

    assert_eq!([&never, &borrowed, &always].map(|trace| trace["sampled"] == true), [false, true, true]);
    let line = |told: &str| told.lines().find(|line| line.contains("sampled")).unwrap().to_owned();
    let lines = [told_never, told_borrowed, told_always].map(|told| line(&told));
    insta::assert_snapshot!(lines.join("\n"), @"
    trace not sampled by the rate of X-Ray's rule `nightly`
    trace sampled by the reservoir of X-Ray's rule `nightly`
    trace sampled by the rate of X-Ray's rule `nightly`
    ");
    let documents = xray.documents();
    let segments: Vec<_> = documents.iter().filter(|document| !is_subsegment(document)).collect();
    let traces = segments.iter().map(|segment| text(segment, "trace_id")).collect::<Vec<_>>();
    assert_eq!(traces, [&borrowed, &always].map(|trace| text(trace, "xray_trace_id")));
    assert!(documents.iter().all(|document| document["trace_id"] != never["xray_trace_id"]));
    for segment in segments {
        assert_eq!(segment["metadata"]["default"]["aws.xray.sampling_rule"], "nightly", "{segment:#}");
    }
    let count = |told: &Value| {
        let counts = ["RequestCount", "SampledCount", "BorrowCount"];
        let counts = counts.map(|key| told[key].as_u64().unwrap_or(0).to_string());
        format!("{} {}", text(told, "RuleName"), counts.join("/"))
    };
    let counts: Vec<_> = xray.statistics().iter().map(count).collect();
    assert_eq!(counts, ["nightly 1/0/0", "nightly 1/1/1", "nightly 1/1/0"]);
}

#[test]
fn the_callers_decision_wins_and_x_ray_is_not_asked() {
    let (place, xray, collector) = (Place::new(), XRay::start(), Collector::start());
    let run = |rate, decision: &str| {
        xray.hand_out("200 OK", rules(&[rule("all", 1, rate, 0, "*")]));
        let header = format!("{ROOT}{decision}");
        let told = told(&mut host(&place, &collector.url, &xray.url(), &["--trace-header", &header]));
        let sent = if collector.got_something() { "sent" } else { "not sent" };
        format!("{told}, {sent}, asked {}", xray.asked_for_rules())
    };
    let all = [run(0.0, ";Sampled=1"), run(1.0, ";Sampled=0"), run(0.0, ";Sampled=?"), run(1.0, "")];
    insta::assert_snapshot!(all.join("\n"), @"
    true -, sent, asked 0
    false -, not sent, asked 0
    false all, not sent, asked 1
    true all, sent, asked 2
    ");
    // Nobody would see what they decide on.
    let mut alone = host(&place, "", &xray.url(), &[]);
    assert_eq!(told(&mut alone), "true -");
    assert_eq!(xray.asked_for_rules(), 2);
    xray.documents();
}

#[test]
fn without_rules_the_fallback_decides_and_it_is_told_once() {
    let (place, xray, collector) = (Place::new(), XRay::start(), Collector::start());
    let strange = |key: &str, value: &str| {
        let text = rules(&[rule("odd", 1, 0.5, 0, "*")]);
        let (head, rest) = text.split_once(&format!("\"{key}\":")).unwrap();
        let rest = &rest[rest.find([',', '}']).unwrap()..];
        ("200 OK", format!("{head}\"{key}\":{value}{rest}"))
    };
    let answers = [
        ("nothing at all", ("200 OK", String::new())),
        ("no rules", ("200 OK", rules(&[]))),
        ("not JSON", ("200 OK", "{\"SamplingRuleRecords\": [{".to_owned())),
        ("another shape", ("200 OK", json!({ "SamplingRuleRecords": { "a": 1 } }).to_string())),
        ("another version", strange("Version", "2")),
        ("no number", strange("FixedRate", "NaN")),
        ("a text", strange("FixedRate", "\"NaN\"")),
        ("more than all", strange("FixedRate", "1e999")),
        ("a huge priority", strange("Priority", "99999999999999999999")),
        ("no reservoir at all", strange("ReservoirSize", "-2147483648")),
        ("deep", ("200 OK", format!("{{\"SamplingRuleRecords\":{}", "[".repeat(100_000)))),
        (
            "denied",
            ("403 Forbidden", json!({ "__type": "AccessDeniedException", "message": "no" }).to_string()),
        ),
        ("broken", ("500 Internal Server Error", json!({ "message": "it broke" }).to_string())),
    ];
    let mut all = answers
        .map(|(name, (status, body))| {
            xray.hand_out(status, body);
            let told = told(&mut host(&place, &collector.url, &xray.url(), &[]));
            // By a rate of a half, it is one or the other.
            format!("{name}: {}", told.replace("true odd", "false odd"))
        })
        .to_vec();
    // Nobody listens there; somebody does, who never answers.
    all.push(format!("down: {}", told(&mut host(&place, &collector.url, "http://127.0.0.1:1", &[]))));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    all.push(format!("silent: {}", told(&mut host(&place, &collector.url, &url, &[]))));
    insta::assert_snapshot!(all.join("\n"), @"
    nothing at all: true -
    no rules: true -
    not JSON: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray's answer to GetSamplingRules can't be read
    another shape: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray's answer to GetSamplingRules can't be read
    another version: true -
    no number: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray's answer to GetSamplingRules can't be read
    a text: false odd
    more than all: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray's answer to GetSamplingRules can't be read
    a huge priority: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray's answer to GetSamplingRules can't be read
    no reservoir at all: false odd
    deep: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray's answer to GetSamplingRules can't be read
    denied: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray refuses GetSamplingRules: AccessDeniedException: no; the role must be allowed xray:GetSamplingRules
    broken: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray refuses GetSamplingRules: status 500: it does not say why
    down: true -
    warning: the trace is sampled without X-Ray's rules: can't reach X-Ray for GetSamplingRules: dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111); look at AWS_ENDPOINT_URL_XRAY, at the region's name, and at the network
    silent: true -
    warning: the trace is sampled without X-Ray's rules: X-Ray did not answer GetSamplingRules in time; look at AWS_ENDPOINT_URL_XRAY, at the region's name, and at the network
    ");
    xray.documents();
}

#[test]
fn a_proxy_is_asked_without_a_signature() {
    let (place, xray, collector) = (Place::new(), XRay::start(), Collector::start());
    xray.be_a_proxy();
    xray.hand_out("200 OK", rules(&[rule("all", 1, 0.0, 0, "*")]));
    let argument = format!("endpoint={},polling_interval=60", xray.url());
    let mut host = host(&place, &collector.url, "http://127.0.0.1:1", &[]);
    host.env("OTEL_TRACES_SAMPLER_ARG", argument).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_REGION");
    assert_eq!(told(&mut host), "false all");
    assert!(!collector.got_something());
    assert_eq!((xray.asked_for_rules(), xray.statistics().len()), (1, 1));
    let shown = place.host(&["trace"]).output().unwrap().stdout;
    let shown = String::from_utf8_lossy(&shown).into_owned();
    let spans = shown.lines().find(|line| line.contains("recorded,")).map(str::trim);
    assert_eq!(spans, Some("spans    3 recorded, the trace is not sampled, by the rule `all`"), "{shown}");
    xray.documents();
}

#[test]
fn samplers_of_the_standard_need_nobody() {
    let (place, collector) = (Place::new(), Collector::start());
    let run = |sampler: &str, argument: &str, decision: &str| {
        let header = format!("{ROOT}{decision}");
        let mut host = host(&place, &collector.url, "http://127.0.0.1:1", &["--trace-header", &header]);
        host.env("OTEL_TRACES_SAMPLER", sampler).env("OTEL_TRACES_SAMPLER_ARG", argument);
        let told = told(&mut host);
        let sent = if collector.got_something() { "sent" } else { "not sent" };
        format!("{sampler} {argument}{decision}: {sent} {told}")
    };
    let all = [
        run("", "", ""),
        run("parentbased_always_on", "", ";Sampled=0"),
        run("parentbased_always_off", "", ""),
        run("parentbased_always_off", "", ";Sampled=1"),
        run("always_off", "", ";Sampled=1"),
        run("always_on", "", ";Sampled=0"),
        // The id's last 63 bits are a tenth of what they can be.
        run("traceidratio", "0.2", ";Sampled=0"),
        run("traceidratio", "0.01", ";Sampled=1"),
        run("parentbased_traceidratio", "0.01", ""),
        run("traceidratio", "1%", ""),
        run("sometimes", "", ""),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
     : sent true -
    parentbased_always_on ;Sampled=0: not sent false -
    parentbased_always_off : not sent false -
    parentbased_always_off ;Sampled=1: sent true -
    always_off ;Sampled=1: not sent false -
    always_on ;Sampled=0: sent true -
    traceidratio 0.2;Sampled=0: not sent false -
    traceidratio 0.01;Sampled=1: not sent false -
    parentbased_traceidratio 0.01: not sent false -
    traceidratio 1%: sent true -
    warning: environment variable OTEL_TRACES_SAMPLER_ARG is ignored: expected a number from 0 to 1, found "1%"
    sometimes : sent true -
    warning: environment variable OTEL_TRACES_SAMPLER is ignored: expected xray, always_on, always_off or traceidratio, the last three also with parentbased_ before them, found "sometimes"
    "#);
}
