//! `host run` and `host replay`: run a pipeline, and tell what it did.

mod adopt;
mod document;
mod failure;
mod lost;
mod progress;
mod record;
mod replay;
mod run_id;
mod signals;
mod summary;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use etl_engine::{Engine, Progress, RunOptions};
use etl_pipeline::Pipeline;
use etl_trace::{Given, Parent, Telemetry, Trace, TraceOptions, platform};

use self::document::Document;
use self::progress::Meter;
use self::record::Record;
use self::signals::Stop;
use super::args::{ReplayArgs, RunArgs};
use super::environment;
use super::error::{Error, Result};
use super::exit::Exit;
use super::printer::Printer;

/// How long the last spans may take to get to the collector, once all is done.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs the pipeline. What goes wrong in the run itself is told here; an error is what kept it from beginning.
pub(crate) fn execute(args: &RunArgs, replay: Option<&ReplayArgs>, printer: Printer) -> Result<Exit> {
    let pipeline = Arc::new(args.pipeline.load()?);
    let engine = Arc::new(Engine::new(&args.cache.engine()?)?);
    let progress = Progress::default();
    let shown = printer.shows_progress() && !args.no_progress;
    let stop = Stop::watch(&engine, shown, printer);
    let meter = shown.then(|| Meter::start(&progress, &stop)).flatten();

    let mut options = options(args);
    if let Some(replay) = replay {
        options = replay::options(replay, &engine, &pipeline, options)?;
    }
    let prepared = match engine.prepare(&pipeline, &options) {
        Err(_) if stop.requested() => {
            drop(meter);
            printer.interrupted("nothing had been read or written yet");
            return Ok(Exit::Interrupted);
        }
        prepared => prepared?,
    };
    let record = Record::of_run(&args.trace, &options.run_id, printer);
    if let Some(record) = &record {
        record.write_plan(&prepared.plan(), printer);
    }
    let trace = start_trace(args, &pipeline, &options.run_id, record.as_ref(), &stop, printer)?;
    let report = engine.run(&prepared, &trace, &progress);
    let traced = trace.finish(FAREWELL);
    drop(meter);

    let document = Document::new(&report, &traced);
    let record = record.and_then(|record| record.write(&document, printer));
    lost::tell(&traced, printer);
    printer.report(&document, || summary::text(&report, &traced, record.as_deref(), printer.verbose()))?;
    failure::tell(&report, record.as_deref(), printer);
    Ok(Exit::of(&report))
}

fn options(args: &RunArgs) -> RunOptions {
    let options = args.pipeline.options();
    let batch_rows = args.batch_rows.and_then(|rows| NonZeroUsize::try_from(rows).ok());
    RunOptions {
        run_id: run_id::new(Utc::now()),
        threads: args.threads.unwrap_or(options.threads),
        batch_rows: batch_rows.unwrap_or(options.batch_rows),
        memory: args.memory,
        max_spill: args.max_spill,
        spill_folder: args.spill_dir.clone(),
        ..options
    }
}

/// Begins the trace under whatever called us. Where its spans cannot be sent it is recorded all the same: telemetry
/// never stops a run.
fn start_trace(
    args: &RunArgs,
    pipeline: &Pipeline,
    run_id: &str,
    record: Option<&Record>,
    stop: &Stop,
    printer: Printer,
) -> Result<Trace> {
    let not_sent =
        |error: &etl_trace::TraceError| printer.warn(format!("the trace is not sent anywhere: {error}"));
    let given = Given { flag: args.trace.trace_header.as_deref(), ..Given::default() };
    let parent = Parent::find(given, &environment::variable);
    let (parent, warnings) = parent.map_err(|error| Error::other(&error))?;
    for warning in warnings {
        printer.warn(warning);
    }
    let late_parent = adopt::begin(&args.trace.xray, parent.as_ref(), stop.flag(), printer);
    let telemetry = Telemetry::from_environment(&environment::variable);
    let telemetry = telemetry.inspect_err(not_sent).unwrap_or_default();
    if let Some(destination) = &telemetry.destination {
        printer.detail(format!("trace sent to {}", destination.endpoint));
    }
    let options = TraceOptions {
        parent,
        late_parent,
        pipeline: pipeline.name.clone(),
        run_id: run_id.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        resource: platform(&environment::variable),
        record: record.map(Record::trace),
        budget: args.trace.trace_calls.into(),
        telemetry,
    };
    let here = TraceOptions {
        telemetry: Telemetry { destination: None, metrics: None, logs: None, ..options.telemetry.clone() },
        ..options.clone()
    };
    Trace::start(options).or_else(|error| {
        not_sent(&error);
        Trace::start(here).map_err(|error| Error::other(&error))
    })
}
