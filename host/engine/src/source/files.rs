//! From a path, folder or glob, of this machine or of a store, to the files that are read.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use glob::MatchOptions;

use super::{
    SourceError,
    input::{InputFile, Remote},
};
use crate::objects::{Access, Place};

/// The files that `url` names, sorted by path: one file, those in a folder and its subfolders that
/// end in one of `extensions`, or those that a glob matches. What is hidden or begins with `_` is
/// passed over in folders, as outputs under way are.
pub(super) fn find(url: &str, extensions: &[&str], access: &Access) -> Result<Arc<[InputFile]>, SourceError> {
    if let Some(Place { bucket, key, patience }) = access.place(url)? {
        let objects = patience.wait(bucket.find(&key, extensions))?;
        let remote = |object| Remote { bucket: bucket.clone(), object, patience: patience.clone() };
        return Ok(objects.into_iter().map(remote).map(InputFile::remote).collect());
    }
    let path = Path::new(url.strip_prefix("file://").unwrap_or(url));
    let none = |why: String, hint: Option<String>| SourceError::NoInput { url: url.to_owned(), why, hint };
    let endings =
        || extensions.iter().map(|extension| format!("*.{extension}")).collect::<Vec<_>>().join(", ");
    let mut paths = Vec::new();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            walk(path, extensions, &mut paths)?;
            if paths.is_empty() {
                return Err(none(format!("is a folder without {}", endings()), None));
            }
        }
        Ok(_) => paths.push(path.to_owned()),
        Err(_) if url.contains(['*', '?', '[']) => {
            let pattern = path.to_string_lossy();
            let entries =
                glob::glob_with(&pattern, GLOB).map_err(|why| none(format!("is no glob: {why}"), None))?;
            matching(entries, extensions, &mut paths)?;
            if paths.is_empty() {
                return Err(none("matches no file".to_owned(), None));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let hint = Some("data paths are relative to the working directory".to_owned())
                .filter(|_| path.is_relative());
            return Err(none("is not there".to_owned(), hint));
        }
        Err(error) => return Err(SourceError::io(path, error)),
    }
    paths.sort_unstable();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| match fs::metadata(&path) {
            Ok(metadata) => Ok(InputFile::local(&path, metadata.len())),
            Err(error) => Err(SourceError::io(&path, error)),
        })
        .collect()
}

const GLOB: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files that a glob matches; of a folder that it matches, what is in it.
fn matching(entries: glob::Paths, extensions: &[&str], paths: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    for entry in entries {
        let path =
            entry.map_err(|error| SourceError::io(error.path(), std::io::Error::other(error.to_string())))?;
        if path.is_dir() {
            walk(&path, extensions, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

fn walk(folder: &Path, extensions: &[&str], paths: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let entries = fs::read_dir(folder).map_err(|error| SourceError::io(folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| SourceError::io(folder, error))?;
        let path = entry.path();
        if is_hidden(&entry.file_name()) {
            continue;
        }
        // Links to files are followed, links to folders are not: they may lead in a circle.
        let kind = entry.file_type().map_err(|error| SourceError::io(&path, error))?;
        if kind.is_dir() {
            walk(&path, extensions, paths)?;
        } else if has_extension(&path, extensions) && path.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_'))
}

/// An extension may have two parts: `csv.gz`.
pub(super) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    extensions.iter().any(|known| name.strip_suffix(known).is_some_and(|stem| stem.ends_with('.')))
}
