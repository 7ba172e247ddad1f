//! The whole: the host's binary, the plugins as components, and files.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod corpora;
mod grants;
mod hostile;
mod ports;
mod reference;
mod same_bytes;
mod support;
mod trace;
mod xray;
