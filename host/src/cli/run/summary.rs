//! What a run did, for people: a table of the stages, and what was written.

use std::path::Path;

use anstyle::Style;
use etl_engine::{JobReport, Report, StageReport, Status};
use etl_trace::TraceSummary;

use crate::cli::format::{bytes, count, milliseconds};
use crate::cli::table::Table;
use crate::cli::text::{BAD, CHANGED, FAINT, GOOD, STRONG, plain, plural, rejecter, styled};

/// The table of all jobs, the outputs, and how it ended.
pub(super) fn text(report: &Report, traced: &TraceSummary, record: Option<&Path>, verbose: bool) -> String {
    let mut table = Table::with_text_in(if verbose { &[4] } else { &[] });
    for job in &report.jobs {
        add_job(&mut table, job, verbose);
        table.blank();
    }
    let outputs = outputs(&report.jobs);
    [table.render(), outputs, ending(report, traced, record)].concat()
}

const HEADINGS: [&str; 3] = ["rows in", "rows out", "in plugin"];
const MORE_HEADINGS: [&str; 7] = ["shape", "workers", "calls", "slowest", "read", "written", "memory"];

fn add_job(table: &mut Table, job: &JobReport, verbose: bool) {
    let time = milliseconds(job.duration_ms);
    let title = match job.status {
        Status::Succeeded => format!("job {}, {time}", job.name),
        Status::Failed => format!("job {}: failed", job.name),
        Status::Interrupted => format!("job {}: interrupted", job.name),
        Status::Skipped => return table.line(STRONG, &format!("job {}: did not begin", job.name)),
    };
    let headings = HEADINGS.iter().chain(if verbose { &MORE_HEADINGS[..] } else { &[] });
    table.row(STRONG, std::iter::once(title.as_str()).chain(headings.copied()));
    table.row(Style::new(), [&format!("  read {}", job.source.url), "", &count(job.source.rows)]);
    for stage in &job.stages {
        add_stage(table, stage, verbose);
    }
    let mut told = Vec::new();
    for reason in &job.rejects.reasons {
        let stage = reason.stage.as_deref().map(|stage| format!("`{}`", plain(stage)));
        let by = rejecter(stage.as_deref(), &reason.by);
        told.push(format!("{} by {by} as {}", count(reason.rows), plain(&reason.code)));
    }
    if !told.is_empty() {
        let rows = if job.rejects.rows == 1 { "row" } else { "rows" };
        let total = count(job.rejects.rows);
        table.line(CHANGED, &format!("  {total} {rows} rejected: {}", told.join(", ")));
    }
    for stage in &job.stages {
        if stage.skipped > 0 {
            let (rows, name) = (count(stage.skipped), plain(&stage.name));
            table.line(CHANGED, &format!("  {rows} rows went past `{name}` unchanged, because of errors"));
        }
        if stage.retries > 0 {
            let (calls, name) = (count(stage.retries), plain(&stage.name));
            table.line(CHANGED, &format!("  calls of `{name}` made again, for its errors: {calls}"));
        }
    }
    if job.spilled_bytes > 0 {
        let (rows, size) = (count(job.spilled_rows), bytes(job.spilled_bytes));
        let told = match job.spilled_rows {
            0 => format!("  {size} that did not fit into memory were written to disk"),
            _ => format!("  {rows} rows waited on disk, {size} were written there"),
        };
        table.line(FAINT, &told);
    }
    // Nothing is written of a job that failed.
    let out = job.outputs.last().map(|output| count(output.rows)).unwrap_or_default();
    let guest = job.stages.iter().map(StageReport::in_calls_ms).reduce(|sum, stage| sum + stage);
    let guest = guest.map(milliseconds).unwrap_or_default();
    table.row(STRONG, ["  total", &count(job.source.rows), &out, &guest]);
}

fn add_stage(table: &mut Table, stage: &StageReport, verbose: bool) {
    let mut cells = vec![
        format!("  {}", stage.name),
        count(stage.rows_in),
        count(stage.rows_out),
        milliseconds(stage.in_calls_ms()),
    ];
    if verbose {
        cells.extend([
            stage.shape.clone(),
            stage.workers.to_string(),
            count(stage.calls),
            milliseconds(stage.slowest_ms),
            bytes(stage.bytes_in),
            bytes(stage.bytes_out),
            bytes(stage.memory_peak),
        ]);
    }
    table.row(Style::new(), cells);
    if verbose && !stage.counts.is_empty() {
        let counts = stage.counts.iter().map(|(name, value)| format!("{name} {}", count(*value)));
        table.line(FAINT, &format!("      {}", counts.collect::<Vec<_>>().join(", ")));
    }
}

