//! From an object, folder or glob to the objects that are read: the rules are those for files of this machine.

use glob::{MatchOptions, Pattern};

use crate::{
    bucket::{Bucket, Object},
    error::Error,
};

const GLOB: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

impl Bucket {
    /// The objects that `key` names, sorted by key: one object, those in a folder and below it that end in one of
    /// `extensions`, or those that a glob matches. What is hidden or begins with `_` is passed over in folders.
    pub async fn find(&self, key: &str, extensions: &[&str]) -> Result<Vec<Object>, Error> {
        let none = |why: String| Error::NoInput { location: self.location(key), why };
        let endings = || extensions.iter().map(|known| format!("*.{known}")).collect::<Vec<_>>().join(", ");
        if !key.is_empty() {
            match self.head(key).await {
                Ok(object) => return Ok(vec![object]),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let is_glob = key.contains(['*', '?', '[']);
        // Only stores have lists.
        if self.multipart.is_none() {
            let why = if is_glob || key.is_empty() {
                "is no single file, and a web server lists none"
            } else {
                "is not there"
            };
            return Err(none(why.to_owned()));
        }
        let below = self.list_current(key).await?;
        if !below.is_empty() {
            let found = sorted(below.into_iter().filter(|object| is_seen(&object.key, key, extensions)));
            return if found.is_empty() {
                Err(none(format!("is a folder without {}", endings())))
            } else {
                Ok(found)
            };
        }
        if !is_glob {
            return Err(none("is not there".to_owned()));
        }
        let pattern = Pattern::new(key).map_err(|why| none(format!("is no glob: {why}")))?;
        let candidates = self.list_current(fixed_folder(key)).await?;
        let found = sorted(candidates.into_iter().filter(|object| {
            (pattern.matches_with(&object.key, GLOB) && !is_dotted(&object.key, key) && !is_marker(object))
                || folders(&object.key).any(|folder| {
                    pattern.matches_with(folder, GLOB) && is_seen(&object.key, folder, extensions)
                })
        }));
        if found.is_empty() { Err(none("matches no object".to_owned())) } else { Ok(found) }
    }
}

fn sorted(objects: impl Iterator<Item = Object>) -> Vec<Object> {
    let mut objects = objects.collect::<Vec<_>>();
    objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    objects
}

/// The folder that all matches of a glob are in: what is before the first part with a wildcard.
fn fixed_folder(glob: &str) -> &str {
    let wildcard = glob.find(['*', '?', '[']).unwrap_or(glob.len());
    glob[..wildcard].rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `a` and `a/b` for `a/b/c`.
fn folders(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').map(|(end, _)| &key[..end])
}

/// Whether a dot hides a key which the glob does not name: `**` would match it.
fn is_dotted(key: &str, glob: &str) -> bool {
    let dotted = |path: &str| path.split('/').any(|part| part.starts_with('.'));
    dotted(key) && !dotted(glob)
}

/// Whether an object is there so that a console shows a folder.
fn is_marker(object: &Object) -> bool {
    object.bytes == 0 && object.key.rsplit('/').next().is_none_or(|name| !name.contains('.'))
}

/// Whether an object of a folder is one to read.
fn is_seen(key: &str, folder: &str, extensions: &[&str]) -> bool {
    let below = key.strip_prefix(folder).unwrap_or(key).trim_start_matches('/');
    let hidden = below.split('/').any(|part| part.starts_with(['.', '_']));
    let name = below.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    // An extension may have two parts: `csv.gz`. A name that is all ending has none.
    let ends =
        |known: &&str| name.strip_suffix(known).is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'));
    !hidden && extensions.iter().any(ends)
}
