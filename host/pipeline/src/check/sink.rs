//! Sinks.

use super::{
    source::{character, same_character},
    url,
};
use crate::{
    CsvSink, Located, Sink, SinkFormat, decode::decode_kind, diagnostic::Problems, file::CsvSinkEntry,
    file::SinkEntry, syntax::Node,
};

pub(super) fn sink(what: &str, node: &Node<'_>, problems: &mut Problems) -> Option<Sink> {
    let (url, format, rows, partition_by) =
        match decode_kind(what, &["parquet", "csv", "ndjson", "ipc"], node, problems)? {
            SinkEntry::Parquet(entry) => {
                let format = SinkFormat::Parquet(entry.compression);
                (entry.url, format, entry.rows_per_file, entry.partition_by)
            }
            SinkEntry::Csv(entry) => {
                let format = SinkFormat::Csv(csv(&entry, problems));
                (entry.url, format, entry.rows_per_file, entry.partition_by)
            }
            SinkEntry::Ndjson(entry) => {
                let format = SinkFormat::Ndjson(entry.compression);
                (entry.url, format, entry.rows_per_file, entry.partition_by)
            }
            SinkEntry::Ipc(entry) => {
                let format = SinkFormat::Ipc(entry.compression);
                (entry.url, format, entry.rows_per_file, entry.partition_by)
            }
        };
    if let Some(rows) = rows.filter(|rows| rows.value == 0) {
        problems.add(rows.at, "files without rows", |problem| problem.help("write 1 or more"));
    }
    check_unique(&partition_by, problems);
    let url = url::place(url, problems)?;
    Some(Sink { url, format, rows_per_file: rows.map(|rows| rows.value), partition_by })
}

fn csv(entry: &CsvSinkEntry, problems: &mut Problems) -> CsvSink {
    let delimiter = character("delimiter", entry.delimiter.as_ref(), problems).unwrap_or(b',');
    let quote = character("quote", entry.quote.as_ref(), problems).unwrap_or(b'"');
    if delimiter == quote {
        let at = entry.quote.as_ref().or(entry.delimiter.as_ref()).map_or(entry.url.at, |text| text.at);
        same_character(at, problems);
    }
    let (header, compression) = (entry.header, entry.compression);
    CsvSink { header, delimiter, quote, null: entry.null.clone(), compression }
}

fn check_unique(columns: &[Located<String>], problems: &mut Problems) {
    for (index, column) in columns.iter().enumerate() {
        if let Some(first) = columns[..index].iter().find(|first| first.value == column.value) {
            problems.add(column.at, format!("folders are named by `{column}` twice"), |problem| {
                problem.related(first.at, "the first")
            });
        }
    }
}
