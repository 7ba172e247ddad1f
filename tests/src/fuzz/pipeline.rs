//! pipeline.toml.

use std::collections::BTreeMap;
use std::path::Path;

use etl_pipeline::Pipeline;

/// Any text is a pipeline or has problems, and each problem has a place in the text.
pub fn pipeline(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let vars = BTreeMap::from([("input".to_owned(), "in.csv".to_owned())]);
    let env = |name: &str| (name == "SECRET").then(|| "hunter2".to_owned());
    match Pipeline::parse(Path::new("pipeline.toml"), text, &vars, &env) {
        Ok(pipeline) => {
            // Whoever writes the secret's value into the file itself has given it away.
            assert!(text.contains("hunter2") || !format!("{pipeline:?}").contains("hunter2"));
        }
        Err(problems) => {
            for problem in &problems {
                let at = problem.at();
                assert!(at.is_none_or(|at| at.start <= at.end && at.end <= text.len()), "{problem:?}");
                assert!(!problem.message().is_empty());
                let shown = problem.render(false);
                assert!(text.contains("hunter2") || !shown.contains("hunter2"), "{shown}");
                assert!(!shown.contains('\u{1b}'), "{shown:?}");
                problem.render(true);
            }
        }
    }
}
