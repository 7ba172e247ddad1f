//! Outputs that would overwrite each other, or an input.
//!
//! An output folder appears as a whole, so nothing else may lie in it, and it may lie in nothing that is read.

use std::path::{Component, Path};

use glob::Pattern;

use super::url::scheme;
use crate::{Job, Located, diagnostic::Problems};

/// Where a job reads or writes.
struct Place<'a> {
    url: &'a Located<String>,
    /// `s3://bucket`; empty for paths.
    store: &'a str,
    parts: Vec<String>,
}

pub(super) fn check(jobs: &[Job], problems: &mut Problems) {
    let outputs: Vec<Place<'_>> = jobs.iter().flat_map(outputs).map(Place::new).collect();
    let inputs: Vec<Place<'_>> = jobs.iter().filter_map(|job| job.source.url()).map(Place::new).collect();
    for (index, output) in outputs.iter().enumerate() {
        for earlier in &outputs[..index] {
            check_outputs(earlier, output, problems);
        }
        for input in &inputs {
            check_input(input, output, problems);
        }
    }
}

fn outputs(job: &Job) -> impl Iterator<Item = &Located<String>> {
    let ports = job.stages.iter().flat_map(|stage| stage.ports.values());
    let rejects = job.rejects.iter().map(|rejects| rejects.sink.url());
    ports.map(|sink| sink.url()).chain(rejects).chain([job.sink.url()])
}

fn check_outputs(earlier: &Place<'_>, output: &Place<'_>, problems: &mut Problems) {
    let message = if earlier.store != output.store {
        return;
    } else if earlier.parts == output.parts {
        format!("two outputs go to `{}`", output.url)
    } else if output.parts.starts_with(&earlier.parts) {
        format!("the output `{}` is inside the output `{}`", output.url, earlier.url)
    } else if earlier.parts.starts_with(&output.parts) {
        format!("the output `{}` is inside the output `{}`", earlier.url, output.url)
    } else {
        return;
    };
    problems.add(output.url.at, message, |problem| {
        problem.related(earlier.url.at, "the other output").help("give each output a folder of its own")
    });
}

fn check_input(input: &Place<'_>, output: &Place<'_>, problems: &mut Problems) {
    let meeting = input.meets(output);
    let help = match meeting {
        Meeting::Same => "to read what another job writes, use `source.job`",
        _ => "write to a folder of its own",
    };
    let message = match meeting {
        Meeting::None => return,
        Meeting::Same => format!("the output `{}` is also an input", output.url),
        Meeting::OutputInside => format!("the output `{}` is inside the input `{}`", output.url, input.url),
        Meeting::InputInside => format!("the input `{}` is inside the output `{}`", input.url, output.url),
    };
    problems.add(output.url.at, message, |problem| problem.related(input.url.at, "the input").help(help));
}

enum Meeting {
    None,
    Same,
    OutputInside,
    InputInside,
}

impl<'a> Place<'a> {
    fn new(url: &'a Located<String>) -> Self {
        match objects(url) {
            Some((store, key)) => Self { url, store, parts: key_parts(key) },
            None => Self { url, store: "", parts: parts(Path::new(&url.value)) },
        }
    }

    /// How this input, which may be a glob, lies to an output.
    fn meets(&self, output: &Place<'_>) -> Meeting {
        if self.store != output.store {
            return Meeting::None;
        }
        let mut written = output.parts.iter();
        for read in &self.parts {
            if read == "**" {
                return Meeting::OutputInside;
            }
            match written.next() {
                None => return Meeting::InputInside,
                Some(part) if !matches(read, part) => return Meeting::None,
                Some(_) => {}
            }
        }
        if written.next().is_some() { Meeting::OutputInside } else { Meeting::Same }
    }
}

fn matches(pattern: &str, part: &str) -> bool {
    pattern == part || Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(part))
}

/// `s3://bucket` and the key.
fn objects(url: &str) -> Option<(&str, &str)> {
    let bucket = scheme(url)?.len() + "://".len();
    let end = url[bucket..].find('/').map_or(url.len(), |slash| bucket + slash);
    Some(url.split_at(end))
}

fn key_parts(key: &str) -> Vec<String> {
    key.split('/').filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect()
}

/// The parts of the absolute path, `.` and `..` resolved in the text.
fn parts(path: &Path) -> Vec<String> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts
}
