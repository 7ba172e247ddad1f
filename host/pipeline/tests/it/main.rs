//! What users of `etl-pipeline`, and writers of pipeline.toml, see of it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod examples;
mod form;
mod meaning;
mod property;
mod schema;
mod support;
mod variables;
mod whole;
