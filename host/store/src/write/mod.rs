//! Writing objects: small ones at once, large ones in parts.

mod multipart;
mod upload;

pub(crate) use multipart::{Complete, Multipart};
pub use upload::{Upload, Written};
