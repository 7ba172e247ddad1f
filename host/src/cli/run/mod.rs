//! `host run` and `host replay`: run a pipeline, and tell what it did.

mod adopt;
mod document;
mod failure;
mod lost;
mod progress;
mod record;
mod replay;
mod run_id;
mod sampling;
mod signals;
mod summary;
mod tracing;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use etl_engine::{Engine, Progress, RunOptions};

use self::document::Document;
use self::progress::Meter;
use self::record::Record;
use self::signals::Stop;
use self::tracing::Tracing;
use super::args::{ReplayArgs, RunArgs};
use super::error::Result;
use super::exit::Exit;
use super::printer::Printer;

/// How long the last spans may take to get to the collector, once all is done.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs the pipeline. What goes wrong in the run itself is told here; an error is what kept it from beginning.
pub(crate) fn execute(args: &RunArgs, replay: Option<&ReplayArgs>, printer: Printer) -> Result<Exit> {
    let pipeline = Arc::new(args.pipeline.load()?);
    let tracing = Tracing::find(args, printer)?;
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
    let trace = tracing.start(args, &pipeline, &options.run_id, record.as_ref(), &stop, printer)?;
    let report = engine.run(&prepared, &trace, &progress);
    let farewell = Instant::now() + FAREWELL;
    let traced = trace.finish(FAREWELL);
    drop(meter);

    let document = Document::new(&report, &traced);
    let record = record.and_then(|record| record.write(&document, printer));
    lost::tell(&traced, printer);
    tracing.settle(farewell, printer);
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
