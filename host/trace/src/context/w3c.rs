//! W3C Trace Context: `traceparent: 00-<32 hex>-<16 hex>-<2 hex>` and `tracestate`.

use super::error::HeaderError;
use super::{Parent, unhex};

const VERSION: &str = "two lower-case hex digits other than ff";
const TRACE_ID: &str = "32 lower-case hex digits, not all zero";
const PARENT_ID: &str = "16 lower-case hex digits, not all zero";
const FLAGS: &str = "two lower-case hex digits";
const SHAPE: &str = "version, trace id, parent id and flags between hyphens, and nothing more in version 00";
const TRACESTATE_MOST: usize = 512;

/// Reads a `traceparent`. A version above 00 may have more fields after the four, which are ignored.
pub(super) fn parse(header: &str) -> Result<Parent, HeaderError> {
    let mut fields = header.splitn(5, '-');
    let (Some(version), Some(trace_id), Some(parent_id), Some(flags)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(HeaderError::field("traceparent", SHAPE, header));
    };
    let [version] = unhex::<1>(version, true)
        .filter(|version| *version != [0xff])
        .ok_or_else(|| HeaderError::field("traceparent version", VERSION, version))?;
    if version == 0 && fields.next().is_some() {
        return Err(HeaderError::field("traceparent", SHAPE, header));
    }
    let trace_id = unhex(trace_id, true)
        .filter(|id| *id != [0; 16])
        .ok_or_else(|| HeaderError::field("traceparent trace id", TRACE_ID, trace_id))?;
    let span_id = unhex(parent_id, true)
        .filter(|id| *id != [0; 8])
        .ok_or_else(|| HeaderError::field("traceparent parent id", PARENT_ID, parent_id))?;
    let [flags] =
        unhex::<1>(flags, true).ok_or_else(|| HeaderError::field("traceparent flags", FLAGS, flags))?;
    Ok(Parent {
        trace_id,
        span_id: Some(span_id),
        sampled: Some(flags & 1 == 1),
        tracestate: String::new(),
        lineage: None,
    })
}

/// `tracestate` is opaque to us and goes on as it came, unless it cannot be a header at all.
pub(super) fn tracestate(value: Option<String>, warnings: &mut Vec<String>) -> String {
    let Some(value) = value else { return String::new() };
    let value = value.trim();
    let printable = value.bytes().all(|byte| byte == b' ' || byte == b'\t' || byte.is_ascii_graphic());
    let members = value.split(',').map(str::trim).filter(|member| !member.is_empty());
    let pairs = members.clone().all(|member| member.split_once('=').is_some_and(|(key, _)| !key.is_empty()));
    if printable && pairs && value.len() <= TRACESTATE_MOST && members.count() <= 32 {
        return value.to_owned();
    }
    warnings.push(format!(
        "environment variable TRACESTATE is ignored: expected at most 32 `key=value` members in {TRACESTATE_MOST} characters"
    ));
    String::new()
}
