//! All that can be done without running: plugins loaded, sources opened, stages bound.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use etl_pipeline::{Diagnostic, Diagnostics, Job, Pipeline, Sink, Source as SourceSpec, Stage, nearest};
use etl_plugin::{BindRequest, Binding, CallError, CallErrorKind, Generation, Limits, NoContext, Runtime};

use crate::RunOptions;
use crate::contract::{self, Whose};
use crate::lineage::{Lineage, needed};
use crate::memory::{Memory, available};
use crate::objects::{Access, Objects, Requests};
use crate::options::MAX_SPILL;
use crate::plan::Shape;
use crate::rejects::SCHEMA as REJECTS;
use crate::replay::{self, Point};
use crate::sink;
use crate::source::{Source, SourceError, open, open_written};

mod grants;
mod limits;
mod plugins;
mod request;
mod told;
mod tolerance;

pub(crate) use request::request;

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

/// What a job reads.
#[derive(Debug)]
pub(crate) enum Input {
    /// Files that are there.
    Open { url: String, source: Arc<dyn Source>, requests: Arc<Requests> },
    /// What a job of the same run writes before.
    Written { job: String, sink: Sink, schema: SchemaRef },
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

impl Input {
    pub(crate) fn schema(&self) -> &SchemaRef {
        match self {
            Self::Open { source, .. } => source.schema(),
            Self::Written { schema, .. } => schema,
        }
    }
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

    /// A replay does not take the place of another one, which may have had other rows, unless it is told where to go.
    fn check_replay(&mut self, job: &Job) {
        let named = self.options.replay.as_ref().is_none_or(|replay| replay.suffix.is_some());
        if named || open_written(&job.sink, &Access::new(self.objects)).is_err() {
            return;
        }
        let message = format!(
            "job `{}`: {} is there: rows of that run have been replayed",
            job.name, job.sink.url.value
        );
        let help = "replay what was rejected again; or say with `--suffix` where this goes, or delete that";
        self.problems.push(self.pipeline.diagnostic(&job.sink.url.at, message).help(help));
    }

    /// What the outputs can't hold is reported.
    fn check_outputs(&mut self, job: &Job, input: &Input, stages: &[Arc<PreparedStage>]) {
        let last = stages.last().map_or_else(|| input.schema(), |stage| &stage.binding.outputs[0]);
        let ports = stages.iter().flat_map(|stage| stage.ports.iter().zip(&stage.binding.outputs[1..]));
        let ports = ports.filter_map(|(port, schema)| port.as_ref().map(|(_, sink)| (sink, schema)));
        let rejects = job.rejects.as_ref().map(|rejects| (&rejects.sink, &*REJECTS));
        let access = Access::new(self.objects);
        for (sink, schema) in ports.chain([(&job.sink, last)]).chain(rejects) {
            if let Err(error) = access.target(&sink.url) {
                let problem = self.pipeline.diagnostic(&sink.url.at, format!("job `{}`: {error}", job.name));
                self.problems.push(problem.maybe_help(error.hint()));
            }
            for unfit in sink::check(sink, schema) {
                let problem =
                    self.pipeline.diagnostic(&unfit.at, format!("job `{}`: {}", job.name, unfit.message));
                self.problems.push(problem.maybe_help(unfit.hint));
            }
        }
    }

    fn input(&mut self, job: &Job, before: &[PreparedJob]) -> Option<Input> {
        let access = Access::new(self.objects);
        let (url, source) = match &job.source {
            SourceSpec::Job(name) => {
                let written = before.iter().find(|job| job.job.name == **name);
                if let Some(written) = written {
                    let sink = written.job.sink.clone();
                    let schema = sink::read_schema(&sink, written.output());
                    return Some(Input::Written { job: name.value.clone(), sink, schema });
                }
                // A job before this one that can't be prepared has been reported: that is enough.
                self.options.job.as_ref()?;
                let writer = self.pipeline.jobs.iter().find(|job| job.name == **name)?;
                let opened = open_written(&writer.sink, &access);
                if let Err(SourceError::NoInput { url, .. }) = &opened {
                    let message =
                        format!("job `{}` reads what job `{name}` writes, and {url} is not there", job.name);
                    let help = format!("run job `{name}` first, or all jobs: leave out `--job`");
                    self.problems.push(self.pipeline.diagnostic(&name.at, message).help(help));
                    return None;
                }
                (&writer.sink.url, opened)
            }
            source => (source.url()?, open(source, &access)?),
        };
        match source {
            Ok(source) => Some(Input::Open {
                url: url.value.clone(),
                source: Arc::from(source),
                requests: access.requests,
            }),
            Err(error) => {
                let problem = self.pipeline.diagnostic(&url.at, format!("job `{}`: {error}", job.name));
                self.problems.push(problem.maybe_help(error.hint()));
                None
            }
        }
    }

