//! Plugins.

use std::path::Path;

use super::{check_name, grants, limits, parsed, url};
use crate::{
    Limits, Located, Plugin, Span,
    decode::decode,
    diagnostic::Problems,
    file::PluginEntry,
    syntax::{self, Node},
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
    if let Some(url) = syntax::get(node, "url") {
        refuse_url(name, url.span().into(), problems);
        return None;
    }
    let entry: PluginEntry = decode(node, problems)?;
    if entry.path.trim().is_empty() {
        problems.add(entry.path.at, format!("the path of plugin `{name}` is empty"), |problem| problem);
    } else if url::scheme(&entry.path).is_some() {
        refuse_url(name, entry.path.at, problems);
    }
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
        path: entry.path.map(|path| directory.join(path)),
        digest: digest.zip(entry.digest).map(|(value, text)| Located { value, at: text.at }),
        limits: limits::of_instance(&entry.limits, Limits::default(), problems),
        load: limits::of_loading(&entry.limits, problems),
        grants: grants::check(name, entry.grants, directory, problems),
    })
}

fn refuse_url(name: &str, at: Span, problems: &mut Problems) {
    problems.add(at, format!("plugin `{name}` is loaded from a url"), |problem| {
        problem
            .label("this version loads plugins from files only")
            .help(format!("fetch it, and write `path = \"plugins/{name}.wasm\"`"))
    });
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
