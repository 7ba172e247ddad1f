//! `host plan`: what a run would do.

mod changes;
mod limits;

use std::sync::Arc;

use etl_engine::{Engine, FilePlan, JobPlan, OutputPlan, PipelinePlan, SourcePlan};
use serde::Serialize;

pub(super) use self::changes::Changes;
use self::changes::{aside, changes, columns, listed};
use self::limits::limits;
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
    let engine = Engine::new(&args.cache.engine()?)?;
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
    let title = styled(STRONG, &format!("job {}", plain(&job.name)));
    let mut text = vec![format!("{title}\n"), read(&job.source, verbose)];
    let names = job.stages.iter().map(|stage| width(&plain(&stage.name))).max().unwrap_or_default();
    let runs = job.stages.iter().map(|stage| width(&stage.run)).max().unwrap_or_default();
    let mut before = &job.source.columns;
    for stage in &job.stages {
        let (name, run, shape) = (plain(&stage.name), &stage.run, stage.shape.as_str());
        text.push(format!("  {name:names$}  {}\n", styled(FAINT, &format!("{run:runs$}  {shape}"))));
        if verbose {
            text.push(aside(&format!("digest {}", stage.digest)));
            text.push(aside(&format!("reads {}", listed(stage.reads.iter().map(String::as_str)))));
            text.push(aside(&limits(&stage.limits)));
        }
        text.push(changes(before, &stage.columns));
        before = &stage.columns;
    }
    text.extend(job.outputs.iter().map(|output| write(output, verbose)));
    text.concat()
}

fn read(source: &SourcePlan, verbose: bool) -> String {
    let mut facts = vec![source.kind.clone()];
    facts.extend(source.job.as_ref().map(|job| format!("written by job {}", plain(job))));
    if source.job.is_none() || !source.files.is_empty() {
        let size = source.files.iter().map(|file| file.bytes).sum();
        facts.push(format!("{}, {}", plural(source.files.len(), "file"), format::bytes(size)));
    }
    let used = source.reads.len();
    let all = plural(source.columns.len(), "column");
    facts.push(if used == source.columns.len() { all } else { format!("{used} of {all} read") });

    let mut text = vec![format!("  read {}: {}\n", plain(&source.url), facts.join(", "))];
    if verbose {
        let file =
            |file: &FilePlan| aside(&format!("{}, {}", file.path.display(), format::bytes(file.bytes)));
        text.extend(source.files.iter().map(file));
    }
    text.push(columns(&source.columns));
    let names = source.columns.iter().map(|column| &column.name);
    let unused = names.filter(|name| !source.reads.contains(name)).map(String::as_str).collect::<Vec<_>>();
    if !unused.is_empty() {
        text.push(aside(&format!("not read: {}", listed(unused))));
    }
    text.concat()
}

fn write(output: &OutputPlan, verbose: bool) -> String {
    let mut facts = vec![output.kind.clone(), plural(output.columns.len(), "column")];
    if let Some((stage, port)) = &output.port {
        facts.push(format!("port {} of {}", plain(port), plain(stage)));
    }
    let line = format!("  write {}: {}\n", plain(&output.url), facts.join(", "));
    // Those of the job's own output are known from its stages.
    let known = output.port.is_none() && !verbose;
    if known { line } else { line + &columns(&output.columns) }
}
