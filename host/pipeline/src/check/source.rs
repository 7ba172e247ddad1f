//! Sources and sinks.

use indexmap::IndexMap;

use super::{parsed, url};
use crate::{
    CsvSource, EncodingName, IpcSource, JsonSource, Located, ParquetSink, ParquetSource, Schema, Sink,
    Source, data_type,
    decode::decode_kind,
    diagnostic::Problems,
    encoding,
    file::{CsvEntry, JsonEntry, NdjsonEntry, SinkEntry, SourceEntry},
    suggest,
    syntax::Node,
};

const INFER_ROWS: usize = 10_000;

pub(super) fn source(node: &Node<'_>, job: &str, jobs: &[&str], problems: &mut Problems) -> Option<Source> {
    let kinds = ["csv", "ndjson", "json", "parquet", "ipc", "job"];
    match decode_kind("source", &kinds, node, problems)? {
        SourceEntry::Csv(entry) => csv(*entry, problems).map(Source::Csv),
        SourceEntry::Ndjson(entry) => json(entry.into(), problems).map(Source::Ndjson),
        SourceEntry::Json(entry) => json(entry, problems).map(Source::Json),
        SourceEntry::Parquet(entry) => {
            url::path(entry.url, problems).map(|url| Source::Parquet(ParquetSource { url }))
        }
        SourceEntry::Ipc(entry) => url::path(entry.url, problems).map(|url| Source::Ipc(IpcSource { url })),
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
    if let Some(quote) = entry.quote.as_ref().filter(|_| !entry.quoting) {
        problems.add(quote.at, "a quote, where `quoting = false` says that there are none", |problem| {
            problem.help("leave one of the two out")
        });
    }
    if entry.quoting && delimiter == quote {
        let at = entry.quote.as_ref().or(entry.delimiter.as_ref()).map_or(entry.url.at, |text| text.at);
        problems.add(at, "the delimiter and the quote are the same character", |problem| problem);
    }
    let schema = schema(entry.schema, problems);
    let infer_rows = infer_rows(entry.infer_rows.as_ref(), problems);
    let encoding = encoding(entry.encoding.as_ref(), problems);
    let quote = entry.quoting.then_some(quote);
    let CsvEntry { header, nulls, ragged, compression, on_bad_rows, .. } = entry;
    let url = url::path(entry.url, problems)?;
    Some(CsvSource {
        url,
        header,
        delimiter,
        quote,
        escape,
        comment,
        nulls,
        ragged,
        encoding,
        compression,
        schema,
        infer_rows,
        on_bad_rows,
    })
}

fn encoding(name: Option<&Located<String>>, problems: &mut Problems) -> EncodingName {
    let Some(name) = name else { return EncodingName::default() };
    encoding::parse(name).unwrap_or_else(|help| {
        problems.add(name.at, format!("unknown encoding `{name}`"), |problem| problem.help(help));
        EncodingName::default()
    })
}

impl From<NdjsonEntry> for JsonEntry {
    fn from(entry: NdjsonEntry) -> Self {
        let NdjsonEntry { url, schema, infer_rows, compression, on_bad_rows } = entry;
        Self { url, schema, infer_rows, compression, on_bad_rows }
    }
}

fn json(entry: JsonEntry, problems: &mut Problems) -> Option<JsonSource> {
    let schema = schema(entry.schema, problems);
    let infer_rows = infer_rows(entry.infer_rows.as_ref(), problems);
    let JsonEntry { url, compression, on_bad_rows, .. } = entry;
    Some(JsonSource { url: url::path(url, problems)?, compression, schema, infer_rows, on_bad_rows })
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
