//! Names of character encodings.

use crate::{EncodingName, suggest};

/// Those of the web's encoding standard; `latin-1` is read as `windows-1252` there, and here.
pub(crate) const NAMES: [&str; 39] = [
    "utf-8",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "latin-1",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "ibm866",
    "macintosh",
    "x-mac-cyrillic",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
    "big5",
    "gbk",
    "gb18030",
];

/// Names that people use elsewhere.
const ELSEWHERE: [(&str, &str); 8] = [
    ("ascii", "utf-8"),
    ("us-ascii", "utf-8"),
    ("iso-8859-1", "latin-1"),
    ("l1", "latin-1"),
    ("cp1252", "windows-1252"),
    ("ansi", "windows-1252"),
    ("ucs-2", "utf-16"),
    ("sjis", "shift_jis"),
];

/// The encoding that `text` names; otherwise what would mend it.
pub(crate) fn parse(text: &str) -> Result<EncodingName, String> {
    let lower = text.trim().to_lowercase();
    if let Some(name) = NAMES.into_iter().find(|name| *name == lower) {
        return Ok(EncodingName(name));
    }
    let near = ELSEWHERE.iter().find(|(name, _)| *name == lower).map(|(_, ours)| *ours);
    Err(match near.or_else(|| suggest::nearest(text, NAMES)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", suggest::list(NAMES)),
    })
}
