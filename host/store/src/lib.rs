//! Object stores: where data is, reading and writing it.
//!
//! [`Location`] says where something is. [`Stores`] lead to a [`Bucket`], as the environment says; a bucket reads
//! ([`Bucket::find`], [`Bucket::read_ranges`], [`Bucket::stream`]), writes single objects ([`Bucket::upload`]), and
//! [`Folder`] replaces many at once. What a network and a service do wrong for a moment is tried again, and each attempt
//! is told to a [`Listener`]; what stays wrong is an [`Error`] that says what would mend it.
//!
//! All of it may be awaited by any executor, or by a thread that blocks ([`wait`]): the network has a thread of its own.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod aws;
mod bucket;
mod error;
mod fault;
mod find;
pub mod folder;
mod http;
mod io;
mod location;
mod others;
mod pinned;
mod read;
mod retry;
mod stores;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use aws::{Access, Environment, Keys};
pub use bucket::{Bucket, Object};
pub use error::Error;
pub use fault::{Fault, FaultKind};
pub use folder::{Claim, Draft, Entry, Files, Folder};
pub use http::Condition;
pub use io::wait;
pub use location::{Location, ObjectUrl, Scheme};
pub use read::{BlockingStream, Fetch, ReadAhead, Stream};
pub use retry::{Attempt, Deaf, Listener, Retry};
pub use stores::Stores;
pub use write::{Upload, Written};
