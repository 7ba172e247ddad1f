//! Near misses: what somebody may have meant.

/// The candidate that is spelt most like `word`, if one is near enough to be a slip.
pub fn near_miss<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit && *distance < length)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "; did you mean `x`?", or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    near_miss(word, candidates).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[test]
    fn only_a_slip_is_a_near_miss() {
        let names = ["host_id", "host_name", "price"];
        assert_eq!(near_miss("hst_id", names), Some("host_id"));
        assert_eq!(near_miss("PRICE", names), Some("price"));
        assert_eq!(near_miss("licence", names), None);
    }
}
