//! What a plugin gets of the machine.

use std::path::Path;

use super::url;
use crate::{
    Folder, Grants, Located, Span,
    diagnostic::Problems,
    file::{FolderEntry, GrantsEntry},
};

pub(super) fn check(plugin: &str, entry: GrantsEntry, directory: &Path, problems: &mut Problems) -> Grants {
    let GrantsEntry { clocks, random, env, files, stdio, wasi } = entry;
    let env = env.map(|env| {
        env.iter().for_each(|(name, value)| check_variable(name, value, problems));
        env.into_iter().map(|(name, value)| (name, value.value)).collect()
    });
    let files = files.map(|files| folders(plugin, files, directory, problems));
    Grants { clocks, random, env, files, stdio, wasi }
}

fn check_variable(name: &str, value: &Located<String>, problems: &mut Problems) {
    if name.is_empty() || name.contains(['=', '\0']) {
        problems.add(value.at, format!("`{}` is no name of a variable", name.escape_debug()), |problem| {
            problem.help("write `NAME = \"value\"`, or `NAME = \"${env:NAME}\"` for the host's own")
        });
    }
}

fn folders(
    plugin: &str,
    entries: Vec<FolderEntry>,
    directory: &Path,
    problems: &mut Problems,
) -> Vec<Folder> {
    let mut seen: Vec<(String, Span)> = Vec::new();
    let mut folder = |entry: FolderEntry| {
        let FolderEntry { path, at, write } = entry;
        if path.trim().is_empty() || url::scheme(&path).is_some() {
            problems.add(
                path.at,
                format!("`{path}` is no folder that plugin `{plugin}` can be given"),
                |p| p.help("write a path, relative to pipeline.toml"),
            );
        }
        if let Some(label) = bad_place(&at) {
            problems.add(at.at, format!("plugin `{plugin}` cannot see a folder at `{at}`"), |problem| {
                problem.label(label).help("write it like \"/data\"")
            });
        }
        if let Some((_, first)) = seen.iter().find(|(place, _)| *place == at.value) {
            problems.add(at.at, format!("two folders at `{at}`"), |problem| {
                problem.related(*first, "the first").help("give each its own place")
            });
        }
        seen.push((at.value.clone(), at.at));
        Folder { path: path.map(|path| directory.join(path)), at: at.value, write }
    };
    entries.into_iter().map(&mut folder).collect()
}

/// What is wrong with the place where a plugin is to see a folder.
fn bad_place(at: &str) -> Option<&'static str> {
    if !at.starts_with('/') {
        return Some("it begins with `/`");
    }
    let odd = at.split('/').skip(1).any(|part| matches!(part, "" | "." | "..")) && at != "/";
    odd.then_some("it has an empty part, `.` or `..`")
}
