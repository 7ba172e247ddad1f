//! For tests, of this crate and of others: an S3 of this machine, and what can go wrong on the way to it.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests fail by panicking")]

mod proxy;
mod recorder;
mod weed;

pub use proxy::{Inject, Proxy};
pub use recorder::Recorder;
pub use weed::{BUCKET, Weed};
