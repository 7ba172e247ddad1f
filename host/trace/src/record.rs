//! The local record: the whole trace as OTLP JSON, which Jaeger and any other OTLP reader can load.

use opentelemetry_proto::tonic::trace::v1::TracesData;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes all spans, in the order in which they began. The file appears whole or not at all.
pub(crate) fn write(path: &Path, mut spans: Vec<SpanData>, resource: &Resource) -> io::Result<()> {
    // A span lies behind what it caused, since it ends later; readers want to see causes first.
    spans.sort_by_key(|span| span.start_time);
    let mut resource_spans =
        group_spans_by_resource_and_scope(spans, &ResourceAttributesWithSchema::from(resource));
    for resource in resource_spans.iter_mut().filter_map(|spans| spans.resource.as_mut()) {
        // They come out of a hash map; the record of the same run should look the same.
        resource.attributes.sort_by(|one, other| one.key.cmp(&other.key));
    }
    let temporary = beside(path);
    let written = write_json(&temporary, &TracesData { resource_spans })
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn write_json(path: &Path, traces: &TracesData) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut file, traces)?;
    file.write_all(b"\n")?;
    file.into_inner()?.sync_all()
}

fn beside(path: &Path) -> std::path::PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    path.with_file_name(name)
}
