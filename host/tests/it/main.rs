//! What a user of `host` sees: its output, its exit codes, and the files that it leaves.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

mod check;
mod colour;
mod inspect;
mod plan;
mod run;
mod stop;
mod support;
mod trace;
mod usage;
