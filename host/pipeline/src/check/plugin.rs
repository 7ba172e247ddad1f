//! Plugins.

use std::path::Path;

use super::{check_name, grants, limits, parsed, url};
use crate::{
    Limits, Located, Plugin, PluginLocation, Span, decode::decode, diagnostic::Problems, file::PluginEntry,
    syntax::Node,
};

pub(super) fn check(
    name: &str,
    at: Span,
    node: &Node<'_>,
    directory: &Path,
    problems: &mut Problems,
) -> Option<Plugin> {
    check_name("a plugin", name, at, problems);
    if name.contains('/') {
        problems.add(at, format!("the plugin name `{name}` has a slash in it"), |problem| {
            problem.help("`run` is `plugin/operation`: the slash ends the plugin's name")
        });
    }
    let entry: PluginEntry = decode(node, problems)?;
    let from = location(name, at, &entry, directory, problems);
    let digest = parsed(
        entry.digest.as_ref(),
        "digest",
        digest,
        "write `sha256:` and the 64 hexadecimal digits that `host plugin inspect` prints",
        problems,
    );
    Some(Plugin {
        name: name.to_owned(),
        at,
        from: from?,
        digest: digest.zip(entry.digest).map(|(value, text)| Located { value, at: text.at }),
        limits: limits::of_instance(&entry.limits, Limits::default(), problems),
        load: limits::of_loading(&entry.limits, problems),
        grants: grants::check(name, entry.grants, directory, problems),
    })
}

/// Where the component is: one of two keys says it.
fn location(
    name: &str,
    at: Span,
    entry: &PluginEntry,
    directory: &Path,
    problems: &mut Problems,
) -> Option<Located<PluginLocation>> {
    match (&entry.path, &entry.url) {
        (Some(path), None) if path.trim().is_empty() => {
            problems.add(path.at, format!("the path of plugin `{name}` is empty"), |problem| problem);
        }
        (Some(path), None) if url::scheme(path).is_some() => {
            problems.add(path.at, format!("the path of plugin `{name}` is a url"), |problem| {
                problem.help(format!("write `url = \"{path}\"`, and the `digest` that it must have"))
            });
        }
        (Some(path), None) => {
            return Some(path.clone().map(|path| PluginLocation::Path(directory.join(path))));
        }
        (None, Some(url)) if url::scheme(url).is_none_or(|scheme| scheme == "file") => {
            problems.add(url.at, format!("`{url}` is no url that a plugin is fetched from"), |problem| {
                problem.help("write `https://…` or `s3://…`; a file is named by `path`")
            });
        }
        (None, Some(url)) if entry.digest.is_none() => {
            problems.add(url.at, format!("plugin `{name}` comes from a url and has no `digest`"), |problem| {
                problem.label("what is there may change").help(
                    "add `digest = \"sha256:…\"`: `host plugin inspect` prints that of a file that you have looked at",
                )
            });
        }
        (None, Some(url)) => return Some(url.clone().map(PluginLocation::Url)),
        (Some(path), Some(url)) => {
            problems.add(url.at, format!("plugin `{name}` has a `path` and a `url`"), |problem| {
                problem.related(path.at, "the path").help("leave one of the two out")
            });
        }
        (None, None) => {
            problems.add(at, format!("plugin `{name}` has neither `path` nor `url`"), |problem| {
                problem.help(format!("write `path = \"plugins/{name}.wasm\"`"))
            });
        }
    }
    None
}

/// The digest in lower case.
fn digest(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").ok_or("it begins with `sha256:`")?;
    if let Some(other) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(format!("`{}` is no hexadecimal digit", other.escape_debug()));
    }
    match digits.len() {
        64 => Ok(text.to_lowercase()),
        count => Err(format!("{count} digits, not 64")),
    }
}
