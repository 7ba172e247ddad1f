//! Compiled plugins on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etl_plugin::{Generation, Limits, LoadOptions, Runtime, RuntimeOptions};

use crate::support::path;

fn load_with(cache: &Path) -> Arc<Generation> {
    let options = RuntimeOptions { cache: Some(cache.to_owned()), instances: 4 };
    let runtime = Arc::new(Runtime::new(&options).unwrap());
    let generation = Generation::load(&runtime, &path("hostile"), &LoadOptions::default()).unwrap();
    generation.instantiate("pass", &Limits::default()).unwrap();
    generation
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[test]
fn a_plugin_is_compiled_once() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("a/b");
    let generation = load_with(&cache);
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    let entry = entries(&cache);
    assert_eq!(entry.len(), 1, "one entry, and nothing left of writing it");
    let name = entry[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with(generation.digest().trim_start_matches("sha256:")), "{name}");
    let written = fs::metadata(&entry[0]).unwrap().modified().unwrap();
    load_with(&cache);
    assert_eq!(fs::metadata(&entry[0]).unwrap().modified().unwrap(), written);
}

#[test]
fn a_damaged_entry_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    load_with(&cache);
    let entry = entries(&cache).remove(0);
    let good = fs::read(&entry).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [&flipped, &good[..good.len() / 2], &good[..20]] {
        fs::write(&entry, bad).unwrap();
        load_with(&cache);
        assert_eq!(fs::read(&entry).unwrap().len(), good.len());
    }
    // Whole, but of another compiler: what is not code of this engine is not run either.
    let text = b"not code";
    let digest = <sha2::Sha256 as sha2::Digest>::digest(text);
    fs::write(&entry, [digest.as_slice(), text].concat()).unwrap();
    load_with(&cache);
    assert_eq!(fs::read(&entry).unwrap().len(), good.len());
}

#[test]
fn a_folder_that_others_can_write_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o770, 0o707] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        load_with(folder.path());
        assert!(entries(folder.path()).is_empty(), "{mode:o}");
    }
    // Nor one that only points to a good one: what it points to can be changed.
    let private = tempfile::tempdir().unwrap();
    fs::set_permissions(private.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(private.path(), &link).unwrap();
    load_with(&link);
    assert!(entries(private.path()).is_empty());
}

#[test]
fn a_folder_that_cannot_be_made_costs_only_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    load_with(&file.join("cache"));
}
