//! Why X-Ray cannot be asked.

use aws_sdk_xray::error::{ProvideErrorMetadata, SdkError};

/// Why X-Ray cannot be asked, or does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Credentials, a profile or an endpoint cannot be used.
    #[error(transparent)]
    Access(#[from] etl_store::Error),
    /// Nothing says where X-Ray is.
    #[error("can't ask X-Ray: no region")]
    NoRegion,
    /// Not even a question can be asked.
    #[error("can't ask X-Ray: {0}")]
    Start(#[source] std::io::Error),
    /// X-Ray says no.
    #[error("X-Ray refuses {operation}: {code}: {message}")]
    Refused {
        /// What it was asked for.
        operation: &'static str,
        /// Its code.
        code: String,
        /// Its words.
        message: String,
    },
    /// There is no answer.
    #[error("can't reach X-Ray for {operation}: {why}")]
    Unreachable {
        /// What it was asked for.
        operation: &'static str,
        /// Why not.
        why: String,
    },
    /// There is an answer, but not of the kind that was to be expected.
    #[error("X-Ray's answer to {operation} can't be read")]
    Unreadable {
        /// What it was asked for.
        operation: &'static str,
    },
    /// There is no answer yet, and no more time.
    #[error("X-Ray did not answer {operation} in time")]
    Late {
        /// What it was asked for.
        operation: &'static str,
    },
    /// X-Ray gave up on collecting the trace.
    #[error("X-Ray did not retrieve the trace: {status}")]
    NotRetrieved {
        /// The retrieval's end.
        status: String,
    },
}

impl Error {
    /// What would mend it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Access(error) => error.hint(),
            Self::NoRegion => Some("set AWS_REGION".to_owned()),
            Self::Refused { operation, code, .. } if code.contains("AccessDenied") => {
                Some(format!("the role must be allowed xray:{operation}"))
            }
            Self::Unreachable { .. } | Self::Late { .. } => {
                Some("look at AWS_ENDPOINT_URL_XRAY, at the region's name, and at the network".to_owned())
            }
            _ => None,
        }
    }
}

/// An error, and whether another attempt may end better.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) error: Error,
    pub(crate) for_now: bool,
}

impl Trouble {
    pub(crate) fn of<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let SdkError::ServiceError(service) = error else {
            let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
            let why = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
            // What cannot be sent now cannot be sent later either; all else is the network's.
            let for_now = !matches!(error, SdkError::ConstructionFailure(_));
            return Self { error: Error::Unreachable { operation, why: first_line(&why) }, for_now };
        };
        if status.is_some_and(|status| status < 300) {
            return Self { error: Error::Unreadable { operation }, for_now: false };
        }
        let meta = service.err().meta();
        let code =
            meta.code().map_or_else(|| format!("status {}", status.unwrap_or_default()), str::to_owned);
        let message = first_line(meta.message().unwrap_or("it does not say why"));
        let throttled = code.contains("Throttl") || code.contains("TooManyRequests") || status == Some(429);
        let for_now = throttled || status.is_some_and(|status| status >= 500);
        Self { error: Error::Refused { operation, code, message }, for_now }
    }
}

/// Enough of a text that comes from elsewhere.
fn first_line(text: &str) -> String {
    const MOST: usize = 300;
    text.lines().next().unwrap_or_default().chars().take(MOST).collect()
}
