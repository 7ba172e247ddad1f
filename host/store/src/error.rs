//! What can go wrong, told so that the first line is enough to mend it.

use std::time::Duration;

use crate::fault::{Fault, FaultKind};

/// Why a store can't be used, or an object not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A location that can't be understood.
    #[error("{location:?} is no location: {why}")]
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
    /// More bytes than the reader takes.
    #[error("{location} is too large: it has {bytes} bytes, at most {limit} are taken")]
    TooLarge {
        /// The object.
        location: String,
        /// Its size.
        bytes: u64,
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

/// Codes that say that we are not who we say.
const WRONG_KEY: [&str; 6] = [
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];

impl Error {
    /// What the last fault of an operation means.
    pub(crate) fn of(
        operation: &'static str,
        location: &str,
        fault: Fault,
        attempts: u32,
        elapsed: Duration,
    ) -> Self {
        let location = location.to_owned();
        let (host, fault) = (fault.host.clone(), Box::new(fault));
        if fault.about_credentials && !fault.is_transient() {
            let message =
                Some(&fault.message).filter(|message| !message.is_empty() && fault.status().is_some());
            let message = message.map(|message| format!(": {message}")).unwrap_or_default();
            return Self::NoCredentials { location, why: format!("{host} says: {fault}{message}") };
        }
        if fault.is_transient() {
            return Self::GaveUp { operation, location, fault, attempts, elapsed };
        }
        match &fault.kind {
            FaultKind::Refused | FaultKind::Name => Self::Unreachable { operation, location, host, fault },
            FaultKind::Tls => Self::Tls { operation, location, host, why: fault.message },
            FaultKind::Status { status, code } => {
                let code = code.as_deref().unwrap_or_default();
                match (status, code) {
                    (301 | 307 | 400, "PermanentRedirect" | "TemporaryRedirect") | (301 | 307, _) => {
                        Self::Region { operation, location, region: fault.region }
                    }
                    (400, "AuthorizationHeaderMalformed") if fault.region.is_some() => {
                        Self::Region { operation, location, region: fault.region }
                    }
                    (_, code) if WRONG_KEY.contains(&code) => {
                        Self::WrongKey { operation, location, code: code.to_owned() }
                    }
                    (_, "NoSuchBucket") => Self::NoBucket { operation, location },
                    (_, "AccessDenied") | (401 | 403, _) => Self::Denied { operation, location },
                    (_, "NoSuchUpload") => Self::Gone { operation, location },
                    (404, _) => Self::NotFound { location },
                    (409 | 412, _) if matches!(operation, "put" | "complete") => {
                        Self::Conflict { operation, location }
                    }
                    (412, _) => Self::Changed { location },
                    _ => Self::Other { operation, location, fault },
                }
            }
            _ => Self::Other { operation, location, fault },
        }
    }

    /// What would mend it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Location { .. } => {
                "a location is a path, file:///folder/file, or s3://bucket/prefix".to_owned()
            }
            Self::NotBuilt { feature: Some(feature), .. } => {
                format!("build the host with the feature `{feature}`")
            }
            Self::NotBuilt { feature: None, .. } => "s3:// and file:// are always there".to_owned(),
            Self::Settings { hint, .. } => (*hint).to_owned(),
            Self::NoCredentials { .. } => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on ECS, EC2 and Lambda give the \
                 task, instance or function a role"
                    .to_owned()
            }
            Self::WrongKey { code, .. } => wrong_key(code).to_owned(),
            Self::Denied { operation, .. } => format!("the policy must allow {}", permission(operation)),
            Self::NoBucket { .. } => {
                "look at the bucket's name, and at AWS_ENDPOINT_URL where that is set".to_owned()
            }
            Self::Unreachable { .. } => {
                "look at AWS_ENDPOINT_URL, at the region's name, and at the network".to_owned()
            }
            Self::Region { region: Some(region), .. } => format!("set AWS_REGION={region}"),
            Self::Region { region: None, .. } => "set AWS_REGION to the bucket's region".to_owned(),
            Self::Tls { .. } => {
                "SSL_CERT_FILE names a file of certificates to trust; an endpoint without TLS begins with http://"
                    .to_owned()
            }
            Self::Changed { .. } => "run again when nobody writes it".to_owned(),
            _ => return None,
        })
    }
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

fn wrong_key(code: &str) -> &'static str {
    match code {
        "InvalidAccessKeyId" => {
            "the service does not know AWS_ACCESS_KEY_ID: is it of this account and endpoint?"
        }
        "SignatureDoesNotMatch" => "AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID",
        "ExpiredToken" | "TokenRefreshRequired" => "the session is over: get new credentials",
        _ => "temporary keys need AWS_SESSION_TOKEN too",
    }
}

fn permission(operation: &str) -> &'static str {
    match operation {
        "list" => "s3:ListBucket for the bucket",
        "get" | "head" => {
            "s3:GetObject for the object; without s3:ListBucket, a missing object looks the same"
        }
        "delete" => "s3:DeleteObject for the object",
        "abort" => "s3:AbortMultipartUpload for the object",
        _ => "s3:PutObject for the object",
    }
}

fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    format!("{} s", duration.as_secs_f64().round())
}
