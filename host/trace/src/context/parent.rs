//! What called the run, as far as the trace is concerned.

use super::error::{HeaderError, excerpt};
use super::{w3c, xray};

const TRACEPARENT: &str = "TRACEPARENT";

/// Who copies a header copies its name as well.
const NAMES: [&str; 2] = ["x-amzn-trace-id:", "traceparent:"];

type Read = fn(&str) -> Result<Parent, HeaderError>;

/// What may say which trace a run belongs to, beside the environment. The first that says it counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// What the user asks for, `--trace-header`.
    pub flag: Option<&'a str>,
    /// The header in the event, or in the input of the execution, that started the run.
    pub input: Option<&'a str>,
    /// The header of the invocation of a Lambda function. Not its environment's: where one process serves several
    /// invocations at once, that is not there, or another's.
    pub invocation: Option<&'a str>,
}

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
        let header = without_name(header.trim());
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

    /// The trace's id as X-Ray writes it: `1-<8 hex digits>-<24 hex digits>`.
    pub fn xray_trace_id(&self) -> String {
        xray::trace_id_text(&self.trace_id)
    }

    /// Finds the run's parent: what is [`Given`], in its order, else `_X_AMZN_TRACE_ID`, else `TRACEPARENT` with
    /// `TRACESTATE`. Empty ones count as unset.
    ///
    /// The second value is what is to be told to the user: all but the flag is passed over where it cannot be read, since
    /// whoever set it may never have heard of this program.
    ///
    /// # Errors
    /// A flag that cannot be read: that was meant for us.
    pub fn find(
        given: Given<'_>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Option<Self>, Vec<String>), HeaderError> {
        if let Some(flag) = given.flag {
            return Ok((Some(Self::parse(flag)?), Vec::new()));
        }
        let owned = |header: Option<&str>| header.map(str::to_owned);
        let sources: [(&str, Option<String>, Read); 4] = [
            ("the trace header in the input", owned(given.input), Self::parse),
            ("the invocation's trace header", owned(given.invocation), Self::parse),
            ("environment variable _X_AMZN_TRACE_ID", env("_X_AMZN_TRACE_ID"), xray::parse),
            ("environment variable TRACEPARENT", env(TRACEPARENT), w3c::parse),
        ];
        let mut warnings = Vec::new();
        for (source, value, parse) in sources {
            let Some(value) = value.filter(|value| !value.trim().is_empty()) else { continue };
            match parse(value.trim()) {
                Ok(mut parent) => {
                    if source.ends_with(TRACEPARENT) {
                        parent.tracestate = w3c::tracestate(env("TRACESTATE"), &mut warnings);
                    }
                    return Ok((Some(parent), warnings));
                }
                Err(error) => warnings.push(format!("{source} is ignored: {error}")),
            }
        }
        Ok((None, warnings))
    }
}

fn without_name(header: &str) -> &str {
    let named = |name: &&str| header.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    NAMES.iter().find(|name| named(name)).map_or(header, |name| header[name.len()..].trim_start())
}
