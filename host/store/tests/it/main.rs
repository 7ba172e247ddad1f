//! The crate against a real S3, and against faults on the way to it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod errors;
mod faults;
mod find;
mod folder;
mod pinned;
mod read;
mod support;
mod write;
