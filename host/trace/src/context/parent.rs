//! What called the run, as far as the trace is concerned.

use super::error::{HeaderError, excerpt};
use super::{w3c, xray};

/// Where a parent is looked for, in this order.
const VARIABLES: [(&str, Read); 2] = [("_X_AMZN_TRACE_ID", xray::parse), (TRACEPARENT, w3c::parse)];
const TRACEPARENT: &str = "TRACEPARENT";

type Read = fn(&str) -> Result<Parent, HeaderError>;

/// The trace context that a run was started under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The trace that the run belongs to; never all zero.
    pub trace_id: [u8; 16],
    /// The span that called. `None`: the trace has an id but no span yet (the first header of an X-Ray trace), so
    /// the run's own root span becomes the trace's root.
    pub span_id: Option<[u8; 8]>,
    /// The caller's decision. `None`: it left the decision to us.
    pub sampled: Option<bool>,
    /// W3C `tracestate`, passed on as it came; empty when there was none.
    pub tracestate: String,
    /// X-Ray's `Lineage`, passed on as it came.
    pub lineage: Option<String>,
}

impl Parent {
    /// Reads an `X-Amzn-Trace-Id` header or a W3C `traceparent`.
    ///
    /// # Errors
    /// The first thing in the header that is not as it must be.
    pub fn parse(header: &str) -> Result<Self, HeaderError> {
        let header = header.trim();
        if header.is_empty() {
            Err(HeaderError::Empty)
        } else if header.contains('=') {
            xray::parse(header)
        } else if header.split('-').count() >= 4 && !header.starts_with("1-") {
            w3c::parse(header)
        } else {
            Err(HeaderError::Unknown { found: excerpt(header) })
        }
    }

    /// Finds the run's parent: `flag` (`--trace-header`), else `_X_AMZN_TRACE_ID`, else `TRACEPARENT` with
    /// `TRACESTATE`. Empty variables count as unset.
    ///
    /// The second value is what is to be told to the user: an environment variable that cannot be read is passed
    /// over, since whoever set it may never have heard of this program.
    ///
    /// # Errors
    /// A flag that cannot be read: that was meant for us.
    pub fn find(
        flag: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Option<Self>, Vec<String>), HeaderError> {
        if let Some(flag) = flag {
            return Ok((Some(Self::parse(flag)?), Vec::new()));
        }
        let mut warnings = Vec::new();
        for (variable, parse) in VARIABLES {
            let Some(value) = env(variable).filter(|value| !value.trim().is_empty()) else { continue };
            match parse(value.trim()) {
                Ok(mut parent) => {
                    if variable == TRACEPARENT {
                        parent.tracestate = w3c::tracestate(env("TRACESTATE"), &mut warnings);
                    }
                    return Ok((Some(parent), warnings));
                }
                Err(error) => warnings.push(format!("environment variable {variable} is ignored: {error}")),
            }
        }
        Ok((None, warnings))
    }
}
