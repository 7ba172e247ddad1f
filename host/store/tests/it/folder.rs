//! Folders that are replaced as a whole: what is seen at each moment, and what runs that die leave.

use std::{thread::sleep, time::Duration};

use etl_store::testing::Inject;
use etl_store::{Bucket, Claim, Error, Files, Folder, Retry, wait};

use crate::support::{Place, impatient, told};

const LEASE: Duration = Duration::from_millis(250);
/// For runs that nobody else is to keep out.
const SHORT: Duration = Duration::from_millis(60);

fn begin(bucket: &Bucket, target: &str, run: &str, files: Files) -> Result<Folder, Error> {
    wait(Folder::begin(bucket, target, Claim { lease: LEASE, ..Claim::new(run, files) }))
}

/// Writes files, each with the run and how many there are.
fn fill(folder: &Folder, run: &str, count: u32) -> Result<(), Error> {
    for index in 0..count {
        let mut draft = wait(folder.create("", index, "txt"))?;
        wait(draft.write(format!("{run} {count}").into()))?;
        wait(draft.finish())?;
    }
    Ok(())
}

fn write(place: &Place, run: &str, files: Files, count: u32) -> Result<(), Error> {
    let claim = Claim { lease: SHORT, ..Claim::new(run, files) };
    let folder = wait(Folder::begin(&place.bucket, &place.key("out"), claim))?;
    fill(&folder, run, count)?;
    wait(folder.commit()).map(drop)
}

/// What our reader reads.
fn current(place: &Place) -> Option<Vec<String>> {
    let objects = wait(place.bucket.current(&place.key("out"))).unwrap()?;
    let read = |object| {
        String::from_utf8(wait(place.bucket.read_range(object, 0..object.bytes)).unwrap().into()).unwrap()
    };
    Some(objects.iter().map(read).collect())
}

/// What any tool lists, without what differs from run to run.
fn listed(place: &Place) -> String {
    let all = place.listed();
    let short = all.split(' ').map(|name| match name.rsplit_once('-') {
        Some((name, random)) if random.len() == "12345678.txt".len() => format!("{name}-R.txt"),
        _ => name.to_owned(),
    });
    short.collect::<Vec<_>>().join(" ").replace("out/", "")
}

#[test]
fn one_file_is_replaced_under_its_key() {
    let place = Place::new();
    let folder = begin(&place.bucket, &place.key("out"), "r1", Files::One).unwrap();
    fill(&folder, "r1", 1).unwrap();
    assert_eq!((listed(&place).as_str(), current(&place)), ("_manifest.json", Some(vec![])));
    let entries = wait(folder.commit()).unwrap();
    assert_eq!((entries.len(), entries[0].bytes), (1, 4));
    assert_eq!(listed(&place), "_manifest.json part-00000.txt");

    let folder = begin(&place.bucket, &place.key("out"), "r2", Files::One).unwrap();
    fill(&folder, "r2", 1).unwrap();
    assert_eq!(current(&place), Some(vec!["r1 1".to_owned()]));
    wait(folder.commit()).unwrap();
    assert_eq!(listed(&place), "_manifest.json part-00000.txt");
    assert_eq!(current(&place), Some(vec!["r2 1".to_owned()]));
}

