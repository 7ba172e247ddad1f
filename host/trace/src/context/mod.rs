//! Where a span stands among all traces: ids, the sampling decision, and what else travels with them.

mod error;
mod parent;
#[cfg(test)]
mod tests;
mod w3c;
mod xray;

pub use error::HeaderError;
pub use parent::{Given, Parent};

use std::fmt::Write;
use std::sync::Arc;

/// What every span of a trace passes on unchanged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Inherited {
    pub(crate) trace_id: [u8; 16],
    pub(crate) sampled: bool,
    /// W3C `tracestate`, as it came.
    pub(crate) tracestate: String,
    /// X-Ray's `Lineage`, as it came.
    pub(crate) lineage: Option<String>,
}

/// The place of one span in its trace, as it is handed to whoever continues the trace. Cheap to clone; headers
/// are made when asked for.
#[derive(Clone, Debug)]
pub struct TraceContext {
    pub(crate) inherited: Arc<Inherited>,
    pub(crate) span_id: [u8; 8],
}

impl TraceContext {
    /// The trace's id. All zero for a trace that is off.
    pub fn trace_id(&self) -> [u8; 16] {
        self.inherited.trace_id
    }

    /// The span's id.
    pub fn span_id(&self) -> [u8; 8] {
        self.span_id
    }

    /// The span's id as 16 hex digits.
    pub fn span_id_text(&self) -> String {
        hex(&self.span_id)
    }

    /// Whether spans of this trace are to be recorded.
    pub fn sampled(&self) -> bool {
        self.inherited.sampled
    }

    /// The W3C `traceparent` header.
    pub fn traceparent(&self) -> String {
        let flags = u8::from(self.inherited.sampled);
        format!("00-{}-{}-{flags:02x}", hex(&self.inherited.trace_id), hex(&self.span_id))
    }

    /// The W3C `tracestate` header; empty when there is nothing in it.
    pub fn tracestate(&self) -> &str {
        &self.inherited.tracestate
    }

    /// The `X-Amzn-Trace-Id` header.
    pub fn xray_header(&self) -> String {
        let Inherited { trace_id, sampled, lineage, .. } = &*self.inherited;
        let mut header = format!(
            "Root={};Parent={};Sampled={}",
            xray::trace_id_text(trace_id),
            hex(&self.span_id),
            u8::from(*sampled)
        );
        if let Some(lineage) = lineage {
            // Writing to a string cannot fail.
            let _ = write!(header, ";Lineage={lineage}");
        }
        header
    }

    /// The trace's id as X-Ray shows it: `1-<8 hex digits>-<24 hex digits>`.
    pub fn xray_trace_id(&self) -> String {
        xray::trace_id_text(&self.inherited.trace_id)
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Exactly `2 * N` hexadecimal digits, of either case unless `lower` is asked for.
fn unhex<const N: usize>(text: &str, lower: bool) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || lower && digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(0)? << 4 | digit(1)?;
    }
    Some(bytes)
}
