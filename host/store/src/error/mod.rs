//! What can go wrong, told so that the first line is enough to mend it.

mod hint;
mod meaning;

use std::time::Duration;

use crate::fault::{Fault, FaultKind};

/// Why a store can't be used, or an object not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A location that can't be understood.
    #[error("can't use {location:?}: {why}")]
    Location {
        /// As it was given.
        location: String,
        /// What is wrong with it.
        why: String,
    },
    /// A scheme that this build does not know.
    #[error("can't use {location}: this build has no support for {scheme}://")]
    NotBuilt {
        /// As it was given.
        location: String,
        /// Its scheme.
        scheme: String,
        /// The feature that it takes, where there is one.
        feature: Option<&'static str>,
    },
    /// A store of a kind that is not written to.
    #[error("can't write {location}: {scheme}:// can only be read")]
    ReadOnly {
        /// As it was given.
        location: String,
        /// Its scheme.
        scheme: &'static str,
    },
    /// The environment or a profile is not as it should be.
    #[error("can't set up access to {location}: {why}")]
    Settings {
        /// The bucket.
        location: String,
        /// What is wrong.
        why: String,
        /// What would mend it.
        hint: &'static str,
    },
    /// Nothing says who we are.
    #[error("no credentials for {location}: {why}")]
    NoCredentials {
        /// What was to be used.
        location: String,
        /// Where the search ended.
        why: String,
    },
    /// The service does not know the key, or the secret does not fit.
    #[error("can't {} {location}: the credentials are wrong ({code})", verb(operation))]
    WrongKey {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
        /// The service's code.
        code: String,
    },
    /// The key is good, and may not do this.
    #[error("can't {} {location}: access denied", verb(operation))]
    Denied {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
    },
    /// There is no such bucket.
    #[error("can't {} {location}: there is no such bucket", verb(operation))]
    NoBucket {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
    },
    /// There is no such object.
    #[error("{location} is not there")]
    NotFound {
        /// The object.
        location: String,
    },
    /// An object, folder or glob that leads to nothing.
    #[error("no input: {location:?} {why}")]
    NoInput {
        /// What was looked for.
        location: String,
        /// What is the matter.
        why: String,
    },
    /// Nobody answers at the endpoint.
    #[error("can't {} {location}: can't reach {host}: {fault}", verb(operation))]
    Unreachable {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
        /// Who was asked.
        host: String,
        /// Why not.
        fault: Box<Fault>,
    },
    /// The bucket is in another region.
    #[error("can't {} {location}: the bucket is in another region{}", verb(operation), .region.as_ref().map(|region| format!(", {region}")).unwrap_or_default())]
    Region {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
        /// The bucket's region, where the service names it.
        region: Option<String>,
    },
    /// No secure connection.
    #[error("can't {} {location}: no secure connection to {host}: {why}", verb(operation))]
    Tls {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
        /// Who was asked.
        host: String,
        /// What the TLS library says.
        why: String,
    },
    /// It failed, again and again.
    #[error("{location}: {fault} after {attempts} attempt{} in {}", if *.attempts == 1 { "" } else { "s" }, seconds(*.elapsed))]
    GaveUp {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
        /// The last failure.
        fault: Box<Fault>,
        /// Number of attempts.
        attempts: u32,
        /// From the first attempt to the end of the last.
        elapsed: Duration,
    },
    /// The object is not the one that was begun with.
    #[error("{location} has changed while it was read")]
    Changed {
        /// The object.
        location: String,
    },
    /// The condition of a write does not hold.
    #[error("can't {} {location}: somebody else has written it", verb(operation))]
    Conflict {
        /// "put" or "complete".
        operation: &'static str,
        /// The object.
        location: String,
    },
    /// An upload that is no more.
    #[error(
        "can't {} {location}: its upload is gone: another run or a lifecycle rule has aborted it",
        verb(operation)
    )]
    Gone {
        /// "upload" or "complete".
        operation: &'static str,
        /// The object.
        location: String,
    },
    /// The target of a folder is an object.
    #[error("can't write {location}: it is an object, not a folder")]
    NotAFolder {
        /// The object.
        location: String,
    },
    /// The target holds what no job wrote.
    #[error("won't replace {location}: it holds {entry:?}, which no job wrote")]
    Foreign {
        /// The folder.
        location: String,
        /// What is in it.
        entry: String,
    },
    /// Another run is at work.
    #[error("another run writes {location} already: {run}")]
    Busy {
        /// The folder.
        location: String,
        /// The other run.
        run: String,
    },
    /// Another run has taken the folder.
    #[error("another run has taken {location}: this one gave no sign of life for {}", seconds(*.lease))]
    Lost {
        /// The folder.
        location: String,
        /// How long a run may be silent.
        lease: Duration,
    },
    /// A register that can't be understood.
    #[error("can't read {location}: {why}")]
    Manifest {
        /// The register.
        location: String,
        /// What is wrong with it.
        why: String,
    },
    /// More bytes than the reader takes.
    #[error("{location} is too large: at most {limit} bytes are taken")]
    TooLarge {
        /// The object.
        location: String,
        /// What is taken.
        limit: u64,
    },
    /// The object is not the one that is pinned.
    #[error("{location} has the digest sha256:{found}, sha256:{expected} is pinned")]
    Digest {
        /// The object.
        location: String,
        /// The pinned digest.
        expected: String,
        /// Its own.
        found: String,
    },
    /// The run was stopped while it waited.
    #[error("interrupted")]
    Interrupted,
    /// Anything else that the service says.
    #[error("can't {} {location}: {fault}{}", verb(operation), if .fault.message.is_empty() || .fault.kind == FaultKind::Other { String::new() } else { format!(": {}", .fault.message) })]
    Other {
        /// "get", "put", "list", …
        operation: &'static str,
        /// What it is about.
        location: String,
        /// The failure.
        fault: Box<Fault>,
    },
}

/// What was to be done, for a reader who does not know the requests.
fn verb(operation: &str) -> &str {
    match operation {
        "head" => "look at",
        "get" => "read",
        "put" | "create" | "upload" | "complete" => "write",
        other => other,
    }
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    format!("{} s", duration.as_secs_f64().round())
}
