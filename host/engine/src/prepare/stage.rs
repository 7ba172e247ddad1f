//! A stage, bound to the columns that come to it.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use etl_pipeline::{Diagnostic, Pipeline, Sink, Stage, nearest};
use etl_plugin::{BindRequest, Binding, CallError, CallErrorKind, Generation, Limits, NoContext};

use super::{PreparedStage, Preparing, grants, limits, request};
use crate::contract::Whose;
use crate::plan::Shape;

impl Preparing<'_> {
    pub(super) fn stage(&mut self, index: usize, stage: &Stage, input: SchemaRef) -> Option<PreparedStage> {
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

fn bind(generation: &Arc<Generation>, limits: &Limits, request: &BindRequest) -> Result<Binding, CallError> {
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
