//! No crate whose types we pass around may be there twice.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// Two incompatible versions of one of these are two sets of types. deny.toml says the same to cargo-deny;
/// this needs no installation.
const FAMILIES: [&str; 6] = ["arrow", "datafusion", "object_store", "opentelemetry", "parquet", "wasmtime"];

pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let metadata = workspace.metadata(["--locked"])?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let packages =
        packages.iter().filter_map(|package| Some((package["name"].as_str()?, package["version"].as_str()?)));
    let (watched, twice) = duplicates(packages);
    if !twice.is_empty() {
        bail!("{}\n`cargo tree --invert NAME@VERSION` shows who asks for each", twice.join("\n"));
    }
    Ok(format!("{watched} crates, one major version of each"))
}

/// How many crates of our families there are, and those with several major versions.
fn duplicates<'a>(packages: impl Iterator<Item = (&'a str, &'a str)>) -> (usize, Vec<String>) {
    let mut majors = BTreeMap::<_, BTreeSet<_>>::new();
    for (name, version) in packages.filter(|(name, _)| is_watched(name)) {
        majors.entry(name).or_default().insert(compatible(version));
    }
    let twice = majors
        .iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| format!("{name} is there in versions {versions:?}"))
        .collect();
    (majors.len(), twice)
}

fn is_watched(name: &str) -> bool {
    FAMILIES.iter().any(|family| {
        name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    })
}

/// The part of a version that compatible versions share: "59", "0.33".
fn compatible(version: &str) -> &str {
    let parts = if version.starts_with("0.") { 2 } else { 1 };
    version.match_indices('.').nth(parts - 1).map_or(version, |(end, _)| &version[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_incompatible_versions_of_our_families_count() {
        let packages = [
            ("arrow-array", "59.3.0"),
            ("arrow-array", "58.0.1"),
            ("opentelemetry", "0.33.1"),
            ("opentelemetry", "0.33.0"),
            ("opentelemetry_sdk", "0.33.1"),
            ("opentelemetry_sdk", "0.31.0"),
            ("arrowhead", "1.0.0"),
            ("arrowhead", "2.0.0"),
        ];
        let (watched, twice) = duplicates(packages.into_iter());
        assert_eq!(watched, 3);
        assert_eq!(
            twice,
            [
                r#"arrow-array is there in versions {"58", "59"}"#,
                r#"opentelemetry_sdk is there in versions {"0.31", "0.33"}"#,
            ]
        );
    }
}
