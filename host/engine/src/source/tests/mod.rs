//! Sources at their boundary: files in, batches and errors out.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bad_rows;
mod csv;
mod damage;
mod encodings;
mod ipc;
mod json;
mod lines;
mod ndjson;
mod parquet;
mod partitions;
mod terminators;
mod union;

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use arrow_array::{RecordBatch, UInt64Array, cast::AsArray, types::UInt64Type};
use arrow_cast::display::array_value_to_string;
use etl_pipeline::Pipeline;
use futures::FutureExt;
use tempfile::TempDir;

use super::{BadRow, Source, SourceError};
use crate::objects::Access;

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// The source that a pipeline would have with `kind = { url = …, options }`.
fn open(folder: &Path, kind: &str, url: &str, options: &str) -> Result<Box<dyn Source>, SourceError> {
    let url = folder.join(url);
    let text = format!(
        "name = 'test'\n[jobs.test]\nsource.{kind} = {{ url = {:?}{options} }}\nsink.parquet = {{ url = 'out' }}\nrejects.parquet = {{ url = 'rejects' }}\n",
        url.to_str().unwrap()
    );
    let place = TempDir::new().unwrap();
    let path = place.path().join("pipeline.toml");
    fs::write(&path, text).unwrap();
    let pipeline =
        Pipeline::load(&path, &BTreeMap::new(), &|_| None).unwrap_or_else(|wrong| panic!("{wrong}"));
    super::open(&pipeline.jobs[0].source, &Access::for_tests()).unwrap()
}

fn read(
    source: &dyn Source,
    columns: Option<&[usize]>,
    batch_rows: usize,
) -> Result<Vec<RecordBatch>, SourceError> {
    let scan = source.scan(columns, batch_rows)?;
    let mut batches = Vec::new();
    while let Some(piece) = scan.next().now_or_never().unwrap()? {
        batches.extend(piece.batches);
    }
    Ok(batches)
}

/// `name: type` lines, and the rows with their positions last; nulls are `∅`.
fn table(source: &dyn Source, columns: Option<&[usize]>) -> Result<String, SourceError> {
    let mut lines = Vec::new();
    for field in source.schema().fields() {
        lines.push(format!("{}: {}", field.name(), super::type_name(field.data_type())));
    }
    for batch in read(source, columns, 3)? {
        assert!(batch.num_rows() <= 3);
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| {
                if column.is_null(row) {
                    "∅".to_owned()
                } else {
                    array_value_to_string(column, row).unwrap()
                }
            });
            lines.push(cells.collect::<Vec<_>>().join(" | "));
        }
    }
    Ok(lines.join("\n"))
}

/// What a user sees of the error that opening or reading gives.
fn error(folder: &Path, kind: &str, url: &str, options: &str) -> String {
    let error = match open(folder, kind, url, options) {
        Ok(source) => table(source.as_ref(), None).unwrap_err(),
        Err(error) => error,
    };
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{error}{hint}").replace(&format!("{}/", folder.display()), "")
}

/// The rows with their positions, and then those that were passed over: position, place, code, message, text.
fn salvaged(folder: &Path, kind: &str, url: &str, options: &str) -> String {
    let source = open(folder, kind, url, options).unwrap_or_else(|error| panic!("{error}"));
    let scan = source.scan(None, 3).unwrap();
    let mut lines = table(source.as_ref(), None).unwrap_or_else(|error| panic!("{error}"));
    while let Some(rows) = scan.next().now_or_never().unwrap().unwrap() {
        for row in rows.rejects {
            let text = if row.text.len() > 80 { format!("{} bytes", row.text.len()) } else { row.text };
            let BadRow { position, place, code, message, .. } = row;
            write!(lines, "\n{position} at {place} {code}: {message}: {text:?}").unwrap();
        }
    }
    lines.replace(&format!("{}/", folder.display()), "")
}

/// The positions of all rows.
fn positions(batches: &[RecordBatch]) -> Vec<u64> {
    let last = |batch: &RecordBatch| -> UInt64Array {
        assert_eq!(batch.schema().fields().last().unwrap().name(), etl_data::ROW_COLUMN);
        batch.columns().last().unwrap().as_primitive::<UInt64Type>().clone()
    };
    batches.iter().flat_map(|batch| last(batch).values().to_vec()).collect()
}
