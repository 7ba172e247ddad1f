//! What goes wrong for a moment is tried again, and seen on the trace; what stays wrong is told.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use etl_store::testing::Inject;
use insta::assert_snapshot;

use super::Shop;

const INPUT: &str = "id,name\n1,one\n2,two\n3,three\n";
const PIPELINE: &str =
    "name = 'copy'\n[jobs.copy]\nsource.csv = { url = 'S3/in.csv' }\nsink.csv = { url = 'S3/out/' }\n";
/// The first is of the sample.
const READ: (usize, &str) = (1, "/in.csv");
const SEND: (usize, &str) = (0, "partNumber=1");

/// A run of the pipeline that fares so with its requests, and succeeds; what the trace has of it.
fn healed(
    (skip, request): (usize, &str),
    times: usize,
    inject: Inject,
    variables: &[(&str, &str)],
) -> String {
    let shop = Shop::new();
    shop.put("in.csv", INPUT);
    let method = if request.starts_with('/') { "GET" } else { "PUT" };
    // Of the object the head is asked for too.
    let request =
        if method == "GET" { format!("GET /data/{}", shop.key("in.csv")) } else { request.to_owned() };
    shop.proxy.inject_after(skip, &request, times, inject);
    let output = shop.run_with(PIPELINE, &[], variables);
    assert!(output.status.success(), "{}", shop.said(&output));
    let written = shop.output("out").unwrap();
    assert_eq!(written, [("part-00000.csv".to_owned(), INPUT.as_bytes().to_vec())]);
    shop.traced()
}

/// A run that fails: what the user sees, and what the trace has of it.
fn failed((skip, request): (usize, &str), times: usize, inject: Inject) -> String {
    let shop = Shop::new();
    shop.put("in.csv", INPUT);
    let request = match request {
        "/in.csv" => format!("GET /data/{}", shop.key("in.csv")),
        other => other.to_owned(),
    };
    shop.proxy.inject_after(skip, &request, times, inject);
    let output = shop.run_with(PIPELINE, &[], &[("AWS_MAX_ATTEMPTS", "3")]);
    assert_eq!(output.status.code(), Some(1));
    // Nothing is seen of it.
    assert!(shop.output("out").is_none_or(|files| files.is_empty()));
    // What is given up is aborted in the background, heard or not.
    let traced = shop.traced();
    let traced = traced.lines().map(|line| match line.split_once(" requests, ") {
        Some((before, after)) => {
            format!("{} {after}", before.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end())
        }
        None => line.to_owned(),
    });
    format!("{}\n---\n{}", shop.said(&output), traced.collect::<Vec<_>>().join("\n"))
}

