//! Runs a stage of the hostile plugin through its whole life.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arrow_array::{Float64Array, Int64Array, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema};
use etl_data::Batch;
use etl_plugin::{
    BindRequest, CallContext, CallError, CallErrorKind, Called, Emitted, Generation, Grants, Instance,
    Limits, LoadOptions, NoContext, Runtime, RuntimeOptions,
};

pub(crate) static RUNTIME: LazyLock<Arc<Runtime>> = LazyLock::new(runtime);
pub(crate) static HOSTILE: LazyLock<Arc<Generation>> = LazyLock::new(|| load(&RUNTIME, "hostile"));

/// A runtime that no other test shares.
pub(crate) fn runtime() -> Arc<Runtime> {
    // Compiled by the first run of the tests, and by the first test of a run.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let options = RuntimeOptions { instances: 64, cache: Some(cache) };
    Arc::new(Runtime::new(&options).unwrap())
}

/// Where `cargo xtask plugins` puts a plugin.
pub(crate) fn path(name: &str) -> PathBuf {
    // Not where cargo builds, which may be elsewhere.
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    let path = plugins.join(name).with_extension("wasm");
    assert!(path.exists(), "{} is not there: run `cargo xtask plugins --tests`", path.display());
    path
}

pub(crate) fn load(runtime: &Arc<Runtime>, name: &str) -> Arc<Generation> {
    Generation::load(runtime, &path(name), &LoadOptions::default()).unwrap()
}

pub(crate) fn load_with(runtime: &Arc<Runtime>, name: &str, grants: Grants) -> Arc<Generation> {
    let options = LoadOptions { grants, ..LoadOptions::default() };
    Generation::load(runtime, &path(name), &options).unwrap()
}

/// The error of a file with this content, with `[plugin]` for its path.
pub(crate) fn refused(content: &[u8]) -> String {
    let instance = Limits { call_timeout: Duration::from_millis(500), ..Limits::default() };
    refused_with(content, &LoadOptions { instance, ..LoadOptions::default() })
}

pub(crate) fn refused_with(content: &[u8], options: &LoadOptions) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.wasm");
    std::fs::write(&path, content).unwrap();
    let error = Generation::load(&RUNTIME, &path, options).unwrap_err().to_string();
    redacted(&error.replace(&*path.to_string_lossy(), "[plugin]"))
}

pub(crate) fn refused_wat(text: &str) -> String {
    refused(&wat::parse_str(text).unwrap())
}

pub(crate) fn pinned(digest: &str) -> LoadOptions {
    LoadOptions { pin: Some(digest.to_owned()), ..LoadOptions::default() }
}

/// Limits that a test reaches fast.
pub(crate) fn tight() -> Limits {
    Limits {
        memory_bytes: 32 << 20,
        call_timeout: Duration::from_millis(100),
        handles: 1_000,
        host_call_bytes: 16 << 20,
        emitted_batches: 100,
        retained_bytes: 64 << 20,
        ..Limits::default()
    }
}

pub(crate) fn rows() -> RecordBatch {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, true),
        Field::new("price", DataType::Float64, true),
        Field::new("name", DataType::Utf8View, true),
    ]);
    let id = Int64Array::from(vec![Some(1), None, Some(3)]);
    let price = Float64Array::from(vec![Some(0.5), Some(1.5), None]);
    let name =
        StringViewArray::from(vec![Some("one"), Some("two"), Some("a name that is longer than a view")]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(id), Arc::new(price), Arc::new(name)]).unwrap()
}

pub(crate) fn request(operation: &str, with: &str, batch: &RecordBatch) -> BindRequest {
    BindRequest {
        operation: operation.to_owned(),
        config_json: with.to_owned(),
        inputs: vec![batch.schema()],
        ..BindRequest::default()
    }
}

/// What became of a stage: all that it emitted, or how it failed.
pub(crate) struct Run {
    pub(crate) instance: Instance,
    pub(crate) result: Result<Vec<Emitted>, CallError>,
}

/// Binds, shows all rows where the stage wants that, processes one batch, and ends.
pub(crate) fn run_with(operation: &str, with: &str, limits: &Limits) -> Run {
    let mut instance = HOSTILE.instantiate(operation, limits).unwrap();
    let result = live(&mut instance, &request(operation, with, &rows()));
    Run { instance, result }
}

fn live(instance: &mut Instance, request: &BindRequest) -> Result<Vec<Emitted>, CallError> {
    let batch = || Batch::new(rows());
    let binding = instance.bind(request, context()).result?;
    if binding.two_pass {
        instance.observe(0, batch(), context()).result?;
        let partial = instance.partial(context()).result?;
        instance.settle(&[partial], 0, context()).result?;
    }
    let processed = instance.process(0, batch(), context());
    processed.result?;
    let finished = instance.finish(0, context());
    finished.result?;
    Ok([processed.emitted, finished.emitted].concat())
}

pub(crate) fn context() -> Box<dyn CallContext> {
    Box::new(NoContext)
}

/// The text of the error that a stage ends with. But for an error that the guest returned, the instance
/// is gone; and the next instance works.
pub(crate) fn error_with(operation: &str, with: &str, limits: &Limits) -> CallError {
    let Run { mut instance, result } = run_with(operation, with, limits);
    let error = result.map(|emitted| emitted.len()).expect_err("it must fail");
    let again = instance.process(0, Batch::new(rows()), context());
    let gone = again.result.is_err_and(|error| error.to_string().contains("the instance is gone"));
    assert_eq!(gone, !matches!(error.kind, CallErrorKind::Guest(_)), "{error}");
    a_new_instance_works();
    error
}

pub(crate) fn error(operation: &str, with: &str) -> String {
    // Only who never ends is to meet the deadline, however slow the host is built.
    let limits = if operation == "endless-loop" { tight() } else { patient() };
    redacted(&error_with(operation, with, &limits).to_string())
}

/// As [`tight`], where the deadline is not what is tested.
pub(crate) fn patient() -> Limits {
    Limits { call_timeout: Duration::from_mins(1), ..tight() }
}

pub(crate) fn a_new_instance_works() {
    let emitted = run_with("pass", "{}", &Limits::default()).result.unwrap();
    assert_eq!(emitted.len(), 1);
    assert_eq!(emitted[0].batch.record_batch(), &rows());
}

/// Without what differs from run to run: how long it took, and where the files are.
pub(crate) fn redacted(text: &str) -> String {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let text = text.replace(&*target.to_string_lossy(), "[target]");
    match text.split_once("stopped after ") {
        Some((head, _)) => format!("{head}stopped after [time]"),
        None => text,
    }
}

/// The bind of a stage, for what happens in later calls.
pub(crate) fn bound(operation: &str, with: &str, limits: &Limits) -> Instance {
    let mut instance = HOSTILE.instantiate(operation, limits).unwrap();
    instance.bind(&request(operation, with, &rows()), context()).result.unwrap();
    instance
}

pub(crate) fn process(instance: &mut Instance) -> Called<etl_plugin::Flow> {
    instance.process(0, Batch::new(rows()), context())
}
