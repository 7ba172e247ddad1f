//! The whole: the host's binary, the plugins as components, and files.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod collector;
mod grants;
mod hostile;
mod http;
mod ports;
mod reference;
mod rejects;
mod same_bytes;
mod support;
mod trace;
mod xray;
