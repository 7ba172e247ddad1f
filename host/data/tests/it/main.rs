//! What crosses the boundary comes back as it went, or is refused: never a panic, never a broken array.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod arrays;
mod batches;
mod formats;
mod hostile;
mod round_trip;
