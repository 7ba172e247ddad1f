//! All that can be done without running: plugins loaded, sources opened, stages bound.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use etl_pipeline::{Diagnostic, Diagnostics, Job, Pipeline, Sink, Stage};
use etl_plugin::{Binding, Generation, Limits, Runtime};

use crate::RunOptions;
use crate::contract::{self, Whose};
use crate::lineage::{Lineage, needed};
use crate::memory::{Memory, available};
use crate::objects::Objects;
use crate::options::MAX_SPILL;
use crate::plan::Shape;
use crate::replay::{self, Point};

mod grants;
mod input;
mod limits;
mod outputs;
mod plugins;
mod request;
mod stage;
mod told;
mod tolerance;

pub(crate) use input::Input;
pub(crate) use request::request;
pub(crate) use stage::hint;

/// A pipeline that is ready to run.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) options: RunOptions,
    pub(crate) objects: Arc<Objects>,
    pub(crate) jobs: Vec<PreparedJob>,
}

/// A job that is ready to run.
#[derive(Debug)]
pub(crate) struct PreparedJob {
    pub(crate) job: Job,
    pub(crate) input: Input,
    /// What the source's rows must be like.
    pub(crate) contract: Option<Arc<contract::Prepared>>,
    pub(crate) stages: Vec<Arc<PreparedStage>>,
    /// Per point of the job, which columns matter.
    pub(crate) needed: Vec<Vec<bool>>,
    /// What comes in place of the source's rows.
    pub(crate) replay: Option<replay::Prepared>,
}

/// A stage that is ready to run.
#[derive(Debug)]
pub(crate) struct PreparedStage {
    /// Its place in the job.
    pub(crate) index: usize,
    pub(crate) stage: Stage,
    pub(crate) generation: Arc<Generation>,
    pub(crate) limits: Limits,
    /// The columns that go in.
    pub(crate) input: SchemaRef,
    pub(crate) binding: Binding,
    pub(crate) lineage: Lineage,
    pub(crate) shape: Shape,
    /// What the rows must be like that come out.
    pub(crate) contract: Option<Arc<contract::Prepared>>,
    /// Where each output port but the first goes, in the order of the ports.
    pub(crate) ports: Vec<Option<(String, Sink)>>,
}

impl PreparedJob {
    /// The columns before stage `point`, or after the last.
    pub(crate) fn schema_at(&self, point: usize) -> &SchemaRef {
        match point.checked_sub(1) {
            None => self.input.schema(),
            Some(before) => &self.stages[before].binding.outputs[0],
        }
    }

    pub(crate) fn output(&self) -> &SchemaRef {
        self.schema_at(self.stages.len())
    }

    /// The columns that matter before stage `point`.
    pub(crate) fn needed_at(&self, point: usize) -> Vec<usize> {
        (0..self.schema_at(point).fields().len()).filter(|column| self.needed[point][*column]).collect()
    }

    /// The columns of the source that matter.
    pub(crate) fn reads(&self) -> Vec<usize> {
        self.needed_at(0)
    }

    /// Where the first rows come in.
    pub(crate) fn begins_at(&self) -> Point {
        self.replay.as_ref().and_then(replay::Prepared::first).unwrap_or(Point::Contract(0))
    }
}

pub(crate) fn prepare(
    runtime: &Arc<Runtime>,
    objects: &Arc<Objects>,
    pipeline: &Arc<Pipeline>,
    options: &RunOptions,
) -> Result<Prepared, Diagnostics> {
    let mut preparing =
        Preparing { runtime, objects, pipeline, options, plugins: HashMap::new(), problems: Vec::new() };
    let jobs = match &options.job {
        Some(name) => vec![pipeline.job(name)?],
        None => pipeline.jobs.iter().collect(),
    };
    preparing.load_plugins();
    let mut prepared: Vec<PreparedJob> = Vec::new();
    for job in jobs {
        if let Some(job) = preparing.job(job, &prepared) {
            prepared.push(job);
        }
    }
    match Diagnostics::new(preparing.problems) {
        Some(problems) => Err(problems),
        None => Ok(Prepared {
            pipeline: Arc::clone(pipeline),
            options: options.clone(),
            objects: Arc::clone(objects),
            jobs: prepared,
        }),
    }
}

struct Preparing<'a> {
    runtime: &'a Arc<Runtime>,
    objects: &'a Arc<Objects>,
    pipeline: &'a Arc<Pipeline>,
    options: &'a RunOptions,
    plugins: HashMap<&'a str, Arc<Generation>>,
    problems: Vec<Diagnostic>,
}

impl Preparing<'_> {
    /// A job, unless something is wrong with it, which is reported then.
    fn job(&mut self, job: &Job, before: &[PreparedJob]) -> Option<PreparedJob> {
        let beside = self.options.replay.as_ref().map(|replay| replay.beside(job, self.pipeline)).transpose();
        let beside = beside.map_err(|problem| self.problems.push(problem)).ok()?;
        let job = beside.as_ref().unwrap_or(job);
        self.check_replay(job);
        let input = self.input(job, before)?;
        let mut stages: Vec<Arc<PreparedStage>> = Vec::new();
        for (index, stage) in job.stages.iter().enumerate() {
            let schema = stages.last().map_or_else(|| input.schema(), |stage| &stage.binding.outputs[0]);
            let prepared = self.stage(index, stage, Arc::clone(schema))?;
            stages.push(Arc::new(prepared));
        }
        self.check_outputs(job, &input, &stages);
        let points =
            std::iter::once(input.schema()).chain(stages.iter().map(|stage| &stage.binding.outputs[0]));
        let columns = points.map(|schema| schema.fields().len()).collect::<Vec<_>>();
        let contract = match &job.contract {
            Some(contract) => Some(self.contract(&Whose::Source, contract, input.schema())?),
            None => None,
        };
        let contracts = std::iter::once(&contract).chain(stages.iter().map(|stage| &stage.contract));
        let checked = contracts.map(|contract| contract.iter().flat_map(|checks| checks.reads()).collect());
        let checked = checked.collect::<Vec<_>>();
        let lineages = stages.iter().map(|stage| &stage.lineage).collect::<Vec<_>>();
        let needed = needed(&lineages, &columns, &checked);
        let mut prepared = PreparedJob { job: job.clone(), input, contract, stages, needed, replay: None };
        if let Some(replay) = &self.options.replay {
            let replay = replay::Prepared::new(replay, self.pipeline, &prepared);
            prepared.replay = Some(replay.map_err(|problem| self.problems.push(problem)).ok()?);
        }
        Some(prepared)
    }
}

impl Prepared {
    /// What a job of this run may use of memory and disk.
    pub(crate) fn memory(&self) -> datafusion_common::Result<Memory> {
        let (options, pipeline) = (&self.options, &self.pipeline);
        let folder = options.spill_folder.clone().unwrap_or_else(std::env::temp_dir);
        let limit = options.memory.or(pipeline.memory).unwrap_or_else(available);
        Memory::new(limit, options.max_spill.or(pipeline.max_spill).unwrap_or(MAX_SPILL), &folder)
    }
}
