//! Where data lies: paths of this machine, and objects.

use crate::{Located, diagnostic::Problems};

/// The plain path that a data url means, or the url of objects as it is: which stores there are, the engine knows.
pub(super) fn place(url: Located<String>, problems: &mut Problems) -> Option<Located<String>> {
    if url.trim().is_empty() {
        problems.add(url.at, "an empty path", |problem| problem.help("write a file, a folder or a glob"));
        return None;
    }
    match scheme(&url) {
        Some("file") => from_file_url(&url, problems),
        Some(_) | None => Some(url),
    }
}

/// `s3` of `s3://bucket/key`.
pub(super) fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then_some(scheme)
}

fn from_file_url(url: &Located<String>, problems: &mut Problems) -> Option<Located<String>> {
    let rest = &url["file://".len()..];
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = path.starts_with('/').then(|| percent_decoded(path)).flatten();
    if path.is_none() {
        problems.add(url.at, format!("`{url}` is not a local path"), |problem| {
            problem.help("write it like `file:///data/in.csv`, or as a plain path")
        });
    }
    path.map(|value| Located { value, at: url.at })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (first, after) {
            let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(high)? << 4 | digit(low)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
