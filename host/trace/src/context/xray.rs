//! `X-Amzn-Trace-Id: Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=<0|1|?>;Lineage=…`
//!
//! Read strictly where a mistake would lose the trace (ids), and kindly where senders are known to differ:
//! spaces, the case of keys, the order of fields, fields that we do not know.

use super::error::{HeaderError, excerpt};
use super::{Parent, hex, unhex};

const ROOT: &str = "1-<8 hex digits>-<24 hex digits>, not all zero";
const PARENT: &str = "16 hex digits, not all zero";
const SAMPLED: &str = "0, 1 or ?";
const LINEAGE: &str = "printable ASCII without a semicolon, at most 512 characters";
const LINEAGE_MOST: usize = 512;

pub(super) fn parse(header: &str) -> Result<Parent, HeaderError> {
    let (mut root, mut parent, mut sampled, mut lineage) = (None, None, None, None);
    for part in header.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((key, value)) = part.split_once('=') else {
            return Err(HeaderError::NotAPair { found: excerpt(part) });
        };
        let value = value.trim();
        let (slot, field) = match key.trim().to_ascii_lowercase().as_str() {
            "root" => (&mut root, "Root"),
            "parent" => (&mut parent, "Parent"),
            "sampled" => (&mut sampled, "Sampled"),
            "lineage" => (&mut lineage, "Lineage"),
            // `Self` is a load balancer's own id, and anyone may add keys: neither is ours to judge or to pass on.
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(HeaderError::Twice { field });
        }
    }
    let Some(root) = root else { return Err(HeaderError::NoRoot { found: excerpt(header) }) };
    Ok(Parent {
        trace_id: trace_id(root).ok_or_else(|| HeaderError::field("Root", ROOT, root))?,
        // Some senders write `Parent=` when they have none.
        span_id: parent.filter(|text| !text.is_empty()).map(span_id).transpose()?,
        sampled: sampled.map_or(Ok(None), decision)?,
        tracestate: String::new(),
        lineage: lineage.filter(|text| !text.is_empty()).map(check_lineage).transpose()?,
    })
}

fn trace_id(root: &str) -> Option<[u8; 16]> {
    let (time, unique) = root.strip_prefix("1-")?.split_once('-')?;
    let (time, unique) = (unhex::<4>(time, false)?, unhex::<12>(unique, false)?);
    let mut id = [0; 16];
    id[..4].copy_from_slice(&time);
    id[4..].copy_from_slice(&unique);
    (id != [0; 16]).then_some(id)
}

fn span_id(text: &str) -> Result<[u8; 8], HeaderError> {
    unhex(text, false).filter(|id| *id != [0; 8]).ok_or_else(|| HeaderError::field("Parent", PARENT, text))
}

fn decision(text: &str) -> Result<Option<bool>, HeaderError> {
    match text {
        "1" => Ok(Some(true)),
        "0" => Ok(Some(false)),
        "?" | "" => Ok(None),
        _ => Err(HeaderError::field("Sampled", SAMPLED, text)),
    }
}

fn check_lineage(text: &str) -> Result<String, HeaderError> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if printable && text.len() <= LINEAGE_MOST {
        Ok(text.to_owned())
    } else {
        Err(HeaderError::field("Lineage", LINEAGE, text))
    }
}

pub(super) fn trace_id_text(id: &[u8; 16]) -> String {
    format!("1-{}-{}", hex(&id[..4]), hex(&id[4..]))
}
