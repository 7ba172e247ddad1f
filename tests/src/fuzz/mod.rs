//! One function per kind of input that comes from outside: it panics where a property does not hold.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a property that does not hold is told by a panic"
)]

mod buffers;
mod formats;
mod header;
mod pipeline;
#[cfg(feature = "sources")]
mod sources;
mod works;

pub use buffers::buffers;
pub use formats::formats;
pub use header::header;
pub use pipeline::pipeline;
#[cfg(feature = "sources")]
pub use sources::{csv, ndjson};

/// A property of any bytes.
pub type Target = fn(&[u8]);

/// All of them by their names, which are those of the binaries and of the corpora's folders.
pub const TARGETS: &[(&str, Target)] = &[
    ("buffers", buffers),
    #[cfg(feature = "sources")]
    ("csv", csv),
    ("formats", formats),
    ("header", header),
    #[cfg(feature = "sources")]
    ("ndjson", ndjson),
    ("pipeline", pipeline),
];
