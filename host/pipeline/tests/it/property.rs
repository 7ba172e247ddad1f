//! No text makes loading panic, and what is shown of its problems always stands in the file.

use proptest::prelude::*;

use crate::support::{GOOD, parse_with};

const EXAMPLE: &str = include_str!("../../../../examples/airbnb/pipeline.toml");

/// Text that is likely to matter where it is put in.
const SPICE: [&str; 22] = [
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\n",
    "=",
    ".",
    "${",
    "}",
    "$${",
    "${input}",
    "${env:SECRET}",
    "é",
    "\u{feff}",
    "\r\n",
    "\"\"\"",
    "[[jobs.clean.stages]]\n",
    "source.job = \"process\"\n",
    "/",
    "\\u00e9",
];

#[derive(Clone, Debug)]
enum Edit {
    Remove(usize, usize),
    Insert(usize, String),
    Repeat(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let spice = prop_oneof![(0..SPICE.len()).prop_map(|index| SPICE[index].to_owned()), ".{0,4}"];
    prop_oneof![
        (any::<usize>(), 1..40_usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<usize>(), spice).prop_map(|(at, text)| Edit::Insert(at, text)),
        (any::<usize>(), 1..80_usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
    ]
}

fn apply(text: &str, edit: &Edit) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let count = characters.len();
    let range = |at: usize, length: usize| at % (count + 1)..(at % (count + 1) + length).min(count);
    match edit {
        Edit::Remove(at, length) => drop(characters.drain(range(*at, *length))),
        Edit::Insert(at, text) => {
            let at = at % (count + 1);
            characters.splice(at..at, text.chars());
        }
        Edit::Repeat(at, length) => {
            let again: Vec<char> = characters[range(*at, *length)].to_vec();
            characters.splice(at % (count + 1)..at % (count + 1), again);
        }
    }
    characters.into_iter().collect()
}

/// Loads, and shows what is to be shown, in every way.
fn load(text: &str) -> Result<(), TestCaseError> {
    match parse_with(text, &[("input", "x.csv")], &[("SECRET", "hunter2")]) {
        Ok(pipeline) => {
            let shown = format!("{pipeline:?}");
            prop_assert!(!shown.contains("hunter2"));
        }
        Err(problems) => {
            prop_assert!(!problems.render(false).contains("hunter2"));
            prop_assert!(!problems.render(true).is_empty());
            for problem in &problems {
                prop_assert!(problem.at().is_none_or(|at| at.start <= at.end && at.end <= text.len()));
                prop_assert!(problem.location().starts_with("pipeline.toml"));
            }
        }
    }
    Ok(())
}

#[test]
fn no_depth_overflows_the_stack() -> Result<(), TestCaseError> {
    for depth in [50, 100, 1_000, 10_000, 100_000] {
        let dotted = vec!["a"; depth].join(".");
        load(&format!("a = {}", "[".repeat(depth)))?;
        load(&format!("a = {}", "{a=".repeat(depth)))?;
        load(&format!("a = {}1{}", "[".repeat(depth), "]".repeat(depth)))?;
        load(&format!("{dotted} = 1"))?;
        load(&format!("[{dotted}]"))?;
        load(&GOOD.replace("with =", &format!("with.{dotted} = '${{input}}'\nx =")))?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_pipeline_never_panics(edits in prop::collection::vec(edit(), 1..8), small in any::<bool>()) {
        let text = if small { GOOD } else { EXAMPLE };
        load(&edits.iter().fold(text.to_owned(), |text, edit| apply(&text, edit)))?;
    }

    #[test]
    fn any_text_at_all_never_panics(text in "(?s).{0,200}") {
        load(&text)?;
    }

    #[test]
    fn any_text_as_a_value_never_panics(text in "(?s).{0,30}", place in 0..6_usize) {
        let old = ["in.csv", "plugins/clean.wasm", "${input}", "out/clean", "clean/drop-columns", "demo"][place];
        let written = serde_json::Value::from(text).to_string();
        load(&GOOD.replace(old, &written[1..written.len() - 1]))?;
    }
}
