//! CSV and NDJSON files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use etl_engine::fuzzing::read;
use etl_pipeline::{Pipeline, Source};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().unwrap());

/// The first line are options of the source as TOML, the rest is the file.
pub fn csv(data: &[u8]) {
    source("csv", data);
}

/// As [`csv`].
pub fn ndjson(data: &[u8]) {
    source("ndjson", data);
}

/// Any file is rows or a problem, and the same whatever the size of the batches.
fn source(kind: &str, data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(options) = std::str::from_utf8(&data[..end]) else { return };
    // A url in the options would be another file.
    if options.contains("url") || options.contains(['\r', '"']) && options.contains("\\u") {
        return;
    }
    let file = file(kind, data.get(end + 1..).unwrap_or_default());
    let comma = if options.trim().is_empty() { "" } else { ", " };
    let text = format!(
        "name = 'fuzz'\n[jobs.fuzz]\nsource.{kind} = {{ url = {:?}{comma}{options} }}\nsink.parquet = {{ url = 'out' }}\n",
        file.display().to_string()
    );
    let Ok(pipeline) = Pipeline::parse(Path::new("pipeline.toml"), text, &BTreeMap::new(), &|_| None) else {
        return;
    };
    let source = &pipeline.jobs[0].source;
    if !matches!(source, Source::Csv(_) | Source::Ndjson(_)) {
        return;
    }
    match (read(source, 3), read(source, 1_000)) {
        (Ok(few), Ok(many)) => assert_eq!(few, many, "the same rows in batches of any size"),
        (Err(few), Err(many)) => assert_eq!(few, many, "the same problem in batches of any size"),
        (few, many) => panic!("in batches of 3: {few:?}, in batches of 1000: {many:?}"),
    }
}

/// A file of this process and thread with this content.
fn file(kind: &str, content: &[u8]) -> PathBuf {
    let path = FOLDER.path().join(format!("{:?}.{kind}", std::thread::current().id()));
    fs::write(&path, content).unwrap();
    path
}