    fn stage(&mut self, index: usize, stage: &Stage, input: SchemaRef) -> Option<PreparedStage> {
        let generation = Arc::clone(self.plugins.get(stage.run.plugin.as_str())?);
        let ports = self.ports(stage, &generation)?;
        let limits = limits::of_instance(&limits::told(self.pipeline, stage));
        let request = request(stage, &input, self.options, None);
        match bind(&generation, &limits, &request) {
            Ok(binding) if binding.outputs.len() != ports.len() + 1 => {
                let (found, expected) = (binding.outputs.len(), ports.len() + 1);
                let message = format!(
                    "stage `{}`: the plugin broke its contract in `bind`: it has {expected} output ports, and gave \
                     schemas for {found}",
                    stage.name
                );
                self.problems.push(self.pipeline.diagnostic(&stage.run.at, message));
                None
            }
            Ok(binding) => {
                let shape = Shape::of(&binding);
                let mut lineage = self.lineage(stage, &input, &binding, shape)?;
                let contract = match &stage.contract {
                    Some(contract) => {
                        let whose = Whose::Stage(stage.name.as_str().into());
                        Some(self.contract(&whose, contract, &binding.outputs[0])?)
                    }
                    None => None,
                };
                lineage.one_to_one &= !contract.as_ref().is_some_and(|contract| contract.rejects());
                // Rows that come in behind it are not observed before it.
                lineage.one_to_one &= self.options.replay.is_none();
                let stage = stage.clone();
                Some(PreparedStage {
                    index,
                    stage,
                    generation,
                    limits,
                    input,
                    binding,
                    lineage,
                    shape,
                    contract,
                    ports,
                })
            }
            Err(error) => {
                self.problems.push(bind_problem(self.pipeline, stage, &error));
                None
            }
        }
    }

    /// Where the output ports go; `None` where the operation or a port is not there, which is reported.
    fn ports(&mut self, stage: &Stage, generation: &Generation) -> Option<Vec<Option<(String, Sink)>>> {
        let manifest = generation.manifest();
        let Some(operation) = manifest.operation(&stage.run.operation) else {
            let (plugin, name) = (&stage.run.plugin, &stage.run.operation);
            let names = manifest.operations.iter().map(|operation| operation.name.as_str());
            let help = nearest(name, names.clone()).map_or_else(
                || {
                    format!(
                        "it offers {}",
                        names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    )
                },
                |near| format!("did you mean `{plugin}/{near}`?"),
            );
            let message = format!("plugin `{plugin}` has no operation `{name}`");
            self.problems.push(self.pipeline.diagnostic(&stage.run.at, message).help(help));
            return None;
        };
        if operation.inputs.len() != 1 {
            let message =
                format!("`{}` has {} inputs, and a stage has one", *stage.run, operation.inputs.len());
            self.problems.push(self.pipeline.diagnostic(&stage.run.at, message));
            return None;
        }
        let others = operation.outputs.get(1..).unwrap_or_default();
        let unknown = stage.ports.iter().find(|(name, _)| !others.contains(name));
        if let Some((name, sink)) = unknown {
            let help = match (nearest(name, others.iter().map(String::as_str)), others) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, []) => "its rows go to the next stage only".to_owned(),
                (None, ports) => format!("its ports are {}", ports.join(", ")),
            };
            let message = format!("`{}` has no output port `{name}`", *stage.run);
            self.problems.push(self.pipeline.diagnostic(&sink.at, message).help(help));
            return None;
        }
        let sink = |port: &String| stage.ports.get(port).map(|sink| (port.clone(), sink.value.clone()));
        Some(others.iter().map(sink).collect())
    }
}

pub(crate) fn bind(
    generation: &Arc<Generation>,
    limits: &Limits,
    request: &BindRequest,
) -> Result<Binding, CallError> {
    generation.instantiate(&request.operation, limits)?.bind(request, Box::new(NoContext)).result
}

/// How to mend a call that failed, where its kind says it.
pub(crate) fn hint(error: &CallError) -> Option<String> {
    limits::hint(error).or_else(|| grants::hint(error))
}

fn bind_problem(pipeline: &Pipeline, stage: &Stage, error: &CallError) -> Diagnostic {
    let name = &stage.name;
    let (at, hint) = match &error.kind {
        CallErrorKind::Guest(guest) => {
            let at = match guest.detail("config-path") {
                // A key that should not be there is the key's fault, not its value's.
                Some(path) if guest.message.contains("unknown key") => stage.with.key_at(path),
                Some(path) => stage.with.at(path),
                None => stage.run.at,
            };
            (at, guest.detail("hint"))
        }
        _ => (stage.run.at, None),
    };
    let hint = hint.map(ToOwned::to_owned).or_else(|| self::hint(error));
    let problem = pipeline.diagnostic(&at, format!("stage `{name}`: {error}"));
    problem.maybe_help(hint)
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
