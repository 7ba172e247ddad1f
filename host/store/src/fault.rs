//! Why one attempt failed: what the service said, or what became of the connection.

use std::{error::Error as StdError, fmt, io};

use object_store::client::{HttpError, HttpErrorKind};

/// Why one attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure.
    pub kind: FaultKind,
    /// In the service's or the system's words; may be empty.
    pub message: String,
    /// The host that was asked, with its port where that is not the usual one.
    pub host: String,
    /// The bucket's region, where the service names it.
    pub region: Option<String>,
    /// Whether it was not the store that was asked, but who gives out credentials.
    pub about_credentials: bool,
}

/// What kind of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The service refused, or could not.
    Status {
        /// The HTTP status.
        status: u16,
        /// The service's code, such as `SlowDown`. A reply to HEAD has none.
        code: Option<String>,
    },
    /// Nobody listens there.
    Refused,
    /// The host's name leads nowhere.
    Name,
    /// No secure connection.
    Tls,
    /// The connection broke before the reply was there.
    Reset,
    /// No reply in time.
    Timeout,
    /// The reply's body ended early.
    Truncated,
    /// Something else; the message tells.
    Other,
}

/// Codes that ask for patience, whatever the status that they come with.
const PATIENCE: [&str; 7] = [
    "ConditionalRequestConflict",
    "InternalError",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
];

impl Fault {
    /// A fault that only has words.
    pub(crate) fn other(message: impl Into<String>) -> Self {
        let (kind, message, host) = (FaultKind::Other, message.into(), String::new());
        Self { kind, message, host, region: None, about_credentials: false }
    }

    /// A reply that is shorter than it should be.
    pub(crate) fn truncated() -> Self {
        Self { kind: FaultKind::Truncated, ..Self::other("") }
    }

    /// What the chain of causes of an error tells.
    pub(crate) fn of(error: &(dyn StdError + 'static), host: String) -> Self {
        let kind = kind_of(error);
        // The innermost error is the one that says what happened; those around it say that something did.
        let message = chain(error).last().map(ToString::to_string).unwrap_or_default();
        Self { kind, message, host, region: None, about_credentials: false }
    }

    /// Whether the same request may well succeed in a moment.
    pub fn is_transient(&self) -> bool {
        match &self.kind {
            FaultKind::Status { status, code } => {
                matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
                    || code.as_deref().is_some_and(|code| PATIENCE.contains(&code))
            }
            // Where there is no such service, nobody answers.
            FaultKind::Timeout => !self.about_credentials,
            FaultKind::Reset | FaultKind::Truncated => true,
            FaultKind::Refused | FaultKind::Name | FaultKind::Tls | FaultKind::Other => false,
        }
    }

    /// The HTTP status, where there is a reply.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            FaultKind::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The service's code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match &self.kind {
            FaultKind::Status { code, .. } => code.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Status { status, code } => {
                write!(f, "{status}")?;
                if let Some(name) = status_name(*status) {
                    write!(f, " {name}")?;
                }
                code.as_ref().map_or(Ok(()), |code| write!(f, " ({code})"))
            }
            FaultKind::Refused => f.write_str("connection refused"),
            FaultKind::Name => f.write_str("no such host"),
            FaultKind::Tls => write!(f, "no secure connection: {}", self.message),
            FaultKind::Reset => f.write_str("connection reset"),
            FaultKind::Timeout => f.write_str("no reply in time"),
            FaultKind::Truncated => f.write_str("the reply ended early"),
            FaultKind::Other => f.write_str(&self.message),
        }
    }
}

fn status_name(status: u16) -> Option<&'static str> {
    Some(match status {
        301 => "Moved Permanently",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        409 => "Conflict",
        412 => "Precondition Failed",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return None,
    })
}

/// An error, its cause, and so on. What an I/O error holds is not its cause, but the cause of that is.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        held.map(|held| held as &(dyn StdError + 'static)).or_else(|| StdError::source(*error))
    })
}

fn kind_of(error: &(dyn StdError + 'static)) -> FaultKind {
    let mut said = FaultKind::Other;
    for cause in chain(error) {
        if let Some(error) = cause.downcast_ref::<HttpError>() {
            said = match error.kind() {
                HttpErrorKind::Timeout => return FaultKind::Timeout,
                HttpErrorKind::Request | HttpErrorKind::Interrupted => FaultKind::Reset,
                // A body that does not hold what its length promised.
                HttpErrorKind::Decode => FaultKind::Truncated,
                _ => said,
            };
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::ConnectionRefused => return FaultKind::Refused,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => return FaultKind::Reset,
                io::ErrorKind::UnexpectedEof => return FaultKind::Truncated,
                io::ErrorKind::TimedOut => return FaultKind::Timeout,
                // What the TLS library says of its peer comes so.
                io::ErrorKind::InvalidData => return FaultKind::Tls,
                _ => {}
            }
        }
        // The resolver's error has no type that one could ask for.
        if cause.to_string() == "dns error" {
            return FaultKind::Name;
        }
    }
    said
}