fn outputs(jobs: &[JobReport]) -> String {
    let mut table = Table::with_text_in(&[3]);
    let mut any = false;
    let written = jobs.iter().flat_map(|job| job.outputs.iter().map(move |output| (job, output, false)));
    let rejected = jobs.iter().filter_map(|job| Some((job, job.rejects.output.as_ref()?, true)));
    for (job, output, rejects) in written.chain(rejected) {
        any = true;
        let from = match &output.port {
            Some((stage, port)) => Some(format!("port {port} of {stage}")),
            None => rejects.then(|| format!("rejects of {}", job.name)),
        };
        table.row(
            Style::new(),
            [
                &output.url,
                &format!("{} {}", count(output.rows), if output.rows == 1 { "row" } else { "rows" }),
                &bytes(output.bytes),
                &plural(output.files, "file"),
                from.as_deref().unwrap_or_default(),
            ],
        );
    }
    if any {
        table.blank();
    }
    table.render()
}

fn ending(report: &Report, traced: &TraceSummary, record: Option<&Path>) -> String {
    let time = milliseconds(report.duration_ms);
    let ended = match report.status {
        Status::Succeeded => format!("{} in {time}", styled(GOOD, "succeeded")),
        Status::Failed => format!("{} after {time}", styled(BAD, "failed")),
        Status::Interrupted | Status::Skipped => format!("{} after {time}", styled(CHANGED, "interrupted")),
    };
    let mut text = format!("{} {ended}\n", styled(STRONG, &plain(&report.pipeline)));
    let mut fact = |name: &str, value: &str| text.extend([&format!("  {name:6}  "), value, "\n"]);
    fact("trace", &format!("{}  {}", traced.xray_trace_id, traced.trace_id));
    if let Some(endpoint) = &traced.endpoint {
        let sent = plural(usize::try_from(traced.exported).unwrap_or(usize::MAX), "span");
        fact("sent", &format!("{sent} to {endpoint}"));
    }
    // The record of a failed run is told after its error.
    if let Some(record) = record.filter(|_| report.failure.is_none()) {
        fact("record", &record.display().to_string());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{JobReport, Report, StageReport, Status, TraceSummary, text};
    use etl_engine::{OutputReport, ReasonReport, RejectsReport, SourceReport};
    use std::path::Path;

    fn report() -> Report {
        let stage = |name: &str, rows_in, rows_out, guest_ms| StageReport {
            name: name.into(),
            shape: "any".into(),
            workers: 2,
            calls: 13,
            rows_in,
            rows_out,
            bytes_in: 1_234_567,
            guest_ms,
            slowest_ms: 1.25,
            memory_peak: 1 << 21,
            ..StageReport::default()
        };
        let mut dedup = stage("Remove Duplicates", 102_599, 102_000, 12.34);
        dedup.counts.insert("duplicates".into(), 599);
        let source = SourceReport { url: "in.csv".into(), rows: 102_599, ..SourceReport::default() };
        let output =
            OutputReport { url: "out/clean/".into(), files: 1, rows: 102_000, bytes: 9_876_543, port: None };
        let groups = OutputReport {
            url: "out/groups/".into(),
            files: 2,
            rows: 224,
            bytes: 12_345,
            port: Some(("Group".into(), "groups".into())),
        };
        let clean = JobReport {
            name: "clean".into(),
            status: Status::Succeeded,
            duration_ms: 1234.5,
            source,
            stages: vec![stage("Drop Columns", 102_599, 102_599, 0.4), dedup],
            outputs: vec![groups, output],
            rejects: RejectsReport {
                rows: 13,
                reasons: vec![
                    ReasonReport { stage: None, by: "source".into(), code: "field-count".into(), rows: 12 },
                    ReasonReport {
                        stage: Some("Check".into()),
                        by: "plugin".into(),
                        code: "negative".into(),
                        rows: 1,
                    },
                ],
                output: Some(OutputReport {
                    url: "out/rejects/".into(),
                    files: 1,
                    rows: 13,
                    ..OutputReport::default()
                }),
            },
            spilled_rows: 40_000,
            spilled_bytes: 7_654_321,
            ..JobReport::default()
        };
        let process = JobReport { name: "process".into(), ..JobReport::default() };
        Report {
            pipeline: "airbnb".into(),
            run_id: "r".into(),
            run_timestamp: String::new(),
            status: Status::Succeeded,
            started: String::new(),
            duration_ms: 1300.0,
            threads: 2,
            batch_rows: 8192,
            jobs: vec![clean, process],
            failure: None,
        }
    }

    fn shown(report: &Report, verbose: bool) -> String {
        let traced = TraceSummary {
            trace_id: "63af7d000123456789abcdef01234567".into(),
            xray_trace_id: "1-63af7d00-0123456789abcdef01234567".into(),
            endpoint: Some("http://localhost:4318/v1/traces".into()),
            exported: 64,
            ..TraceSummary::default()
        };
        let text = text(report, &traced, Some(Path::new(".host/runs/r")), verbose);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_run_that_succeeded() {
        insta::assert_snapshot!(shown(&report(), false), @r"
        job clean, 1.23 s    rows in  rows out  in plugin
          read in.csv                  102,599
          Drop Columns       102,599   102,599     0.4 ms
          Remove Duplicates  102,599   102,000    12.3 ms
          13 rows rejected: 12 by the source as field-count, 1 by `Check` as negative
          40,000 rows waited on disk, 7.7 MB were written there
          total              102,599   102,000    12.7 ms

        job process: did not begin

        out/groups/       224 rows  12.3 kB  2 files  port groups of Group
        out/clean/    102,000 rows   9.9 MB  1 file
        out/rejects/       13 rows      0 B  1 file       rejects of clean

        airbnb succeeded in 1.30 s
          trace   1-63af7d00-0123456789abcdef01234567  63af7d000123456789abcdef01234567
          sent    64 spans to http://localhost:4318/v1/traces
          record  .host/runs/r
        ");
    }

    #[test]
    fn all_there_is_to_know() {
        insta::assert_snapshot!(shown(&report(), true), @r"
        job clean, 1.23 s    rows in  rows out  in plugin  shape  workers  calls  slowest    read  written  memory
          read in.csv                  102,599
          Drop Columns       102,599   102,599     0.4 ms  any          2     13   1.2 ms  1.2 MB      0 B  2.1 MB
          Remove Duplicates  102,599   102,000    12.3 ms  any          2     13   1.2 ms  1.2 MB      0 B  2.1 MB
              duplicates 599
          13 rows rejected: 12 by the source as field-count, 1 by `Check` as negative
          40,000 rows waited on disk, 7.7 MB were written there
          total              102,599   102,000    12.7 ms

        job process: did not begin

        out/groups/       224 rows  12.3 kB  2 files  port groups of Group
        out/clean/    102,000 rows   9.9 MB  1 file
        out/rejects/       13 rows      0 B  1 file       rejects of clean

        airbnb succeeded in 1.30 s
          trace   1-63af7d00-0123456789abcdef01234567  63af7d000123456789abcdef01234567
          sent    64 spans to http://localhost:4318/v1/traces
          record  .host/runs/r
        ");
    }

    #[test]
    fn a_run_that_was_interrupted() {
        let mut report = report();
        report.status = Status::Interrupted;
        report.jobs[0].status = Status::Interrupted;
        report.jobs[0].outputs.clear();
        report.jobs[0].rejects.output = None;
        insta::assert_snapshot!(shown(&report, false), @r"
        job clean: interrupted  rows in  rows out  in plugin
          read in.csv                     102,599
          Drop Columns          102,599   102,599     0.4 ms
          Remove Duplicates     102,599   102,000    12.3 ms
          13 rows rejected: 12 by the source as field-count, 1 by `Check` as negative
          40,000 rows waited on disk, 7.7 MB were written there
          total                 102,599              12.7 ms

        job process: did not begin

        airbnb interrupted after 1.30 s
          trace   1-63af7d00-0123456789abcdef01234567  63af7d000123456789abcdef01234567
          sent    64 spans to http://localhost:4318/v1/traces
          record  .host/runs/r
        ");
    }
}
