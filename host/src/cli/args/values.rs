//! Values of arguments, and the texts after the help.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use etl_trace::{HeaderError, Parent};

pub(super) const AFTER_HELP: &str = "\
Examples:
  host check pipeline.toml
  host run pipeline.toml --var input=listings.csv --var output=out
  host trace
  host plugin inspect plugins/clean.wasm

Environment:
  ETL_HOST_CACHE            where compiled and fetched plugins are kept
  ETL_HOST_DIR              where runs are recorded, below `runs` [default: .host]
  AWS_*                     where s3:// is and who asks: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL
                            and their like; AWS_MAX_ATTEMPTS of a request [default: 6]
  ETL_HOST_REQUEST_TIMEOUT  time that one of these may take [default: 60s]
  ETL_HOST_LEASE            after how long without a sign of life a run that writes to a store may
                            be taken for dead [default: 30s]
  OTEL_*                    where traces are sent: OTEL_EXPORTER_OTLP_ENDPOINT and its like; metrics
                            and logs where OTEL_METRICS_EXPORTER or OTEL_LOGS_EXPORTER is otlp
  NO_COLOR                  no colour

Exit codes:
  0    success
  1    the run failed, or the pipeline is not valid
  2    wrong usage
  70   a bug of host
  130  interrupted";

pub(super) const AFTER_RUN: &str = "\
Examples:
  host run pipeline.toml --var input=listings.csv --var output=out
  host run pipeline.toml --job process --run-timestamp 2022-12-31
  host run pipeline.toml --json | jq .jobs[].outputs

Every run is recorded in .host/runs/RUN: run.json is what --json prints, trace.otlp.json opens in
Jaeger. .host/runs/latest is the last run; `host trace` shows it.
Ctrl-C stops a run and leaves no half output; a second one ends the program at once.";

pub(super) const AFTER_REPLAY: &str = "\
Examples:
  host replay out/rejects pipeline.toml
  host replay mended.ndjson pipeline.toml --job clean --suffix -mended

A row's `text` is read by the job's source, its `values` are an object of all columns that come to the
stage; rows that are not in REJECTS any more are not replayed. Rows that are rejected again are written
beside the others.";

pub(super) const AFTER_CHECK: &str = "\
Examples:
  host check pipeline.toml --var input=listings.csv
  host check pipeline.toml --json | jq .diagnostics";

pub(super) const AFTER_PLAN: &str = "\
Examples:
  host plan pipeline.toml --var input=listings.csv
  host plan pipeline.toml --job process --verbose";

pub(super) const AFTER_TRACE: &str = "\
Examples:
  host trace
  host trace --html run.html
  host trace 20221231T000000Z-1a2b3c --verbose
  host trace --diff 1a2b3c last
  host trace --list
  host trace --prune 20

A run is named by its id, or by the beginning or the end of it; `last` is the one that ended last.
A folder with a run in it will do as well.";

pub(super) const AFTER_INSPECT: &str = "\
Examples:
  host plugin inspect plugins/clean.wasm
  host plugin inspect plugins/clean.wasm fill-nulls";

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, as in `--var input=listings.csv`".to_owned()),
    }
}

/// Every thread costs an instance of every stage; beyond this they only cost.
const MOST_THREADS: usize = 512;

pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= MOST_THREADS);
    threads.ok_or_else(|| format!("expected a whole number from 1 to {MOST_THREADS}, as in `--threads 4`"))
}

pub(super) fn batch_rows(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "expected a whole number from 1, as in `--batch-rows 8192`".to_owned())
}

/// A number of bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    etl_pipeline::bytes(text).map_err(|wrong| format!("{wrong}: write it like `512MiB` or `20GB`"))
}

/// How long to wait: the keys of a search last longer than this.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    const MOST: Duration = Duration::from_mins(10);
    let time = etl_pipeline::milliseconds(text).map(Duration::from_millis);
    let time = time.map_err(|wrong| format!("{wrong}: write it like `30s` or `2m`"))?;
    if time <= MOST { Ok(time) } else { Err("more than 10 minutes".to_owned()) }
}

/// A time as RFC 3339 has it, or a date, which means its first moment in UTC.
pub(super) fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.or_else(|_| text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc()))
        .map_err(|_| "expected a time or a date, as in `2022-12-31T00:00:00Z` or `2022-12-31`".to_owned())
}

/// A header that can be read.
pub(super) fn trace_header(text: &str) -> Result<String, HeaderError> {
    Parent::parse(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{batch_rows, threads, time, trace_header, variable};

    #[test]
    fn a_variable_is_a_name_and_a_value_that_may_hold_anything() {
        assert_eq!(variable("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(variable("a="), Ok(("a".into(), String::new())));
        assert!(["", "a", "=b", " =b"].map(variable).iter().all(Result::is_err));
    }

    #[test]
    fn a_date_is_its_first_moment() {
        let shown = |text| time(text).ok().map(|time| time.to_rfc3339());
        assert_eq!(shown("2022-12-31").as_deref(), Some("2022-12-31T00:00:00+00:00"));
        assert_eq!(shown("2022-12-31T01:30:00+02:00").as_deref(), Some("2022-12-30T23:30:00+00:00"));
        assert_eq!(["2022-13-01", "now", "", "2022-12-31T00:00:00"].map(shown), [const { None }; 4]);
    }

    #[test]
    fn nothing_is_not_a_number_of_workers() {
        assert!(
            threads("0").is_err()
                && threads("-1").is_err()
                && threads("513").is_err()
                && batch_rows("x").is_err()
        );
        assert!(threads("4").is_ok() && batch_rows("1000000").is_ok());
    }

    #[test]
    fn a_header_is_read_when_it_is_given() {
        assert!(trace_header("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").is_ok());
        assert!(trace_header("0af7651916cd43dd").is_err());
    }
}
