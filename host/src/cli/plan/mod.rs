//! `host plan`: what a run would do.

mod changes;

use std::sync::Arc;

use etl_engine::{Engine, JobPlan, OutputPlan, PipelinePlan, SourcePlan};
use serde::Serialize;

use self::changes::{aside, changes, columns, listed};
use super::args::CheckArgs;
use super::error::Result;
use super::exit::Exit;
use super::format;
use super::printer::Printer;
use super::text::{FAINT, STRONG, plain, plural, styled, width};

/// The document: a plan is of a pipeline that is valid.
#[derive(Debug, Serialize)]
struct Document<'a> {
    status: &'static str,
    #[serde(flatten)]
    plan: &'a PipelinePlan,
}

/// Shows the schemas through every stage, and what will be read and written.
pub(crate) fn execute(args: &CheckArgs, printer: Printer) -> Result<Exit> {
    let pipeline = Arc::new(args.pipeline.load()?);
    let engine = Engine::new(&args.cache.engine())?;
    let plan = engine.prepare(&pipeline, &args.pipeline.options())?.plan();
    let document = Document { status: "valid", plan: &plan };
    printer.answer(&document, || text(&plan, printer.verbose()))?;
    Ok(Exit::Success)
}

fn text(plan: &PipelinePlan, verbose: bool) -> String {
    let jobs = plan.jobs.iter().map(|job| job_text(job, verbose));
    jobs.collect::<Vec<_>>().join("\n")
}

fn job_text(job: &JobPlan, verbose: bool) -> String {
    let mut text =
        format!("{}\n{}", styled(STRONG, &format!("job {}", plain(&job.name))), read(&job.source, verbose));
    let names = job.stages.iter().map(|stage| width(&plain(&stage.name))).max().unwrap_or_default();
    let runs = job.stages.iter().map(|stage| width(&stage.run)).max().unwrap_or_default();
    let mut before = &job.source.columns;
    for stage in &job.stages {
        let (name, run, shape) = (plain(&stage.name), &stage.run, stage.shape.as_str());
        text.push_str(&format!("  {name:names$}  {}\n", styled(FAINT, &format!("{run:runs$}  {shape}"))));
        if verbose {
            text.push_str(&aside(&format!("digest {}", stage.digest)));
            text.push_str(&aside(&format!("reads {}", listed(stage.reads.iter().map(String::as_str)))));
        }
        text.push_str(&changes(before, &stage.columns));
        before = &stage.columns;
    }
    text.extend(job.outputs.iter().map(|output| write(output, verbose)));
    text
}

fn read(source: &SourcePlan, verbose: bool) -> String {
    let mut facts = vec![source.kind.clone()];
    match &source.job {
        Some(job) => facts.push(format!("written by job {}", plain(job))),
        None => {
            let size = source.files.iter().map(|file| file.bytes).sum();
            facts.push(format!("{}, {}", plural(source.files.len(), "file"), format::bytes(size)));
        }
    }
    let (all, used) = (source.columns.len(), source.reads.len());
    facts.push(if used == all {
        plural(all, "column")
    } else {
        format!("{used} of {} read", plural(all, "column"))
    });
    let mut text = format!("  read {}: {}\n", plain(&source.url), facts.join(", "));
    if verbose {
        let files = source.files.iter();
        text.extend(
            files.map(|file| aside(&format!("{}, {}", file.path.display(), format::bytes(file.bytes)))),
        );
    }
    text.push_str(&columns(&source.columns));
    let unused = source.columns.iter().map(|column| column.name.as_str());
    let unused = unused.filter(|name| !source.reads.iter().any(|read| read == name)).collect::<Vec<_>>();
    if !unused.is_empty() {
        text.push_str(&aside(&format!("not read: {}", listed(unused))));
    }
    text
}

fn write(output: &OutputPlan, verbose: bool) -> String {
    let mut facts = vec![output.kind.clone(), plural(output.columns.len(), "column")];
    if let Some((stage, port)) = &output.port {
        facts.push(format!("port {} of {}", plain(port), plain(stage)));
    }
    let mut text = format!("  write {}: {}\n", plain(&output.url), facts.join(", "));
    // Those of the job's own output are known from its stages.
    if verbose || output.port.is_some() {
        text.push_str(&columns(&output.columns));
    }
    text
}
