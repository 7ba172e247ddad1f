//! What a plugin can do to its host, and what it can't: each ends in an error that says what happened,
//! costs one instance, and leaves the runtime and the generation as they were.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

mod cache;
mod good;
mod limits;
mod load;
mod meter;
mod misbehave;
mod support;
mod wasi;