#[test]
fn many_files_are_those_of_one_run() {
    let place = Place::new();
    write(&place, "r1", Files::Many, 3).unwrap();
    assert_eq!(listed(&place), "_manifest.json part-00000-r1-R.txt part-00001-r1-R.txt part-00002-r1-R.txt");
    let folder = begin(&place.bucket, &place.key("out"), "r1", Files::Many).unwrap();
    fill(&folder, "again", 2).unwrap();
    assert_eq!(current(&place), Some(vec!["r1 3".to_owned(); 3]));
    wait(folder.commit()).unwrap();
    assert_eq!(listed(&place), "_manifest.json part-00000-r1-R.txt part-00001-r1-R.txt");
    assert_eq!(current(&place), Some(vec!["again 2".to_owned(); 2]));
    // From one kind to the other, and back.
    write(&place, "r3", Files::One, 1).unwrap();
    assert_eq!(listed(&place), "_manifest.json part-00000.txt");
    write(&place, "r4", Files::Many, 1).unwrap();
    assert_eq!(listed(&place), "_manifest.json part-00000-r4-R.txt");
    // What a reader looks for is what the register names.
    let found = wait(place.bucket.find(&place.key("out"), &["txt"])).unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn what_is_given_up_leaves_what_was_there() {
    let place = Place::new();
    write(&place, "r1", Files::Many, 1).unwrap();
    let folder = begin(&place.bucket, &place.key("out"), "r2", Files::Many).unwrap();
    fill(&folder, "r2", 2).unwrap();
    wait(folder.abort()).unwrap();
    assert_eq!(current(&place), Some(vec!["r1 1".to_owned()]));

    let folder = begin(&place.bucket, &place.key("out"), "r3", Files::Many).unwrap();
    let _unfinished = wait(folder.create("", 0, "txt")).unwrap();
    let error = wait(folder.commit()).unwrap_err();
    insta::assert_snapshot!(told(&error).replace(&place.key(""), "PLACE/"), @"can't commit s3://data/PLACE/out: 0 of 1 files are finished");
    assert_eq!(current(&place), Some(vec!["r1 1".to_owned()]));
}

#[test]
fn what_no_run_wrote_is_not_replaced() {
    let place = Place::new();
    place.put("out/notes.md", "precious");
    place.put("object", "precious");
    let refused = |target: &str| {
        let error = begin(&place.bucket, &place.key(target), "r", Files::One).unwrap_err();
        told(&error).replace(&place.key(""), "PLACE/")
    };
    insta::assert_snapshot!(refused("out"), @r#"
        won't replace s3://data/PLACE/out: it holds "notes.md", which no job wrote
        hint: write to a folder of its own, or remove what is in this one
        "#);
    insta::assert_snapshot!(refused("object"), @"can't write s3://data/PLACE/object: it is an object, not a folder");
    place.put("odd/_manifest.json", "{}");
    insta::assert_snapshot!(refused("odd"), @r"
    can't read s3://data/PLACE/odd/_manifest.json: missing field `version` at line 1 column 2
    hint: write to a folder of its own, or remove what no job wrote
    ");
    assert_eq!(place.listed(), "object odd/_manifest.json out/notes.md");
}

#[test]
fn a_run_that_lives_keeps_others_out() {
    let place = Place::new();
    let folder = begin(&place.bucket, &place.key("out"), "first", Files::One).unwrap();
    let error = begin(&place.bucket, &place.key("out"), "second", Files::One).unwrap_err();
    insta::assert_snapshot!(told(&error).replace(&place.key(""), "PLACE/"), @r"
    another run writes s3://data/PLACE/out already: first
    hint: wait for its end; a run that has died is found to be dead within a minute
    ");
    fill(&folder, "first", 1).unwrap();
    sleep(3 * LEASE);
    wait(folder.commit()).unwrap();
    assert_eq!(current(&place), Some(vec!["first 1".to_owned()]));
}

#[test]
fn a_run_that_was_only_slow_cannot_commit_any_more() {
    for files in [Files::One, Files::Many] {
        let place = Place::new();
        let slow = place.beside(impatient());
        let folder = begin(&slow.bucket, &slow.key("out"), "slow", files).unwrap();
        fill(&folder, "slow", 1).unwrap();
        // From now on its signs of life come too late.
        slow.inject("_manifest.json", 100, Inject::Delay(8 * LEASE));
        write(&place, "quick", files, 1).unwrap();
        let error = wait(folder.commit()).unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&error).replace(&place.key(""), "PLACE/"), @"another run has taken s3://data/PLACE/out: this one gave no sign of life for 250 ms");
        }
        assert_eq!(current(&place), Some(vec!["quick 1".to_owned()]));
        assert_eq!(listed(&place).split(' ').count(), 2);
    }
}

/// A run dies at each of its requests. Whatever was done by then, a reader reads the one or the other generation, and
/// the next run leaves nothing of it. Gives how often that was the old one.
fn dying(files: Files, count: u32, before: bool) -> (usize, usize) {
    let quick = Retry { attempts: 1, ..impatient() };
    let mut olds = 0;
    for requests in 0.. {
        let place = Place::new();
        if before {
            write(&place, "old", files, count).unwrap();
        }
        let old = current(&place);
        let doomed = place.beside(quick.clone());
        doomed.proxy.cut_after(requests);
        let end = write(&doomed, "new", files, count);
        let is_alive = doomed.proxy.seen().len() < requests;
        drop(doomed);

        let (seen, new) = (current(&place), Some(vec![format!("new {count}"); count as usize]));
        // Before anything is committed, a folder that is claimed is an empty one.
        let is_old = seen == old || old.is_none() && seen == Some(vec![]);
        assert!(is_old || seen == new, "after {requests} requests: {seen:?}");
        assert!(end.is_err() || seen == new, "after {requests} requests: {end:?}, {seen:?}");
        olds += usize::from(is_old);

        let next = begin(&place.bucket, &place.key("out"), "next", files).unwrap();
        let seen = seen.unwrap_or_default();
        assert_eq!(current(&place), Some(seen.clone()), "after {requests} requests");
        let listed = listed(&place);
        let more = listed.split(' ').filter(|name| name.starts_with("part")).count() - seen.len();
        // The file of a first run that dies between its completion and the register stays in the list.
        assert!(
            more == 0 || more == 1 && !before && files == Files::One,
            "after {requests} requests: {listed}"
        );
        wait(next.abort()).unwrap();
        if is_alive {
            return (olds, requests);
        }
    }
    unreachable!("a run ends")
}

#[test]
fn a_run_may_die_at_any_request_that_replaces_one_file() {
    let (olds, requests) = dying(Files::One, 1, true);
    assert!(olds >= 9 && requests > olds, "{olds} of {requests}");
}

#[test]
fn a_run_may_die_at_any_request_that_replaces_many_files() {
    let (olds, requests) = dying(Files::Many, 2, true);
    assert!(olds >= 13 && requests > olds, "{olds} of {requests}");
}

#[test]
fn a_run_may_die_at_any_request_of_the_first() {
    dying(Files::One, 1, false);
    dying(Files::Many, 2, false);
}

#[test]
fn replies_may_be_lost() {
    let place = Place::new();
    write(&place, "old", Files::Many, 2).unwrap();
    for request in ["partNumber", "POST /", "HEAD /", "GET /", "delete"] {
        place.inject(request, 1, Inject::Lost);
    }
    // What is written there is never confirmed: it is read to know.
    place.inject(&format!("PUT /data/{}", place.key("out/_manifest.json")), 1_000, Inject::Lost);
    write(&place, "new", Files::Many, 2).unwrap();
    assert_eq!(current(&place), Some(vec!["new 2".to_owned(); 2]));
    assert_eq!(listed(&place).split(' ').count(), 3);
}
