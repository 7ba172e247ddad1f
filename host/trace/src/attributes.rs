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
/// Rows that a source or a stage rejected.
pub const ROWS_REJECTED: &str = "etl.rows.rejected";
/// Rows that went past a stage unchanged, because its plugin gave an error for their batch.
pub const ROWS_SKIPPED: &str = "etl.rows.skipped";
/// Calls of a stage that were made again.
pub const RETRIES: &str = "etl.retries";
/// Instances of a stage in the places of others that trapped.
pub const RESTARTS: &str = "etl.restarts";
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
/// Time in the plugin's own code, summed over all instances of a stage, in milliseconds (a float).
pub const GUEST_TIME_MS: &str = "etl.guest.time_ms";
/// Time within calls of a stage that the host took on the plugin's behalf, in the same way: what the plugin asked of it,
/// and moving bytes in and out.
pub const BOUNDARY_TIME_MS: &str = "etl.boundary.time_ms";
/// Time that the host took around the calls of a stage, in the same way: starting instances, checking what came out,
/// putting rows aside. What lies between stages is of none.
pub const HOST_TIME_MS: &str = "etl.host.time_ms";
/// Time of a stage on the disk that takes what does not fit into memory; of reading in the source, with waiting for bytes
/// and parsing them; of writing in the outputs, with encoding. In milliseconds (a float).
pub const IO_TIME_MS: &str = "etl.io.time_ms";
/// The slowest call of a stage, in milliseconds (a float).
pub const GUEST_SLOWEST_MS: &str = "etl.guest.slowest_ms";
/// What a plugin reported in a call beyond the bounds, and which is therefore not there.
pub const GUEST_DROPPED: &str = "etl.guest.dropped";
/// Prefix of a plugin's own counters, summed over a stage: `etl.count.<name>`.
pub const COUNT_PREFIX: &str = "etl.count.";
/// Increments of plugin counters that were not taken because the stage has too many names of counters.
pub const COUNTS_DROPPED: &str = "etl.counts.dropped";
/// Linear memory of a stage's instances, the highest of any.
pub const GUEST_MEMORY: &str = "etl.guest.memory";
/// What each of them may have.
pub const GUEST_MEMORY_LIMIT: &str = "etl.guest.memory.limit";
/// The most that a job had of the run's memory at a time.
pub const MEMORY_PEAK: &str = "etl.memory.peak";
/// What a job may have of it.
pub const MEMORY_LIMIT: &str = "etl.memory.limit";
/// Bytes that a job wrote to disk because they did not fit into memory, where there are any.
pub const SPOOL_BYTES: &str = "etl.spool.bytes";
/// The level of a plugin's log line: `trace`, `debug`, `info`, `warn` or `error`.
pub const LOG_LEVEL: &str = "log.level";
/// Where data is read from or written to.
pub const URL: &str = "etl.url";
/// The format of a source or sink: `csv`, `ndjson`, `parquet`.
pub const FORMAT: &str = "etl.format";
/// Files read or written.
pub const FILES: &str = "etl.files";

/// The bucket that a request is about.
pub const S3_BUCKET: &str = "aws.s3.bucket";
/// The object, or folder of objects, that a request is about.
pub const S3_KEY: &str = "aws.s3.key";
/// Which attempt a request is, counted from 1; the first has none.
pub const REQUEST_ATTEMPT: &str = "etl.request.attempt";
/// The pause before the next attempt, in milliseconds (a float).
pub const REQUEST_DELAY_MS: &str = "etl.request.delay_ms";
/// Bytes of data that a request moved, or all requests of a span.
pub const REQUEST_BYTES: &str = "etl.request.bytes";
/// Requests to a store that were made for a span, each attempt counted, those before the trace began included.
pub const REQUESTS: &str = "etl.requests";
/// Those of them that failed.
pub const REQUESTS_FAILED: &str = "etl.requests.failed";
/// Those of them that were made again.
pub const REQUESTS_AGAIN: &str = "etl.requests.retried";
/// Those of them that have no span of their own.
pub const REQUESTS_SUPPRESSED: &str = "etl.requests.suppressed";
/// Time that they took together, in milliseconds (a float). They may be made at the same time.
pub const REQUESTS_TIME_MS: &str = "etl.requests.time_ms";
/// The slowest of them, in milliseconds (a float).
pub const REQUESTS_SLOWEST_MS: &str = "etl.requests.slowest_ms";
/// How the parent of a job's span was found, where it was looked for: `request`, `call` or `step` of a state machine, or
/// `header` where nothing was found.
pub const PARENT: &str = "etl.trace.parent";
/// The rule of X-Ray's by which the trace was sampled, on its outermost spans; named as AWS's own samplers name it.
pub const SAMPLING_RULE: &str = "aws.xray.sampling_rule";
/// Why no better parent was found, on the event that says so.
pub const REASON: &str = "reason";
/// The status of the reply to a request that failed; or the status of HTTP that a failure amounts to, where it is not ours:
/// the collector makes X-Ray's marks of it.
pub const STATUS_CODE: &str = "http.response.status_code";

