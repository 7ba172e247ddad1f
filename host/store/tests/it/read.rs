//! Reading, without faults.

use std::io::Read;

use etl_store::{Condition, ReadAhead, wait};

use crate::support::{Place, pattern, told};

#[test]
fn ranges_come_in_the_order_asked_for() {
    let place = Place::new();
    let content = pattern(100_000);
    place.put("object", content.clone());
    let object = wait(place.bucket.head(&place.key("object"))).unwrap();
    assert_eq!(object.bytes, 100_000);
    let ranges = [50_000..50_010, 0..1, 99_999..100_000, 7..7];
    let read = wait(place.bucket.read_ranges(&object, &ranges)).unwrap();
    let expected = ranges.map(|range| {
        content.slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap())
    });
    assert_eq!(read, expected);
}

#[test]
fn a_whole_object_is_bounded() {
    let place = Place::new();
    place.put("object", pattern(1_000));
    assert_eq!(place.get("object"), pattern(1_000));
    let error = wait(place.bucket.get(&place.key("object"), 999)).unwrap_err();
    let text = told(&error).replace(&place.key(""), "PLACE/");
    insta::assert_snapshot!(text, @"s3://data/PLACE/object is too large: at most 999 bytes are taken");
}

#[test]
fn a_stream_is_read_by_a_thread_that_blocks() {
    let place = Place::new();
    let content = pattern(1_000_003);
    place.put("object", content.clone());
    place.put("empty", "");
    let ahead = ReadAhead { part_bytes: 64 << 10, parts: 3 };
    let object = wait(place.bucket.head(&place.key("object"))).unwrap();
    let mut read = Vec::new();
    place.bucket.stream(&object, 0..object.bytes, ahead).blocking().read_to_end(&mut read).unwrap();
    assert!(read == content);
    let mut read = Vec::new();
    place.bucket.stream(&object, 500_000..700_000, ahead).blocking().read_to_end(&mut read).unwrap();
    assert!(read == content[500_000..700_000]);
    let empty = wait(place.bucket.head(&place.key("empty"))).unwrap();
    let mut stream = place.bucket.stream(&empty, 0..0, ahead);
    assert_eq!(wait(stream.next_chunk()).unwrap(), None);
}

#[test]
fn a_thread_that_a_runtime_needs_may_block() {
    let place = Place::new();
    place.put("object", pattern(100_000));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let read = runtime.block_on(async {
        let object = place.bucket.head(&place.key("object")).await.unwrap();
        let ahead = ReadAhead { part_bytes: 10_000, parts: 2 };
        let mut read = Vec::new();
        place.bucket.stream(&object, 0..object.bytes, ahead).blocking().read_to_end(&mut read).unwrap();
        read
    });
    assert!(read == pattern(100_000));
}

#[test]
fn an_object_that_changes_under_a_reader_is_an_error() {
    let place = Place::new();
    place.put("object", pattern(1_000));
    let object = wait(place.bucket.head(&place.key("object"))).unwrap();
    let ahead = ReadAhead { part_bytes: 100, parts: 1 };
    let mut stream = place.bucket.stream(&object, 0..1_000, ahead);
    wait(stream.next_chunk()).unwrap();
    // The one part that is fetched ahead may be of the old content.
    wait(place.bucket.put(&object.key, vec![7; 1_000].into(), Condition::Always)).unwrap();
    let error = std::iter::from_fn(|| Some(wait(stream.next_chunk()))).find_map(Result::err).unwrap();
    insta::assert_snapshot!(told(&error).replace(&place.key(""), "PLACE/"), @r"
    s3://data/PLACE/object has changed while it was read
    hint: run again when nobody writes it
    ");
    assert_eq!(wait(stream.next_chunk()).unwrap(), None);
}
