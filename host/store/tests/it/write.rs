//! Writing, without faults.

use bytes::Bytes;
use etl_store::{Condition, wait};

use crate::support::{Place, pattern, told};

#[test]
fn small_objects_take_one_request_and_large_ones_parts() {
    let place = Place::new();
    let large = pattern(20 << 20);
    for (name, content) in [("empty", Bytes::new()), ("small", pattern(1_000)), ("large", large)] {
        let mut upload = place.bucket.upload(&place.key(name), Condition::Always);
        for piece in content.chunks(3 << 20) {
            wait(upload.write(Bytes::copy_from_slice(piece))).unwrap();
        }
        let written = wait(upload.finish()).unwrap();
        assert_eq!(written.bytes, content.len() as u64);
        let heard = place.heard.take();
        assert_eq!(heard.lines().count(), if name == "large" { 5 } else { 1 }, "{heard}");
        assert!(place.get(name) == content);
        place.heard.take();
    }
}

#[test]
fn what_is_not_finished_is_not_seen_and_not_kept() {
    let place = Place::new();
    let mut upload = place.bucket.upload(&place.key("object"), Condition::Always);
    wait(upload.write(pattern(9 << 20))).unwrap();
    assert_eq!(place.listed(), "");
    drop(upload);
    let aborted =
        || place.proxy.seen().iter().any(|line| line.starts_with("DELETE") && line.contains("uploadId"));
    for _ in 0..200 {
        if aborted() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("nothing was aborted");
}

#[test]
fn conditions_hold_for_one_request_and_for_parts() {
    let place = Place::new();
    let write = |name: &str, length, condition| {
        let mut upload = place.bucket.upload(&place.key(name), condition);
        wait(upload.write(pattern(length)))?;
        wait(upload.finish()).map(|written| written.etag.unwrap())
    };
    for (name, length) in [("small", 100), ("large", 9 << 20)] {
        let first = write(name, length, Condition::Absent).unwrap();
        let again = write(name, length, Condition::Absent).unwrap_err();
        insta::allow_duplicates! {
            let text = told(&again).replace(&place.key(name), "PLACE").replace("complete", "put");
            insta::assert_snapshot!(text, @"can't write s3://data/PLACE: somebody else has written it");
        }
        let second = write(name, length + 1, Condition::Unchanged(first.clone())).unwrap();
        assert_ne!(first, second);
        write(name, length, Condition::Unchanged(first)).unwrap_err();
        assert_eq!(place.get(name).len(), length + 1);
    }
}

#[test]
fn what_is_deleted_is_gone_and_may_be_deleted_again() {
    let place = Place::new();
    place.put("one", "1");
    place.put("a space & more", "2");
    let keys = vec![place.key("one"), place.key("a space & more"), place.key("never there")];
    wait(place.bucket.delete(keys.clone())).unwrap();
    assert_eq!(place.listed(), "");
    wait(place.bucket.delete(keys)).unwrap();
}
