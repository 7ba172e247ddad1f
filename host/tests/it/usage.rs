//! Help, and wrong usage.

use crate::support::{Place, assert_shown};

#[test]
fn help() {
    assert_shown!(Place::new().host(&["--help"]), @"
    exit 0
    ----- stdout
    Runs ETL pipelines whose every operation is a sandboxed, traced WebAssembly component

    Usage: host [OPTIONS] <COMMAND>

    Commands:
      run     Run a pipeline
      replay  Run the rest of a job over rows that it rejected, once they are mended
      check   Check a pipeline without running it
      plan    Show what a run would read, change and write
      trace   Show what a run did, from its record
      plugin  Look at plugins
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Output:
          --json          Print the result as one JSON document to standard output
      -q, --quiet         Print errors only
      -v, --verbose       Print all there is to know
          --color <WHEN>  Colour the output; `auto` does so on a terminal, unless NO_COLOR is set
                          [default: auto] [possible values: auto, always, never]

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
      130  interrupted
    ");
}

#[test]
fn help_of_run() {
    assert_shown!(Place::new().host(&["run", "--help"]), @r"
    exit 0
    ----- stdout
    Run a pipeline

    Usage: host run [OPTIONS] <PIPELINE>

    Arguments:
      <PIPELINE>
              The pipeline's file

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Pipeline:
          --var <NAME=VALUE>
              Give a variable of the pipeline this value; may be repeated

          --job <NAME>
              Only this job; one before it is not run, but what it wrote is read

          --run-timestamp <TIME>
              What plugins take for now, as `2022-12-31T00:00:00Z` or `2022-12-31` [default: now]

    Running:
          --threads <N>
              Workers of a parallel stage; the output does not depend on it [default: the number of
              cores]

          --batch-rows <N>
              Rows of a batch, at most; the output does not depend on it [default: 8192]

          --memory <SIZE>
              Memory that the run may take, as `512MiB`; rows that do not fit wait on disk [default:
              three fifths of what there is]

          --max-spill <SIZE>
              Disk that such rows may take, as `20GB` [default: 100GB]

          --spill-dir <DIR>
              Where that disk is; nothing stays there [default: $TMPDIR, or /tmp]

    Plugins:
          --cache-dir <DIR>
              Keep compiled plugins here [default: $ETL_HOST_CACHE, or ~/.cache/etl-host/plugins]

          --no-cache
              Keep no compiled plugins, and use none

    Telemetry:
          --trace-header <HEADER>
              Continue this trace: an `X-Amzn-Trace-Id` or `traceparent` header [default:
              $_X_AMZN_TRACE_ID, $TRACEPARENT]

          --trace-calls <HOW>
              How many calls of a plugin become spans of their own; the totals are exact with any

              Possible values:
              - none: No call
              - some: Of every stage the first, the slowest and the failed ones
              - all:  Every call: may be more than X-Ray takes

              [default: some]

          --runs-dir <DIR>
              Record the run in a folder under this one [default: $ETL_HOST_DIR/runs, or .host/runs]

          --no-record
              Record nothing on this machine

          --xray-step <NAME>
              The step of a state machine that this run is: its request's segment is looked up in X-Ray,
              and becomes the parent

          --xray-machine <NAME>
              The step's state machine, where the trace has several with such a step

          --xray-request-id <ID>
              The id of the request that started this run, where a step makes several at once

          --xray-wait <TIME>
              How long X-Ray is asked, from the start of the run, which does not wait for it, but at its
              end

              [default: 30s]

    Output:
          --json
              Print the result as one JSON document to standard output

      -q, --quiet
              Print errors only

      -v, --verbose
              Print all there is to know

          --color <WHEN>
              Colour the output; `auto` does so on a terminal, unless NO_COLOR is set

              [default: auto]
              [possible values: auto, always, never]

          --no-progress
              Show no progress; it is shown when standard error is a terminal

    Examples:
      host run pipeline.toml --var input=listings.csv --var output=out
      host run pipeline.toml --job process --run-timestamp 2022-12-31
      host run pipeline.toml --json | jq .jobs[].outputs

    Every run is recorded in .host/runs/RUN: run.json is what --json prints, trace.otlp.json opens in
    Jaeger. .host/runs/latest is the last run; `host trace` shows it.
    Ctrl-C stops a run and leaves no half output; a second one ends the program at once.
    ");
}

#[test]
fn help_of_the_others() {
    for command in [&["check"][..], &["plan"], &["plugin", "inspect"]] {
        let output = Place::new().output(&[command, &["--help"]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Examples:") && text.contains("--json"), "{text}");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn version() {
    assert_shown!(Place::new().host(&["--version"]), @r"
    exit 0
    ----- stdout
    host 0.1.0
    ");
}

#[test]
fn no_command_is_wrong_usage() {
    assert_eq!(Place::new().output(&[]).status.code(), Some(2));
}

#[test]
fn a_malformed_variable_is_wrong_usage() {
    assert_shown!(Place::new().host(&["run", "pipeline.toml", "--var", "input"]), @r"
    exit 2
    ----- stderr
    error: invalid value 'input' for '--var <NAME=VALUE>': expected NAME=VALUE, as in `--var input=listings.csv`

    For more information, try '--help'.
    ");
}

#[test]
fn a_flag_that_is_misspelt_is_wrong_usage() {
    assert_shown!(Place::new().host(&["run", "pipeline.toml", "--thread", "2"]), @r"
    exit 2
    ----- stderr
    error: unexpected argument '--thread' found

      tip: a similar argument exists: '--threads'

    Usage: host run --threads <N> <PIPELINE>

    For more information, try '--help'.
    ");
}

#[test]
fn a_value_that_means_nothing_is_wrong_usage() {
    let host = |flag, value| Place::new().host(&["run", "pipeline.toml", flag, value]);
    let shown = [
        host("--threads", "0"),
        host("--batch-rows", "many"),
        host("--run-timestamp", "2022-13-01"),
        host("--trace-header", "Root=1-63af7d00"),
        host("--trace-calls", "few"),
    ];
    assert_shown!(shown.join("\n"), @r#"
    exit 2
    ----- stderr
    error: invalid value '0' for '--threads <N>': expected a whole number from 1 to 512, as in `--threads 4`

    For more information, try '--help'.
    exit 2
    ----- stderr
    error: invalid value 'many' for '--batch-rows <N>': expected a whole number from 1, as in `--batch-rows 8192`

    For more information, try '--help'.
    exit 2
    ----- stderr
    error: invalid value '2022-13-01' for '--run-timestamp <TIME>': expected a time or a date, as in `2022-12-31T00:00:00Z` or `2022-12-31`

    For more information, try '--help'.
    exit 2
    ----- stderr
    error: invalid value 'Root=1-63af7d00' for '--trace-header <HEADER>': trace header: Root: expected 1-<8 hex digits>-<24 hex digits>, not all zero, found "1-63af7d00"

    For more information, try '--help'.
    exit 2
    ----- stderr
    error: invalid value 'few' for '--trace-calls <HOW>'
      [possible values: none, some, all]

    For more information, try '--help'.
    "#);
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    assert_eq!(Place::new().output(&["run", "pipeline.toml", "-q", "-v"]).status.code(), Some(2));
}
