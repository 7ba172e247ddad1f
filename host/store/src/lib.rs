//! Object stores: where data is, reading and writing it.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests fail by panicking"))]

mod aws;
mod bucket;
mod error;
mod fault;
mod find;
mod http;
mod io;
mod location;
mod others;
mod read;
mod retry;
mod stores;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use aws::Environment;
pub use bucket::{Bucket, Object};
pub use error::Error;
pub use fault::{Fault, FaultKind};
pub use http::Condition;
pub use io::wait;
pub use location::{Location, ObjectUrl, Scheme};
pub use read::{BlockingStream, ReadAhead, Stream};
pub use retry::{Attempt, Deaf, Listener, Retry};
pub use stores::Stores;
pub use write::{Upload, Written};
