//! What fails on the way, and what is done about it.

use std::{io::Read, time::Duration};

use etl_store::testing::Inject;
use etl_store::{Condition, Error, ReadAhead, Retry, wait};

use crate::support::{Place, impatient, pattern, told};

/// What a fault does to reading an object: the attempts, and the error if there is one.
fn reading(inject: Inject, times: usize) -> String {
    let place = Place::new();
    place.put("object", pattern(1_000));
    let object = wait(place.bucket.head(&place.key("object"))).unwrap();
    place.heard.take();
    place.inject("GET /", times, inject);
    let read = wait(place.bucket.read_range(&object, 0..1_000));
    let heard = place.heard.take();
    match read {
        Ok(content) => {
            assert!(content == pattern(1_000));
            heard
        }
        Err(error) => format!("{heard}\n{}", told(&error).replace(&place.key(""), "PLACE/")),
    }
}

#[test]
fn a_service_that_is_busy_is_asked_again() {
    insta::assert_snapshot!(reading(Inject::Status(503, "SlowDown"), 2), @r"
    get object #1: 503 Service Unavailable (SlowDown), 0 bytes, again
    get object #2: 503 Service Unavailable (SlowDown), 0 bytes, again
    get object #3: ok, 1000 bytes
    ");
    insta::assert_snapshot!(reading(Inject::Status(500, "InternalError"), 1), @r"
    get object #1: 500 Internal Server Error (InternalError), 0 bytes, again
    get object #2: ok, 1000 bytes
    ");
    insta::assert_snapshot!(reading(Inject::Status(429, "TooManyRequests"), 1), @r"
    get object #1: 429 Too Many Requests (TooManyRequests), 0 bytes, again
    get object #2: ok, 1000 bytes
    ");
}

#[test]
fn a_service_that_stays_busy_is_given_up() {
    insta::assert_snapshot!(reading(Inject::Status(503, "SlowDown"), 10), @r"
    get object #1: 503 Service Unavailable (SlowDown), 0 bytes, again
    get object #2: 503 Service Unavailable (SlowDown), 0 bytes, again
    get object #3: 503 Service Unavailable (SlowDown), 0 bytes, again
    get object #4: 503 Service Unavailable (SlowDown), 0 bytes
    s3://data/PLACE/object: 503 Service Unavailable (SlowDown) after 4 attempts in TIME
    ");
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    insta::assert_snapshot!(reading(Inject::Reset, 2), @r"
    get object #1: connection reset, 0 bytes, again
    get object #2: connection reset, 0 bytes, again
    get object #3: ok, 1000 bytes
    ");
    insta::assert_snapshot!(reading(Inject::Reset, 10), @r"
    get object #1: connection reset, 0 bytes, again
    get object #2: connection reset, 0 bytes, again
    get object #3: connection reset, 0 bytes, again
    get object #4: connection reset, 0 bytes
    s3://data/PLACE/object: connection reset after 4 attempts in TIME
    ");
}

#[test]
fn a_body_that_ends_early_is_read_on_from_there() {
    insta::assert_snapshot!(reading(Inject::Truncate(300), 2), @r"
    get object #1: the reply ended early, 300 bytes, again
    get object #2: the reply ended early, 300 bytes, again
    get object #3: ok, 400 bytes
    ");
}

#[test]
fn what_is_denied_is_not_asked_again() {
    insta::assert_snapshot!(reading(Inject::Status(403, "AccessDenied"), 1), @r"
    get object #1: 403 Forbidden (AccessDenied), 0 bytes
    can't read s3://data/PLACE/object: access denied
    hint: the policy must allow s3:GetObject for the object; without s3:ListBucket, a missing object looks the same
    ");
    insta::assert_snapshot!(reading(Inject::Status(403, "ExpiredToken"), 1), @r"
    get object #1: 403 Forbidden (ExpiredToken), 0 bytes
    can't read s3://data/PLACE/object: the credentials are wrong (ExpiredToken)
    hint: the session is over: get new credentials
    ");
    insta::assert_snapshot!(reading(Inject::Status(301, "PermanentRedirect"), 1), @r"
    get object #1: 301 Moved Permanently (PermanentRedirect), 0 bytes
    can't read s3://data/PLACE/object: the bucket is in another region
    hint: set AWS_REGION to the bucket's region
    ");
    insta::assert_snapshot!(reading(Inject::Status(418, "Teapot"), 1), @r"
    get object #1: 418 (Teapot), 0 bytes
    can't read s3://data/PLACE/object: 418 (Teapot): As injected.
    ");
}

#[test]
fn a_stream_goes_on_where_it_was() {
    let place = Place::new();
    let content = pattern(500_000);
    place.put("object", content.clone());
    let object = wait(place.bucket.head(&place.key("object"))).unwrap();
    place.inject("GET /", 3, Inject::Truncate(10_000));
    place.inject("GET /", 3, Inject::Reset);
    place.inject("GET /", 3, Inject::Status(503, "SlowDown"));
    let ahead = ReadAhead { part_bytes: 50_000, parts: 2 };
    let mut read = Vec::new();
    let stream = place.bucket.with_retry(Retry { attempts: 20, ..impatient() });
    stream.stream(&object, 0..object.bytes, ahead).blocking().read_to_end(&mut read).unwrap();
    assert!(read == content);
}

#[test]
fn a_reply_that_takes_too_long_is_not_waited_for() {
    let place = Place::new();
    let bucket = place.with_attempts_of(Duration::from_millis(300));
    place.put("object", pattern(100));
    place.inject("HEAD /", 1, Inject::Delay(Duration::from_millis(900)));
    wait(bucket.head(&place.key("object"))).unwrap();
    insta::assert_snapshot!(place.heard.take(), @r"
    head object #1: no reply in time, 0 bytes, again
    head object #2: ok, 0 bytes
    ");
}

#[test]
fn a_write_whose_reply_is_lost_is_known_again() {
    let place = Place::new();
    place.inject("PUT /", 1, Inject::Lost);
    wait(place.bucket.put(&place.key("small"), "content".into(), Condition::Absent)).unwrap();
    insta::assert_snapshot!(place.heard.take(), @r"
    put small #1: connection reset, 0 bytes, again
    put small #2: ok, 7 bytes
    ");

    let mut upload = place.bucket.upload(&place.key("large"), Condition::Absent);
    wait(upload.write(pattern(9 << 20))).unwrap();
    place.inject("POST /", 1, Inject::Lost);
    wait(upload.finish()).unwrap();
    let heard = place.heard.take();
    let completing = heard.lines().skip_while(|line| !line.starts_with("complete")).collect::<Vec<_>>();
    insta::assert_snapshot!(completing.join("\n"), @r"
    complete large #1: connection reset, 0 bytes, again
    head large #1: ok, 0 bytes
    complete large #2: ok, 0 bytes
    ");
    assert_eq!(place.get("large").len(), 9 << 20);
}

#[test]
fn a_part_that_fails_is_sent_again_and_one_that_cannot_be_ends_the_upload() {
    let place = Place::new();
    place.inject("partNumber=1", 2, Inject::Status(503, "SlowDown"));
    place.inject("partNumber=2", 1, Inject::Reset);
    let mut upload = place.bucket.upload(&place.key("object"), Condition::Always);
    wait(upload.write(pattern(17 << 20))).unwrap();
    wait(upload.finish()).unwrap();
    assert!(place.get("object") == pattern(17 << 20));

    place.inject("partNumber=2", 10, Inject::Status(500, "InternalError"));
    let mut upload = place.bucket.upload(&place.key("other"), Condition::Always);
    wait(upload.write(pattern(17 << 20))).unwrap();
    let error = wait(upload.finish()).unwrap_err();
    insta::assert_snapshot!(told(&error).replace(&place.key(""), "PLACE/"), @"s3://data/PLACE/other: 500 Internal Server Error (InternalError) after 4 attempts in TIME");
    assert!(matches!(error, Error::GaveUp { attempts: 4, .. }));
    assert_eq!(place.listed(), "object");
}
