//! Patterns of rules: `*` is any text, `?` one character, and case does not matter.

/// A pattern, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<char>);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(lower(text))
    }

    /// Whether the whole of `text` is of this pattern. Takes at most as many steps as both lengths multiplied.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (&self.0, lower(text));
        let (mut at, mut read) = (0, 0);
        // Where the last star is, and how far what it stands for reaches: it grows when what follows does not fit.
        let mut star = None;
        while read < text.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(c) if *c == '?' || *c == text[read] => {
                    at += 1;
                    read += 1;
                }
                _ => {
                    let Some((place, reach)) = star else { return false };
                    star = Some((place, reach + 1));
                    (at, read) = (place + 1, reach + 1);
                }
            }
        }
        pattern[at..].iter().all(|c| *c == '*')
    }
}

fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        let cases = [
            ("*", "", true),
            ("**", "", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
            ("?*", "", false),
            ("*", "airbnb", true),
            ("airbnb", "AirBnB", true),
            ("AIR*", "airbnb", true),
            ("air*", "hair", false),
            ("*bnb", "airbnb", true),
            ("*bnb", "airbnbs", false),
            ("a?r*b", "airbnb", true),
            ("a?r", "ar", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("*ab", "aab", true),
            ("Größe?", "GRÖSSE1", false),
            ("GRÖßE?", "größe1", true),
            (".*", "a", false),
            ("[a]", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern:?} {text:?}");
        }
    }

    /// By the definition: a star is nothing, or a character and the star again.
    fn defined(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('*', rest)), None) => defined(rest, text),
            (Some(('*', rest)), Some((_, more))) => defined(rest, text) || defined(pattern, more),
            (Some((c, rest)), Some((d, more))) => (*c == '?' || c == d) && defined(rest, more),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn as_defined(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), defined(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn a_text_is_of_its_own_pattern(text in "[^*?]{0,20}") {
            prop_assert!(Pattern::new(&text).matches(&text));
            let within = format!("*{text}*");
            prop_assert!(Pattern::new(&within).matches(&text));
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_both_lengths() {
        let pattern = format!("{}b", "*a".repeat(1000));
        assert!(!Pattern::new(&pattern).matches(&"a".repeat(5000)));
    }
}
