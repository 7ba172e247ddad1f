//! Sources and sinks.

use indexmap::IndexMap;

use super::{parsed, url};
use crate::{
    CsvSource, Located, NdjsonSource, ParquetSink, ParquetSource, Schema, Sink, Source, data_type,
    decode::decode_kind,
    diagnostic::Problems,
    file::{CsvEntry, NdjsonEntry, SinkEntry, SourceEntry},
    suggest,
    syntax::Node,
};

const INFER_ROWS: usize = 10_000;

pub(super) fn source(node: &Node<'_>, job: &str, jobs: &[&str], problems: &mut Problems) -> Option<Source> {
    match decode_kind("source", &["csv", "ndjson", "parquet", "job"], node, problems)? {
        SourceEntry::Csv(entry) => csv(entry, problems).map(Source::Csv),
        SourceEntry::Ndjson(entry) => ndjson(entry, problems).map(Source::Ndjson),
        SourceEntry::Parquet(entry) => {
            url::path(entry.url, problems).map(|url| Source::Parquet(ParquetSource { url }))
        }
        SourceEntry::Job(name) => {
            check_job(&name, job, jobs, problems);
            Some(Source::Job(name))
        }
    }
}

fn check_job(name: &Located<String>, job: &str, jobs: &[&str], problems: &mut Problems) {
    if !jobs.contains(&name.as_str()) {
        let help = suggest::help("jobs", name, jobs.iter().copied().filter(|other| *other != job));
        problems.add(name.at, format!("unknown job `{name}`"), |problem| problem.maybe_help(help));
    }
}

pub(super) fn sink(what: &str, node: &Node<'_>, problems: &mut Problems) -> Option<Sink> {
    match decode_kind(what, &["parquet"], node, problems)? {
        SinkEntry::Parquet(entry) => {
            let compression = entry.compression;
            url::path(entry.url, problems).map(|url| Sink::Parquet(ParquetSink { url, compression }))
        }
    }
}

fn csv(entry: CsvEntry, problems: &mut Problems) -> Option<CsvSource> {
    let mut one = |what, text: &Option<Located<String>>| {
        parsed(text.as_ref(), what, one_byte, "write one ASCII character, such as \";\" or \"\\t\"", problems)
    };
    let delimiter = one("delimiter", &entry.delimiter).unwrap_or(b',');
    let quote = one("quote", &entry.quote).unwrap_or(b'"');
    let escape = one("escape", &entry.escape);
    let comment = one("comment", &entry.comment);
    if delimiter == quote {
        let at = entry.quote.as_ref().or(entry.delimiter.as_ref()).map_or(entry.url.at, |text| text.at);
        problems.add(at, "the delimiter and the quote are the same character", |problem| problem);
    }
    let schema = schema(entry.schema, problems);
    let infer_rows = infer_rows(entry.infer_rows.as_ref(), problems);
    let CsvEntry { header, nulls, on_bad_rows, .. } = entry;
    let url = url::path(entry.url, problems)?;
    Some(CsvSource { url, header, delimiter, quote, escape, comment, nulls, schema, infer_rows, on_bad_rows })
}

fn ndjson(entry: NdjsonEntry, problems: &mut Problems) -> Option<NdjsonSource> {
    let schema = schema(entry.schema, problems);
    let infer_rows = infer_rows(entry.infer_rows.as_ref(), problems);
    let on_bad_rows = entry.on_bad_rows;
    Some(NdjsonSource { url: url::path(entry.url, problems)?, schema, infer_rows, on_bad_rows })
}

fn one_byte(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [b'\r' | b'\n'] => Err("a line end".into()),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(match text.chars().count() {
            1 => "not ASCII".into(),
            count => format!("{count} characters"),
        }),
    }
}

fn infer_rows(rows: Option<&Located<usize>>, problems: &mut Problems) -> usize {
    if let Some(rows) = rows.filter(|rows| rows.value == 0) {
        problems
            .add(rows.at, "types cannot be inferred from no rows", |problem| problem.help("write 1 or more"));
    }
    rows.map_or(INFER_ROWS, |rows| rows.value)
}

fn schema(entry: IndexMap<String, Located<String>>, problems: &mut Problems) -> Schema {
    let mut schema = Schema::with_capacity(entry.len());
    for (column, text) in entry {
        match data_type::parse(&text) {
            Ok(value) => {
                schema.insert(column, Located { value, at: text.at });
            }
            Err(refusal) => {
                let message = format!("bad data type `{text}` for column `{column}`");
                problems.add(text.at, message, |problem| problem.label(refusal.label).help(refusal.help));
            }
        }
    }
    schema
}
