//! Jobs and their stages.

use indexmap::IndexMap;

use super::{check_name, contract, limits, rejects, sink, source};
use crate::{
    Config, Job, Limits, Located, Plugin, Span, Stage, StageRef,
    decode::decode,
    diagnostic::Problems,
    file::{JobEntry, StageEntry},
    suggest,
    syntax::{self, Node},
};

/// What a job may refer to. The names include those of plugins and jobs that have problems of their own.
pub(super) struct Names<'a> {
    pub(super) plugins: &'a [&'a str],
    pub(super) jobs: &'a [&'a str],
    pub(super) limits: &'a IndexMap<String, Plugin>,
}

pub(super) fn check(
    name: &str,
    at: Span,
    node: &Node<'_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Option<Job> {
    check_name("a job", name, at, problems);
    let form: Option<JobEntry> = decode(node, problems);
    let source =
        syntax::get(node, "source").and_then(|node| source::source(node, name, names.jobs, problems));
    let sink = syntax::get(node, "sink").and_then(|node| sink::sink("sink", node, problems));
    let stages: Vec<Stage> = syntax::elements(syntax::get(node, "stages"))
        .filter_map(|node| stage(node, names, problems))
        .collect();
    check_unique(&stages, problems);
    let contract = contract::contract(node, problems);
    let rejects = rejects::rejects(node, form.as_ref(), problems);
    let form = form?;
    let job = Job { name: name.to_owned(), at, source: source?, stages, sink: sink?, contract, rejects };
    // One that says how many it rejects, and not where to, has been told so.
    if form.max_rejects.is_none() {
        rejects::check(&job, problems);
    }
    Some(job)
}

fn stage(node: &Node<'_>, names: &Names<'_>, problems: &mut Problems) -> Option<Stage> {
    let entry: Option<StageEntry> = decode(node, problems);
    let ports: IndexMap<_, _> = syntax::entries(syntax::get(node, "ports"))
        .filter_map(|(port, at, node)| {
            check_name("a port", port, at, problems);
            let value = sink::sink(&format!("ports.{port}"), node, problems)?;
            Some((port.to_owned(), Located { value, at }))
        })
        .collect();
    let contract = contract::contract(node, problems);
    let without = entry.as_ref().map_or_else(|| node.span().into(), |entry| entry.run.at);
    let with = Config::read(syntax::get(node, "with"), without, problems);

    let entry = entry?;
    check_name("a stage", &entry.name, entry.name.at, problems);
    let run = stage_ref(&entry.run, names, problems)?;
    let base = names.limits.get(&run.plugin).map_or_else(Limits::default, |plugin| plugin.limits);
    let tolerance = rejects::tolerance(&entry);
    rejects::check_stage(&tolerance, problems);
    let limits = entry.limits.map(|limits| {
        limits::refuse_loading(&limits, &run.plugin, problems);
        limits::of_instance(&limits, base, problems)
    });
    Some(Stage {
        name: entry.name.value,
        at: entry.name.at,
        run: Located { value: run, at: entry.run.at },
        with,
        ports,
        contract,
        tolerance,
        limits,
    })
}

fn stage_ref(run: &Located<String>, names: &Names<'_>, problems: &mut Problems) -> Option<StageRef> {
    let Some((plugin, operation)) = run.split_once('/').filter(|(plugin, operation)| {
        !plugin.trim().is_empty() && !operation.trim().is_empty() && !operation.contains('/')
    }) else {
        problems.add(run.at, format!("`{run}` does not name an operation"), |problem| {
            problem.help("write `plugin/operation`, such as `clean/drop-columns`")
        });
        return None;
    };
    if !names.plugins.contains(&plugin) {
        let help = suggest::help("plugins", plugin, names.plugins.iter().copied()).unwrap_or_else(|| {
            format!("add `{plugin} = {{ path = \"plugins/{plugin}.wasm\" }}` under `[plugins]`")
        });
        problems.add(run.at, format!("unknown plugin `{plugin}`"), |problem| problem.help(help));
    }
    Some(StageRef { plugin: plugin.to_owned(), operation: operation.to_owned() })
}

fn check_unique(stages: &[Stage], problems: &mut Problems) {
    for (index, stage) in stages.iter().enumerate() {
        if let Some(first) = stages[..index].iter().find(|first| first.name == stage.name) {
            problems.add(stage.at, format!("two stages are called `{}`", stage.name), |problem| {
                problem
                    .related(first.at, "the first")
                    .help("a stage's name is its span's name in the trace: give each its own")
            });
        }
    }
}
