//! Text with gaps.

use etl_sdk::{Error, Result};

/// A text with `{column}` in it. `{{` and `}}` stand for single braces.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template(pub(crate) Vec<Part>);

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    /// Text as it is.
    Text(String),
    /// The value of this column.
    Column(String),
}

impl Template {
    /// Reads the template that stands at this path of the configuration.
    pub(crate) fn parse(path: &str, template: &str) -> Result<Self> {
        let wrong = |at: usize, what: &str| {
            let error = Error::config(path, format!("character {}: {what}", at + 1));
            Err(error.hint("a column is written {column}, and a brace itself as {{ or }}"))
        };
        let mut parts = Self::default();
        let mut rest = template.chars().enumerate().peekable();
        while let Some((at, c)) = rest.next() {
            match c {
                '{' | '}' if rest.next_if(|(_, next)| *next == c).is_some() => parts.push(c),
                '}' => return wrong(at, "this `}` has no `{` before it"),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some((_, '}')) => break,
                            Some((_, c)) if c != '{' => name.push(c),
                            _ => return wrong(at, "this `{` has no `}` after it"),
                        }
                    }
                    if name.is_empty() {
                        return wrong(at, "there is no column between the braces");
                    }
                    parts.0.push(Part::Column(name));
                }
                _ => parts.push(c),
            }
        }
        Ok(parts)
    }

    fn push(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.0.push(Part::Text(String::from(c))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn columns_and_braces() {
        let shown = |template| {
            let parts = Template::parse("", template).unwrap().0;
            let shown = parts.iter().map(|part| match part {
                Part::Text(text) => format!("text {text:?}"),
                Part::Column(name) => format!("column {name:?}"),
            });
            shown.collect::<Vec<_>>().join(", ")
        };
        assert_snapshot!(shown("{a}/{b c}"), @r#"column "a", text "/", column "b c""#);
        assert_snapshot!(shown("{{{a}}} is {{a}}"), @r#"text "{", column "a", text "} is {a}""#);
        assert_snapshot!(shown("no column"), @r#"text "no column""#);
        assert_snapshot!(shown(""), @"");
    }

    #[test]
    fn errors() {
        let error = |template| Template::parse("columns.r", template).unwrap_err();
        assert_snapshot!(error("ä{a"), @r"
            columns.r: character 2: this `{` has no `}` after it
            hint: a column is written {column}, and a brace itself as {{ or }}
            ");
        assert_snapshot!(error("{a{b}"), @r"
            columns.r: character 1: this `{` has no `}` after it
            hint: a column is written {column}, and a brace itself as {{ or }}
            ");
        assert_snapshot!(error("{a}}"), @r"
            columns.r: character 4: this `}` has no `{` before it
            hint: a column is written {column}, and a brace itself as {{ or }}
            ");
        assert_snapshot!(error("a/{}"), @r"
            columns.r: character 3: there is no column between the braces
            hint: a column is written {column}, and a brace itself as {{ or }}
            ");
    }
}