#[test]
fn nothing_goes_wrong() {
    assert_snapshot!(healed((0, "nothing"), 0, Inject::Reset, &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 3 requests, 0 failed, 0 made again
    write: 7 requests, 0 failed, 0 made again
    ");
}

#[test]
fn an_error_of_the_service() {
    assert_snapshot!(healed(READ, 1, Inject::Status(500, "InternalError"), &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 4 requests, 1 failed, 1 made again
      get in.csv #1: InternalError: 500 Internal Server Error (InternalError): As injected., again after a pause
    write: 7 requests, 0 failed, 0 made again
    ");
    assert_snapshot!(healed(SEND, 1, Inject::Status(500, "InternalError"), &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 3 requests, 0 failed, 0 made again
    write: 8 requests, 1 failed, 1 made again
      upload out/part-00000.csv #1: InternalError: 500 Internal Server Error (InternalError): As injected., again after a pause
    ");
}

#[test]
fn the_service_asks_for_patience() {
    assert_snapshot!(healed(READ, 2, Inject::Status(503, "SlowDown"), &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 5 requests, 2 failed, 2 made again
      get in.csv #1: SlowDown: 503 Service Unavailable (SlowDown): As injected., again after a pause
      get in.csv #2: SlowDown: 503 Service Unavailable (SlowDown): As injected., again after a pause
    write: 7 requests, 0 failed, 0 made again
    ");
    assert_snapshot!(healed(SEND, 2, Inject::Status(503, "SlowDown"), &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 3 requests, 0 failed, 0 made again
    write: 9 requests, 2 failed, 2 made again
      upload out/part-00000.csv #1: SlowDown: 503 Service Unavailable (SlowDown): As injected., again after a pause
      upload out/part-00000.csv #2: SlowDown: 503 Service Unavailable (SlowDown): As injected., again after a pause
    ");
}

#[test]
fn a_connection_is_reset() {
    assert_snapshot!(healed(READ, 1, Inject::Reset, &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 4 requests, 1 failed, 1 made again
      get in.csv #1: connection-reset: connection reset: Connection reset by peer (os error 104), again after a pause
    write: 7 requests, 0 failed, 0 made again
    ");
    assert_snapshot!(healed(SEND, 1, Inject::Reset, &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 3 requests, 0 failed, 0 made again
    write: 8 requests, 1 failed, 1 made again
      upload out/part-00000.csv #1: connection-reset: connection reset: Connection reset by peer (os error 104), again after a pause
    ");
}

#[test]
fn a_reply_takes_too_long() {
    let patience = [("ETL_HOST_REQUEST_TIMEOUT", "3s")];
    assert_snapshot!(healed(READ, 1, Inject::Delay(Duration::from_secs(5)), &patience), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 4 requests, 1 failed, 1 made again
      get in.csv #1: timeout: no reply in time: operation timed out, again after a pause
    write: 7 requests, 0 failed, 0 made again
    ");
    assert_snapshot!(healed(SEND, 1, Inject::Delay(Duration::from_secs(5)), &patience), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 3 requests, 0 failed, 0 made again
    write: 8 requests, 1 failed, 1 made again
      upload out/part-00000.csv #1: timeout: no reply in time: operation timed out, again after a pause
    ");
}

#[test]
fn a_body_ends_early() {
    assert_snapshot!(healed(READ, 1, Inject::Truncate(10), &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 4 requests, 1 failed, 1 made again
      get in.csv #1: truncated: the reply ended early: end of file before message length reached, again after a pause
    write: 7 requests, 0 failed, 0 made again
    ");
}

#[test]
fn a_reply_is_lost() {
    assert_snapshot!(healed(SEND, 1, Inject::Lost, &[]), @r"
    copy: 6 requests, 0 failed, 0 made again
    read: 3 requests, 0 failed, 0 made again
    write: 8 requests, 1 failed, 1 made again
      upload out/part-00000.csv #1: connection-reset: connection reset: connection closed before message completed, again after a pause
    ");
    assert_snapshot!(healed((0, "PUT /data"), 1, Inject::Lost, &[]), @r"
    copy: 7 requests, 1 failed, 1 made again
      put out/_manifest.json #1: connection-reset: connection reset: connection closed before message completed, again after a pause
    read: 3 requests, 0 failed, 0 made again
    write: 7 requests, 0 failed, 0 made again
    ");
}

#[test]
fn the_service_goes_on_failing() {
    assert_snapshot!(failed(READ, 10, Inject::Status(500, "InternalError")), @r"
    error: S3/in.csv: 500 Internal Server Error (InternalError) after 3 attempts in TIME
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv' }
      |
    ---
    copy: 0 failed, 0 made again, failed by source
    read: 3 failed, 2 made again, failed by source
      get in.csv #1: InternalError: 500 Internal Server Error (InternalError): As injected., again after a pause
      get in.csv #2: InternalError: 500 Internal Server Error (InternalError): As injected., again after a pause
      get in.csv #3: InternalError: 500 Internal Server Error (InternalError): As injected.
    write: 0 failed, 0 made again
    ");
    assert_snapshot!(failed(SEND, 10, Inject::Status(503, "SlowDown")), @r"
    error: S3/out/part-00000.csv: 503 Service Unavailable (SlowDown) after 3 attempts in TIME
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = 'S3/out/' }
      |
    ---
    copy: 0 failed, 0 made again, failed by sink
    read: 0 failed, 0 made again
    write: 3 failed, 2 made again, failed by sink
      upload out/part-00000.csv #1: SlowDown: 503 Service Unavailable (SlowDown): As injected., again after a pause
      upload out/part-00000.csv #2: SlowDown: 503 Service Unavailable (SlowDown): As injected., again after a pause
      upload out/part-00000.csv #3: SlowDown: 503 Service Unavailable (SlowDown): As injected.
    ");
}

#[test]
fn access_is_denied() {
    assert_snapshot!(failed(READ, 10, Inject::Status(403, "AccessDenied")), @r"
    error: can't read S3/in.csv: access denied
     --> pipeline.toml:3:22
      |
    3 | source.csv = { url = 'S3/in.csv' }
      |
      |
      = help: the policy must allow s3:GetObject for the object; without s3:ListBucket, a missing object looks the same
    ---
    copy: 0 failed, 0 made again, failed by source
    read: 1 failed, 0 made again, failed by source
      get in.csv #1: AccessDenied: 403 Forbidden (AccessDenied): As injected.
    write: 0 failed, 0 made again
    ");
    assert_snapshot!(failed(SEND, 10, Inject::Status(403, "AccessDenied")), @r"
    error: can't write S3/out/part-00000.csv: access denied
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = 'S3/out/' }
      |
      |
      = help: the policy must allow s3:PutObject for the object
    ---
    copy: 0 failed, 0 made again, failed by sink
    read: 0 failed, 0 made again
    write: 1 failed, 0 made again, failed by sink
      upload out/part-00000.csv #1: AccessDenied: 403 Forbidden (AccessDenied): As injected.
    ");
    assert_snapshot!(failed((0, "POST /data"), 10, Inject::Status(403, "AccessDenied")), @r"
    error: can't write S3/out/part-00000.csv: access denied
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = 'S3/out/' }
      |
      |
      = help: the policy must allow s3:PutObject for the object
    ---
    copy: 1 failed, 0 made again, failed by sink
      create out/part-00000.csv #1: AccessDenied: 403 Forbidden (AccessDenied): As injected.
    ");
}

#[test]
fn a_run_that_waits_can_be_interrupted() {
    for (skip, request) in [(1, "GET /data"), (0, "partNumber=1")] {
        let shop = Shop::new();
        shop.put("in.csv", INPUT);
        shop.proxy.inject_after(skip, request, 1, Inject::Delay(Duration::from_secs(50)));
        shop.write_pipeline(PIPELINE);
        let mut host = shop.host(&["run", "pipeline.toml"]);
        let host = host.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let asked = || shop.proxy.seen().iter().filter(|line| line.contains(request)).count();
        while asked() <= skip {
            sleep(Duration::from_millis(10));
        }
        let began = Instant::now();
        let pid = host.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let output = host.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", shop.said(&output));
        assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
        // Given up, not left for the next run to find dead.
        assert!(shop.run(PIPELINE, &[]).status.success());
        assert!(began.elapsed() < Duration::from_secs(40));
    }
}

#[test]
fn a_commit_that_fails_leaves_what_was_there() {
    let shop = Shop::new();
    shop.put("in.csv", INPUT);
    assert!(shop.run(PIPELINE, &[]).status.success());
    shop.put("in.csv", "id\n7\n");
    shop.proxy.inject_after(1, "POST /data", 10, Inject::Status(403, "AccessDenied"));
    let output = shop.run(PIPELINE, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(shop.said(&output), @r"
    error: can't write S3/out/part-00000.csv: access denied
     --> pipeline.toml:4:20
      |
    4 | sink.csv = { url = 'S3/out/' }
      |
      |
      = help: the policy must allow s3:PutObject for the object
    ");
    assert_eq!(shop.output("out").unwrap(), [("part-00000.csv".to_owned(), INPUT.as_bytes().to_vec())]);
}
