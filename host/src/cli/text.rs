//! Text for a terminal.

use anstyle::{AnsiColor, Style};

/// Headings and names.
pub(crate) const STRONG: Style = Style::new().bold();
/// What matters less.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// All is well; what is added.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is wrong; what is gone.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What deserves a look; what is another.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// The word `error`.
pub(crate) const ERROR: Style = BAD.bold();
/// The word `warning`.
pub(crate) const WARNING: Style = CHANGED.bold();

/// Columns of text that is wrapped.
pub(crate) const WIDTH: usize = 100;

/// `text` in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// `text` on one line and without control characters: it may come from a plugin, which must not command the terminal.
pub(crate) fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        // Those that turn the direction of text can show it in another order than it has.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// How many columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// `pieces`, such as words, on lines of at most [`WIDTH`] columns of which `indent` are left free. The first line
/// is not indented: what stands before it may be in a style.
pub(crate) fn wrap<'a>(pieces: impl IntoIterator<Item = &'a str>, indent: usize) -> String {
    wrap_at(WIDTH, pieces, indent)
}

/// As [`wrap`], on lines of another width.
pub(crate) fn wrap_at<'a>(most: usize, pieces: impl IntoIterator<Item = &'a str>, indent: usize) -> String {
    let mut text = String::new();
    let mut column = indent;
    for piece in pieces {
        if column > indent && column + 1 + width(piece) > most {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(piece);
        column += width(piece);
    }
    text
}

/// "1 file", "2 files".
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{} {noun}{end}", super::format::count(count as u64))
}

/// Who rejected rows: a stage or, without one, the source; and `by` what of it, as in the rejects.
pub(crate) fn rejecter(stage: Option<&str>, by: &str) -> String {
    let whose = stage.unwrap_or("the source");
    if by == "contract" { format!("the contract of {whose}") } else { whose.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, plain, plural, wrap};

    #[test]
    fn what_a_plugin_says_cannot_command_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\r\nc\u{9b}0m"), "a\u{fffd}[2Jb\u{fffd} c\u{fffd}0m");
    }

    #[test]
    fn lines_are_as_long_as_they_may_be() {
        let word = "x".repeat(WIDTH / 2 - 4);
        assert_eq!(wrap([word.as_str(); 3], 4), format!("{word} {word}\n    {word}"));
        assert_eq!(wrap(["long"], WIDTH + 5), "long");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 1200].map(|n| plural(n, "row")), ["0 rows", "1 row", "1,200 rows"]);
    }
}
