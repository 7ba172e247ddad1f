//! Pipelines from a text.

use std::{collections::BTreeMap, path::Path};

use etl_pipeline::{Diagnostics, Pipeline};

/// Nothing wrong in it.
pub(crate) const GOOD: &str = r#"
name = "demo"

[vars]
input = "in.csv"

[plugins]
clean = { path = "plugins/clean.wasm" }

[jobs.clean]
source.csv = { url = "${input}" }
sink.parquet = { url = "out/clean" }

[[jobs.clean.stages]]
name = "Drop"
run = "clean/drop-columns"
with = { columns = ["a", "b"] }
"#;

pub(crate) fn parse(text: &str) -> Result<Pipeline, Diagnostics> {
    parse_with(text, &[], &[])
}

pub(crate) fn parse_with(
    text: &str,
    vars: &[(&str, &str)],
    env: &[(&str, &str)],
) -> Result<Pipeline, Diagnostics> {
    let vars: BTreeMap<_, _> =
        vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let env: BTreeMap<_, _> = env.iter().copied().collect();
    Pipeline::parse(Path::new("pipeline.toml"), text, &vars, &|name| {
        env.get(name).map(|value| (*value).to_owned())
    })
}

/// What is shown for `GOOD` with each of `edits` made in it.
pub(crate) fn problems(edits: &[(&str, &str)]) -> String {
    let text = edits.iter().fold(GOOD.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old:?} is not in the text");
        text.replacen(old, new, 1)
    });
    parse(text.trim_start()).unwrap_err().to_string()
}
