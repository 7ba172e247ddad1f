//! A run as one page: no network, no scripts, light and dark, wide and narrow.

mod failure;
mod head;
mod map;
mod stages;
mod waterfall;

use super::run::State;
use super::story::Story;

const STYLE: &str = include_str!("style.css");

/// The page.
pub(super) fn page(story: &Story) -> String {
    let title = format!("{} {}", story.run.pipeline, story.run.id);
    let parts = [
        head::header(story),
        failure::section(story),
        section("Map", &map::map(&story.run)),
        section("Time", &waterfall::waterfall(story)),
        section("Critical path", &waterfall::path(story)),
        section("Stages", &stages::stages(story)),
    ];
    // What a plugin says is in here: even if it were not escaped, nothing would be loaded or run.
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{}</main>\n</body>\n</html>\n",
        escape(&title),
        parts.concat()
    )
}

fn section(title: &str, content: &str) -> String {
    if content.is_empty() {
        String::new()
    } else {
        format!("<section>\n<h2>{title}</h2>\n{content}</section>\n")
    }
}

/// Text as HTML has it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() && c != '\n' => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The class of a state.
fn class(state: State) -> &'static str {
    match state {
        State::Succeeded => "good",
        State::Failed => "bad",
        State::Interrupted => "warn",
        State::Skipped | State::Unknown => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_stays_text() {
        assert_eq!(escape("<b a='\"'>&\u{1b}\n"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;\u{fffd}\n");
    }
}
