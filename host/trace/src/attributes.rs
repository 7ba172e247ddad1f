//! The names of the attributes that the host sets: the one place where they stand.
//!
//! Numbers are whole unless said otherwise. OpenTelemetry's own names are used where it has one.

/// The pipeline's name, on the run's span and the resource.
pub const PIPELINE: &str = "etl.pipeline";
/// The identity of one run of a pipeline, on every root span and the resource.
pub const RUN_ID: &str = "etl.run.id";
/// The job's name.
pub const JOB: &str = "etl.job";
/// The stage's name within its job.
pub const STAGE: &str = "etl.stage";
/// The plugin's name in the pipeline.
pub const PLUGIN: &str = "etl.plugin";
/// The digest of the plugin's bytes, `sha256:<64 hex digits>`.
pub const PLUGIN_DIGEST: &str = "etl.plugin.digest";
/// The operation that a stage runs.
pub const OPERATION: &str = "etl.operation";
/// What runs a stage's rows: `any`, `keyed` or `single`.
pub const SHAPE: &str = "etl.shape";
/// The number of workers of a stage.
pub const WORKERS: &str = "etl.workers";
/// The batch that a call worked on, counted from 0.
pub const BATCH: &str = "etl.batch";
/// Rows that went into a call, or into all calls of a stage.
pub const ROWS_IN: &str = "etl.rows.in";
/// Rows that came out of a call, or out of all calls of a stage.
pub const ROWS_OUT: &str = "etl.rows.out";
/// Bytes that a guest read across the boundary.
pub const BYTES_IN: &str = "etl.bytes.in";
/// Bytes that a guest wrote across the boundary.
pub const BYTES_OUT: &str = "etl.bytes.out";
/// Calls of a stage, kept as spans or not.
pub const CALLS: &str = "etl.calls";
/// Calls of a stage that failed.
pub const CALL_ERRORS: &str = "etl.calls.failed";
/// Calls of a stage that have no span of their own: the budget folded them into the stage's span.
pub const SPANS_SUPPRESSED: &str = "etl.spans.suppressed";
/// Time inside the plugin, summed over all calls of a stage, in milliseconds (a float).
pub const GUEST_TIME_MS: &str = "etl.guest.time_ms";
/// The slowest call of a stage, in milliseconds (a float).
pub const GUEST_SLOWEST_MS: &str = "etl.guest.slowest_ms";
/// Prefix of a plugin's own counters, summed over a stage: `etl.count.<name>`.
pub const COUNT_PREFIX: &str = "etl.count.";
/// Increments of plugin counters that were not taken because the stage has too many names of counters.
pub const COUNTS_DROPPED: &str = "etl.counts.dropped";
/// The level of a plugin's log line: `trace`, `debug`, `info`, `warn` or `error`.
pub const LOG_LEVEL: &str = "log.level";
/// Where data is read from or written to.
pub const URL: &str = "etl.url";
/// The format of a source or sink: `csv`, `ndjson`, `parquet`.
pub const FORMAT: &str = "etl.format";
/// Files read or written.
pub const FILES: &str = "etl.files";

/// The name of the event that carries an error.
pub const EXCEPTION: &str = "exception";
/// The kind of an error, on the `exception` event.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// The message of an error, on the `exception` event.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// The backtrace of an error, on the `exception` event.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
/// The kind of an error, on the span itself.
pub const ERROR_TYPE: &str = "error.type";
