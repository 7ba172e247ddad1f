//! How the trace of a run begins.

use std::time::Instant;

use etl_pipeline::Pipeline;
use etl_trace::{Given, Parent, Telemetry, Trace, TraceError, TraceOptions, platform};

use super::adopt;
use super::record::Record;
use super::sampling::Sampler;
use super::signals::Stop;
use crate::cli::args::RunArgs;
use crate::cli::environment;
use crate::cli::error::{Error, Result};
use crate::cli::printer::Printer;

/// What is known before there is a trace.
#[derive(Debug)]
pub(super) struct Tracing {
    parent: Option<Parent>,
    telemetry: Telemetry,
    sampler: Sampler,
}

impl Tracing {
    /// Finds out what called us and what is asked for, and begins to ask whoever decides on sampling: that goes on while the
    /// run is prepared.
    pub(super) fn find(args: &RunArgs, printer: Printer) -> Result<Self> {
        let given = Given { flag: args.trace.trace_header.as_deref(), ..Given::default() };
        let parent = Parent::find(given, &environment::variable);
        let (parent, warnings) = parent.map_err(|error| Error::other(&error))?;
        for warning in warnings {
            printer.warn(warning);
        }
        let telemetry = Telemetry::from_environment(&environment::variable);
        let telemetry = telemetry.inspect_err(|error| not_sent(error, printer)).unwrap_or_default();
        let sampler = Sampler::find(parent.as_ref(), &telemetry, printer);
        Ok(Self { parent, telemetry, sampler })
    }

    /// Begins the trace under whatever called us. Where its spans cannot be sent it is recorded all the same: telemetry
    /// never stops a run.
    pub(super) fn start(
        &self,
        args: &RunArgs,
        pipeline: &Pipeline,
        run_id: &str,
        record: Option<&Record>,
        stop: &Stop,
        printer: Printer,
    ) -> Result<Trace> {
        if let Some(destination) = &self.telemetry.destination {
            printer.detail(format!("trace sent to {}", destination.endpoint));
        }
        let options = TraceOptions {
            parent: self.parent.clone(),
            pipeline: pipeline.name.clone(),
            run_id: run_id.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            resource: platform(&environment::variable),
            record: record.map(Record::trace),
            budget: args.trace.trace_calls.into(),
            telemetry: self.telemetry.clone(),
            ..TraceOptions::default()
        };
        let sampling = self.sampler.decide(&options, args.pipeline.job.as_deref(), printer);
        let late_parent =
            adopt::begin(&args.trace.xray, self.parent.as_ref(), &sampling, stop.flag(), printer);
        let options = TraceOptions { late_parent, sampling, ..options };
        let here = TraceOptions {
            telemetry: Telemetry { destination: None, metrics: None, logs: None, ..self.telemetry.clone() },
            ..options.clone()
        };
        Trace::start(options).or_else(|error| {
            not_sent(&error, printer);
            Trace::start(here).map_err(|error| Error::other(&error))
        })
    }

    /// Sees to it that whoever decided on sampling knows what was decided, at most until then.
    pub(super) fn settle(&self, until: Instant, printer: Printer) {
        self.sampler.settle(until, printer);
    }
}

fn not_sent(error: &TraceError, printer: Printer) {
    printer.warn(format!("the trace is not sent anywhere: {error}"));
}
