//! The whole: the host's binary, the plugins as components, and files.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod collector;
mod contract;
mod corpora;
mod formats;
mod grants;
mod hostile;
mod http;
mod kill;
mod ports;
mod pyarrow;
mod reference;
mod rejects;
mod replay;
mod s3;
mod same_bytes;
mod support;
mod trace;
mod xray;
