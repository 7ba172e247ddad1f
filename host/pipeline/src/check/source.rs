//! Sources.

use indexmap::IndexMap;

use super::{parsed, rejects, url};
use crate::{
    CsvSource, EncodingName, IpcSource, JsonSource, Located, OnBadRows, ParquetSource, Partitions, Schema,
    Source, Span, data_type,
    decode::decode_kind,
    diagnostic::Problems,
    encoding,
    file::{CsvEntry, JsonEntry, SourceEntry},
    partitions::PartitionsEntry,
    suggest,
    syntax::Node,
};

const INFER_ROWS: usize = 10_000;

pub(super) fn source(node: &Node<'_>, job: &str, jobs: &[&str], problems: &mut Problems) -> Option<Source> {
    let kinds = ["csv", "ndjson", "json", "parquet", "ipc", "job"];
    match decode_kind("source", &kinds, node, problems)? {
        SourceEntry::Csv(entry) => csv(*entry, problems).map(Source::Csv),
        SourceEntry::Ndjson(entry) => json(entry, problems).map(Source::Ndjson),
        SourceEntry::Json(entry) => json(entry, problems).map(Source::Json),
        SourceEntry::Parquet(entry) => {
            let partitions = partitions(entry.partitions, problems);
            let schema_merge = entry.schema_merge;
            let url = url::place(entry.url, problems)?;
            Some(Source::Parquet(ParquetSource { url, partitions, schema_merge }))
        }
        SourceEntry::Ipc(entry) => {
            let partitions = partitions(entry.partitions, problems);
            let schema_merge = entry.schema_merge;
            let url = url::place(entry.url, problems)?;
            Some(Source::Ipc(IpcSource { url, partitions, schema_merge }))
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

fn csv(entry: CsvEntry, problems: &mut Problems) -> Option<CsvSource> {
    let delimiter = character("delimiter", entry.delimiter.as_ref(), problems).unwrap_or(b',');
    let quote = character("quote", entry.quote.as_ref(), problems).unwrap_or(b'"');
    let escape = character("escape", entry.escape.as_ref(), problems);
    let comment = character("comment", entry.comment.as_ref(), problems);
    let help = "write one ASCII character, such as \";\" or \"\\u001e\"";
    let terminator = parsed(entry.terminator.as_ref(), "terminator", ascii_byte, help, problems);
    if let Some(quote) = entry.quote.as_ref().filter(|_| !entry.quoting) {
        problems.add(quote.at, "a quote, where `quoting = false` says that there are none", |problem| {
            problem.help("leave one of the two out")
        });
    }
    if let Some(comment) = entry.comment.as_ref().filter(|_| terminator.is_some_and(|byte| byte != b'\n')) {
        problems.add(
            comment.at,
            "a comment, which ends with its line, where `terminator` says that rows do not",
            |problem| problem.help("leave one of the two out"),
        );
    }
    if entry.quoting && delimiter == quote {
        let at = entry.quote.as_ref().or(entry.delimiter.as_ref()).map_or(entry.url.at, |text| text.at);
        same_character(at, problems);
    }
    let schema = schema(entry.schema, problems);
    let infer_rows = infer_rows(entry.infer_rows.as_ref(), problems);
    let encoding = encoding(entry.encoding.as_ref(), problems);
    let quote = entry.quoting.then_some(quote);
    let partitions = partitions(entry.partitions, problems);
    rejects::check_most(entry.max_rejects, entry.on_bad_rows == OnBadRows::Reject, problems);
    let CsvEntry { header, nulls, ragged, compression, on_bad_rows, max_rejects, schema_merge, .. } = entry;
    let url = url::place(entry.url, problems)?;
    Some(CsvSource {
        url,
        header,
        delimiter,
        quote,
        escape,
        comment,
        terminator,
        nulls,
        ragged,
        encoding,
        compression,
        schema,
        infer_rows,
        on_bad_rows,
        max_rejects,
        partitions,
        schema_merge,
    })
}

fn encoding(name: Option<&Located<String>>, problems: &mut Problems) -> EncodingName {
    let Some(name) = name else { return EncodingName::default() };
    encoding::parse(name).unwrap_or_else(|help| {
        problems.add(name.at, format!("unknown encoding `{name}`"), |problem| problem.help(help));
        EncodingName::default()
    })
}

fn json(entry: JsonEntry, problems: &mut Problems) -> Option<JsonSource> {
    let schema = schema(entry.schema, problems);
    let infer_rows = infer_rows(entry.infer_rows.as_ref(), problems);
    let encoding = encoding(entry.encoding.as_ref(), problems);
    let partitions = partitions(entry.partitions, problems);
    rejects::check_most(entry.max_rejects, entry.on_bad_rows == OnBadRows::Reject, problems);
    let JsonEntry { url, compression, on_bad_rows, max_rejects, schema_merge, .. } = entry;
    let url = url::place(url, problems)?;
    Some(JsonSource {
        url,
        schema,
        infer_rows,
        encoding,
        compression,
        on_bad_rows,
        max_rejects,
        partitions,
        schema_merge,
    })
}

fn partitions(entry: Option<Located<PartitionsEntry>>, problems: &mut Problems) -> Option<Partitions> {
    let entry = entry?;
    match entry.value {
        PartitionsEntry::Given(columns) => Some(Partitions::Given(schema(columns, problems))),
        PartitionsEntry::Word(word) if word == "auto" => Some(Partitions::Auto),
        PartitionsEntry::Word(word) => {
            problems.add(entry.at, format!("unknown choice `{word}`"), |problem| {
                problem.help("write \"auto\", or the columns and their types, as in { year = \"int32\" }")
            });
            None
        }
    }
}

/// A character that CSV is made of.
pub(super) fn character(what: &str, text: Option<&Located<String>>, problems: &mut Problems) -> Option<u8> {
    parsed(text, what, one_byte, "write one ASCII character, such as \";\" or \"\\t\"", problems)
}

pub(super) fn same_character(at: Span, problems: &mut Problems) {
    problems.add(at, "the delimiter and the quote are the same character", |problem| problem);
}

fn one_byte(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [b'\r' | b'\n'] => Err("a line end".into()),
        _ => ascii_byte(text),
    }
}

fn ascii_byte(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
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
