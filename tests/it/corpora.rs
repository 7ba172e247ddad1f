//! Inputs that fuzzing has found, and the seeds that it begins with: what must hold of any holds of them.

use std::fs;

use etl_tests::fuzz::TARGETS;

use crate::support::root;

#[test]
fn what_holds_of_any_input_holds_of_the_corpora() {
    let corpora = root().join("fuzz/corpus");
    let mut folders: Vec<_> = fs::read_dir(&corpora)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, target) in TARGETS {
        for entry in fs::read_dir(corpora.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let content = fs::read(&path).unwrap();
            let held = std::panic::catch_unwind(|| target(&content));
            assert!(held.is_ok(), "{} breaks what must hold", path.display());
        }
    }
}
