//! Near misses.

use std::fmt::Write as _;

/// The candidate that `word` is most likely a slip of; `None` where none is near.
///
/// Case does not count, nor whether words are joined by `-`, `_` or a space.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    let word = plain(word);
    let length = word.chars().count();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= (length / 3).max(1) && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean …?", or else what there is to choose from, or else nothing.
pub(crate) fn help<'a>(
    what: &str,
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(near) = nearest(word, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let known = list(candidates);
    (!known.is_empty()).then(|| format!("{what}: {known}"))
}

/// "`a`, `b`, `c`".
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().fold(String::new(), |mut text, word| {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}`{word}`");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let candidates = || ["clean", "process", "drop-columns", "p"];
        assert_eq!(nearest("clen", candidates()), Some("clean"));
        assert_eq!(nearest("Drop_Colums", candidates()), Some("drop-columns"));
        assert_eq!(nearest("porcess", candidates()), Some("process"));
        assert_eq!(nearest("load", candidates()), None);
        assert_eq!(nearest("q", candidates()), None);
        assert_eq!(nearest("", candidates()), None);
    }
}
