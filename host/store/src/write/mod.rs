//! Writing objects: small ones at once, large ones in parts.

mod multipart;
mod upload;

use multipart::Multipart;
pub use upload::{Upload, Written};
