//! `host check`: all that can be found wrong without running.

use std::sync::Arc;

use etl_engine::Engine;
use etl_pipeline::Pipeline;
use serde::Serialize;

use super::args::CheckArgs;
use super::error::Result;
use super::exit::Exit;
use super::printer::Printer;
use super::text::{GOOD, plural, styled};

/// What a valid pipeline is.
#[derive(Debug, Serialize)]
struct Valid {
    status: &'static str,
    pipeline: String,
    file: String,
    jobs: usize,
    stages: usize,
    plugins: usize,
    /// Always empty; there so that this document and that of a pipeline that is not valid read alike.
    diagnostics: [(); 0],
}

/// Checks the pipeline, its plugins, and every stage against the columns that come to it.
pub(crate) fn execute(args: &CheckArgs, printer: Printer) -> Result<Exit> {
    let pipeline = Arc::new(args.pipeline.load()?);
    let engine = Engine::new(&args.cache.engine()?)?;
    engine.prepare(&pipeline, &args.pipeline.options())?;
    let valid = Valid::of(&pipeline, args.pipeline.job.as_deref());
    printer.report(&valid, || valid.text())?;
    Ok(Exit::Success)
}

impl Valid {
    fn of(pipeline: &Pipeline, job: Option<&str>) -> Self {
        let jobs = || pipeline.jobs.iter().filter(|candidate| job.is_none_or(|job| job == candidate.name));
        Self {
            status: "valid",
            pipeline: pipeline.name.clone(),
            file: pipeline.path().display().to_string(),
            jobs: jobs().count(),
            stages: jobs().map(|job| job.stages.len()).sum(),
            plugins: pipeline.plugins.len(),
            diagnostics: [],
        }
    }

    fn text(&self) -> String {
        let [jobs, stages, plugins] = [(self.jobs, "job"), (self.stages, "stage"), (self.plugins, "plugin")]
            .map(|(n, what)| plural(n, what));
        format!("{} is {}: {jobs}, {stages}, {plugins}\n", self.file, styled(GOOD, "valid"))
    }
}
