//! From the form of a pipeline file to its meaning, without executing anything.

mod contract;
mod grants;
mod job;
mod limits;
mod order;
mod overlap;
mod plugin;
mod rejects;
mod sink;
mod source;
mod url;

use crate::{
    Located, Pipeline, Span,
    decode::decode,
    diagnostic::Problems,
    file::File,
    pipeline,
    syntax::{self, Node},
    units,
};

/// Checks the whole tree, and reports all that is wrong with it.
pub(crate) fn check(root: &Node<'_>, problems: &mut Problems) -> Option<Pipeline> {
    let file: Option<File> = decode(root, problems);
    if let Some(file) = &file {
        check_name("the pipeline", &file.name, file.name.at, problems);
    }

    let plugins = syntax::get(root, "plugins");
    let plugin_names: Vec<&str> = syntax::entries(plugins).map(|(name, ..)| name).collect();
    let directory = pipeline::directory(problems.document.path()).to_owned();
    let checked_plugins = syntax::entries(plugins)
        .filter_map(|(name, at, node)| plugin::check(name, at, node, &directory, problems))
        .map(|plugin| (plugin.name.clone(), plugin))
        .collect();

    let jobs = syntax::get(root, "jobs");
    let job_names: Vec<&str> = syntax::entries(jobs).map(|(name, ..)| name).collect();
    if let Some(jobs) = jobs.filter(|jobs| jobs.get_ref().is_table() && job_names.is_empty()) {
        problems
            .add(jobs.span().into(), "a pipeline needs a job", |problem| problem.help("add `[jobs.NAME]`"));
    }
    let names = job::Names { plugins: &plugin_names, jobs: &job_names, limits: &checked_plugins };
    let checked_jobs: Vec<_> = syntax::entries(jobs)
        .filter_map(|(name, at, node)| job::check(name, at, node, &names, problems))
        .collect();

    let mut size = |what, text: Option<&Located<String>>| {
        parsed(text, what, units::bytes, "write it like \"256MiB\" or \"2GiB\"", problems)
    };
    let memory = size("size", file.as_ref().and_then(|file| file.memory.as_ref()));
    let max_spill = size("size", file.as_ref().and_then(|file| file.max_spill.as_ref()));
    overlap::check(&checked_jobs, problems);
    let jobs = order::in_running_order(checked_jobs, problems);

    Some(Pipeline {
        name: file?.name.value,
        plugins: checked_plugins,
        jobs,
        memory,
        max_spill,
        document: problems.document.clone(),
    })
}

/// A name has something in it.
fn check_name(whose: &str, name: &str, at: Span, problems: &mut Problems) {
    if name.trim().is_empty() {
        problems.add(at, format!("{whose} needs a name"), |problem| problem.label("nothing in it"));
    }
}

/// Parses a value, and reports it where that fails.
fn parsed<T>(
    text: Option<&Located<String>>,
    what: &str,
    parse: impl Fn(&str) -> Result<T, String>,
    help: &str,
    problems: &mut Problems,
) -> Option<T> {
    let text = text?;
    match parse(text) {
        Ok(value) => Some(value),
        Err(label) => {
            problems.add(text.at, format!("bad {what} `{}`", text.escape_debug()), |problem| {
                problem.label(label).help(help)
            });
            None
        }
    }
}