/// The runs that rejected the rows of a replay, with spaces between; the job's span links to theirs.
pub const REPLAY_OF: &str = "etl.replay.of";
/// Rows that a job read, on the job alone: what is searched by must not be on every call as well.
pub const JOB_ROWS_IN: &str = "etl.job.rows.in";
/// Rows that a job wrote, on the job alone.
pub const JOB_ROWS_OUT: &str = "etl.job.rows.out";
/// Rows that a job rejected, where there are any.
pub const JOB_REJECTED: &str = "etl.job.rejected";
/// Calls that a job's stages made again, where there are any.
pub const JOB_RETRIES: &str = "etl.job.retries";
/// The names of a job's stages, with `, ` between.
pub const JOB_STAGES: &str = "etl.job.stages";
/// A job's plugins, `name@<first 12 digits of the digest>` with spaces between.
pub const JOB_PLUGINS: &str = "etl.job.plugins";
/// The stage of a job with the most time in calls of its plugin.
pub const JOB_SLOWEST_STAGE: &str = "etl.job.slowest.stage";
/// That stage's plugin.
pub const JOB_SLOWEST_PLUGIN: &str = "etl.job.slowest.plugin";
/// That stage's time in calls of the plugin, in milliseconds (a float).
pub const JOB_SLOWEST_MS: &str = "etl.job.slowest.ms";
/// The kind of failure that ended a job.
pub const JOB_FAILED_KIND: &str = "etl.job.failed.kind";
/// The stage that ended a job.
pub const JOB_FAILED_STAGE: &str = "etl.job.failed.stage";
/// That stage's plugin.
pub const JOB_FAILED_PLUGIN: &str = "etl.job.failed.plugin";
/// That stage's operation.
pub const JOB_FAILED_OPERATION: &str = "etl.job.failed.operation";

/// The attributes by which a trace is found: X-Ray's annotations. It indexes 50 of a trace, and all of these are on jobs,
/// so that their number does not grow with the stages: nine of a job, two more of one that bore with something, four more
/// of the one that failed. Four jobs stay within, whatever happens. The collector's configuration has the same list.
pub const INDEXED: [&str; 15] = [
    PIPELINE,
    RUN_ID,
    JOB_ROWS_IN,
    JOB_ROWS_OUT,
    JOB_REJECTED,
    JOB_RETRIES,
    JOB_STAGES,
    JOB_PLUGINS,
    JOB_SLOWEST_STAGE,
    JOB_SLOWEST_PLUGIN,
    JOB_SLOWEST_MS,
    JOB_FAILED_KIND,
    JOB_FAILED_STAGE,
    JOB_FAILED_PLUGIN,
    JOB_FAILED_OPERATION,
];

/// The name of a segment in X-Ray and of its node on the map, which would else be `service.name`.
pub const SEGMENT_NAME: &str = "aws.local.service";

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
/// The guest's backtrace, on the span itself: on its way to X-Ray the event loses what is not of a language it knows.
pub const BACKTRACE: &str = "etl.backtrace";

#[cfg(test)]
mod tests {
    use super::INDEXED;

    #[test]
    fn the_collector_indexes_the_same() {
        let config = include_str!("../../../collector/otel-agent-config.yaml");
        let items = config.lines().map(str::trim).skip_while(|line| *line != "indexed_attributes:").skip(1);
        let items = items.map_while(|line| line.strip_prefix("- ")).collect::<Vec<_>>();
        assert_eq!(items, INDEXED);
    }
}
