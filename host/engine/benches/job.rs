//! The example job, whole and in parts, over 20,000 generated listings.
//!
//! The plugins are those that `cargo xtask plugins` has built.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use airbnb_generator::Format;
use divan::Bencher;
use etl_engine::{Engine, EngineOptions, Prepared, Progress, RunOptions, Status};
use etl_pipeline::Pipeline;
use etl_trace::{CallBudget, Trace, TraceOptions};
use tempfile::TempDir;

const ROWS: u64 = 20_000;

fn main() {
    divan::main();
}

struct Bench {
    folder: TempDir,
    engine: Engine,
}

impl Bench {
    fn new(format: Format) -> Self {
        let folder = TempDir::new().unwrap();
        airbnb_generator::write(format, ROWS, 1, File::create(folder.path().join("in")).unwrap()).unwrap();
        let engine = Engine::new(&EngineOptions {
            cache: Some(folder.path().join("cache")),
            ..EngineOptions::default()
        })
        .unwrap();
        Self { folder, engine }
    }

    fn prepare(&self, pipeline: &Path, job: Option<&str>) -> Prepared {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let variables =
            BTreeMap::from([("input".to_owned(), path("in")), ("output".to_owned(), path("out"))]);
        let pipeline = Pipeline::load(pipeline, &variables, &|_| None).unwrap();
        let options = RunOptions {
            run_timestamp: "2022-12-31T00:00:00Z".parse().unwrap(),
            job: job.map(ToOwned::to_owned),
            ..RunOptions::default()
        };
        self.engine.prepare(&Arc::new(pipeline), &options).unwrap()
    }

    fn run(&self, prepared: &Prepared, trace: Trace) {
        let report = self.engine.run(prepared, &trace, &Progress::default());
        assert_eq!(report.status, Status::Succeeded);
        trace.finish(Duration::from_secs(1));
    }

    /// A pipeline without a stage: reading and writing alone.
    fn copy(&self) -> PathBuf {
        let path = self.folder.path().join("copy.toml");
        let text = "name = 'copy'\n[vars]\ninput = ''\noutput = ''\n[jobs.copy]\n\
                    source.csv = { url = '${input}', schema = { license = 'utf8', instant_bookable = 'utf8' } }\n\
                    sink.parquet = { url = '${output}' }\n";
        fs::write(&path, text).unwrap();
        path
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/airbnb").join(name)
}

/// Reads CSV and writes Parquet, without a stage between.
#[divan::bench(sample_count = 10)]
fn copy(bencher: Bencher<'_, '_>) {
    let bench = Bench::new(Format::Csv);
    let prepared = bench.prepare(&bench.copy(), None);
    bencher.bench_local(|| bench.run(&prepared, Trace::off()));
}

#[divan::bench(sample_count = 10)]
fn clean(bencher: Bencher<'_, '_>) {
    let bench = Bench::new(Format::Csv);
    let prepared = bench.prepare(&example("pipeline.toml"), Some("clean"));
    bencher.bench_local(|| bench.run(&prepared, Trace::off()));
}

#[divan::bench(sample_count = 10)]
fn process(bencher: Bencher<'_, '_>) {
    let bench = Bench::new(Format::Csv);
    bench.run(&bench.prepare(&example("pipeline.toml"), Some("clean")), Trace::off());
    let prepared = bench.prepare(&example("pipeline.toml"), Some("process"));
    bencher.bench_local(|| bench.run(&prepared, Trace::off()));
}

#[divan::bench(sample_count = 10)]
fn both(bencher: Bencher<'_, '_>) {
    let bench = Bench::new(Format::Csv);
    let prepared = bench.prepare(&example("pipeline.toml"), None);
    bencher.bench_local(|| bench.run(&prepared, Trace::off()));
}

#[divan::bench(sample_count = 10)]
fn both_from_ndjson(bencher: Bencher<'_, '_>) {
    let bench = Bench::new(Format::Ndjson);
    let prepared = bench.prepare(&example("pipeline-ndjson.toml"), None);
    bencher.bench_local(|| bench.run(&prepared, Trace::off()));
}

/// With the local record, and as many calls as X-Ray takes, or all.
#[divan::bench(sample_count = 10, args = ["some", "all"])]
fn both_traced(bencher: Bencher<'_, '_>, calls: &str) {
    let bench = Bench::new(Format::Csv);
    let prepared = bench.prepare(&example("pipeline.toml"), None);
    let budget = if calls == "all" { CallBudget::All } else { CallBudget::default() };
    let record = Some(bench.folder.path().join("trace.otlp.json"));
    bencher.bench_local(|| {
        let options = TraceOptions { record: record.clone(), budget, ..TraceOptions::default() };
        bench.run(&prepared, Trace::start(options).unwrap());
    });
}
