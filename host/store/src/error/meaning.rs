//! From the last fault of an operation to what it means.

use std::time::Duration;

use super::Error;
use crate::fault::{Fault, FaultKind};

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
            return Self::NoCredentials { location, why: format!("asked {host}: {fault}{message}") };
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
                    (_, "NoSuchBucket" | "ContainerNotFound") => Self::NoBucket { operation, location },
                    (_, "AccessDenied") | (401 | 403, _) => Self::Denied { operation, location },
                    (_, "NoSuchUpload") => Self::Gone { operation, location },
                    // On the condition that it is as it was, and it is not there.
                    (404, "NoSuchKey") if matches!(operation, "put" | "complete") => {
                        Self::Conflict { operation, location }
                    }
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
}
