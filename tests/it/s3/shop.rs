//! A folder, and a prefix of a bucket, for each test.

use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use etl_store::testing::{BUCKET, Proxy, Weed};
use etl_store::{Bucket, Condition, Deaf, Location, Retry, Stores, wait};
use serde_json::Value;

use crate::support::{Place, files, said};

pub(crate) struct Shop {
    pub(crate) place: Place,
    pub(crate) proxy: Proxy,
    /// The bucket, past the proxy.
    pub(crate) bucket: Bucket,
    prefix: String,
    _stores: Stores,
    // Ends last.
    weed: Arc<Weed>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let weed = Weed::shared();
        let stores =
            Stores::new(Weed::environment_at(&weed.address()), Retry::default(), Arc::new(Deaf)).unwrap();
        let Location::Object(url) = Location::parse(&format!("s3://{BUCKET}")).unwrap() else { panic!() };
        Self {
            place: Place::new(),
            proxy: Proxy::start(&weed.address()),
            bucket: stores.bucket(&url).unwrap(),
            prefix: format!("it-{}", NEXT.fetch_add(1, Relaxed)),
            _stores: stores,
            weed,
        }
    }

    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("s3://{BUCKET}/{}", self.key(name))
    }

    pub(crate) fn put(&self, name: &str, content: impl Into<bytes::Bytes>) {
        wait(self.bucket.put(&self.key(name), content.into(), Condition::Always)).unwrap();
    }

    /// `host` by way of the proxy.
    pub(crate) fn host(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.host(arguments);
        command.envs(Weed::variables_at(&self.proxy.address()));
        command
    }

    /// `host` without the proxy.
    pub(crate) fn host_at_once(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.host(arguments);
        command.envs(self.weed.variables());
        command
    }

    /// Runs a pipeline in which `S3` stands for this test's prefix.
    pub(crate) fn run(&self, pipeline: &str, arguments: &[&str]) -> Output {
        self.run_with(pipeline, arguments, &[])
    }

    /// The same with variables of the environment.
    pub(crate) fn run_with(&self, pipeline: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.write_pipeline(pipeline);
        let mut command = self.host(&[&["run", "pipeline.toml"], arguments].concat());
        command.envs(variables.iter().copied()).output().unwrap()
    }

    pub(crate) fn write_pipeline(&self, pipeline: &str) {
        let pipeline = pipeline.replace("S3/", &self.url(""));
        std::fs::write(self.place.path("pipeline.toml"), pipeline).unwrap();
    }

    /// The files of an output as our readers see them, by their names without the run; none: no job wrote there.
    pub(crate) fn output(&self, name: &str) -> Option<Vec<(String, Vec<u8>)>> {
        let objects = wait(self.bucket.current(&self.key(name))).unwrap()?;
        let read = objects.iter().map(|object| {
            let content = wait(self.bucket.read_range(object, 0..object.bytes)).unwrap();
            (without_run(object.key.strip_prefix(&self.key(name)).unwrap()), content.to_vec())
        });
        Some(read.collect())
    }

    /// What the user sees of a run that failed, without what differs from run to run.
    pub(crate) fn said(&self, output: &Output) -> String {
        let text = said(output, &self.place).replace(&self.url(""), "S3/");
        let text = text.replace(&self.proxy.address(), "ENDPOINT").replace(&"^".repeat(3), "^");
        let lines = text.lines().map(|line| match line.split_once(" in ") {
            Some((before, _)) if before.contains(" attempt") => format!("{before} in TIME"),
            _ => line.trim_end_matches('^').to_owned(),
        });
        // Where the record is differs, too.
        let lines = lines.filter(|line| !line.starts_with("record ")).map(|line| line.trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    /// Of the last run's spans those that asked something of a store: what, how often, and what of it failed.
    pub(crate) fn traced(&self) -> String {
        let record = files(&self.place.path(".host/runs"));
        let (_, json) = record.iter().rfind(|(name, _)| name.ends_with("trace.otlp.json")).unwrap();
        let json: Value = serde_json::from_slice(json).unwrap();
        let spans = json["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let mut lines = Vec::new();
        for span in spans.iter().filter(|span| attribute(span, "etl.requests").is_some()) {
            let number = |key| attribute(span, key).unwrap();
            let (failed, again) = (number("etl.requests.failed"), number("etl.requests.retried"));
            let requests = number("etl.requests");
            let error = attribute(span, "error.type").map(|error| format!(", failed by {error}"));
            lines.push(format!(
                "{}: {requests} requests, {failed} failed, {again} made again{}",
                span["name"].as_str().unwrap(),
                error.unwrap_or_default()
            ));
            // Of the job, what it does itself; reading and writing have lines of their own.
            let below = |child: &&Value| {
                child["parentSpanId"] == span["spanId"] && attribute(child, "etl.requests").is_none()
            };
            for child in spans.iter().filter(below) {
                let Some(error) = attribute(child, "error.type") else { continue };
                let name = child["name"].as_str().unwrap();
                let key = attribute(child, "aws.s3.key").unwrap_or_default();
                let key = without_run(key.strip_prefix(&self.key("")).unwrap_or(&key));
                let attempt = attribute(child, "etl.request.attempt").unwrap_or_else(|| "1".to_owned());
                let again = attribute(child, "etl.request.delay_ms").map(|_| ", again after a pause");
                let message = child["status"]["message"].as_str().unwrap();
                let again = again.unwrap_or_default();
                lines.push(format!("  {name} {key} #{attempt}: {error}: {message}{again}"));
            }
        }
        lines.join("\n")
    }
}

fn attribute(span: &Value, key: &str) -> Option<String> {
    let attributes = span["attributes"].as_array()?;
    let found = attributes.iter().find(|attribute| attribute["key"] == key)?;
    let value = found["value"].as_object()?.values().next()?;
    Some(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
}

/// `part-00000.csv` for `part-00000-RUN.csv`.
pub(crate) fn without_run(name: &str) -> String {
    let name = name.trim_start_matches('/');
    let (folder, file) =
        name.rsplit_once('/').map_or((String::new(), name), |(folder, file)| (format!("{folder}/"), file));
    let (stem, extension) = file.split_once('.').unwrap_or((file, ""));
    let part = stem.strip_prefix("part-").and_then(|rest| rest.get(..5));
    part.map_or_else(|| name.to_owned(), |part| format!("{folder}part-{part}.{extension}"))
}
