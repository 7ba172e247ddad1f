//! What is wrong with a pipeline file, and where.

use std::{fmt, path::Path, sync::Arc};

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use crate::{Span, document::Document};

/// One problem, shown as rustc shows one: a message, the line, and what would mend it.
#[derive(Clone)]
pub struct Diagnostic {
    document: Arc<Document>,
    at: Option<Span>,
    message: Box<str>,
    label: Option<Box<str>>,
    related: Vec<(Span, String)>,
    help: Vec<String>,
}

impl Diagnostic {
    /// `at` is `None` for what concerns the file as a whole.
    pub(crate) fn new(document: Arc<Document>, at: Option<Span>, message: impl Into<String>) -> Self {
        let message = document.redact(message).into();
        Self { document, at, message, label: None, related: Vec::new(), help: Vec::new() }
    }

    /// Text under the marked place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(self.document.redact(label).into());
        self
    }

    /// Another place that belongs to the problem, with text under it.
    #[must_use]
    pub fn related(mut self, at: Span, label: impl Into<String>) -> Self {
        let label = self.document.redact(label);
        self.related.push((at, label));
        self
    }

    /// A line that says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = self.document.redact(help);
        self.help.push(help);
        self
    }

    /// As [`help`](Self::help), where there is something to say.
    #[must_use]
    pub fn maybe_help(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// The first line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The help lines.
    pub fn helps(&self) -> &[String] {
        &self.help
    }

    /// The marked bytes of the file; `None` where the problem concerns the file as a whole.
    pub fn at(&self) -> Option<Span> {
        self.at
    }

    /// The text under the marked place.
    pub fn marked(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The file, as it was given.
    pub fn path(&self) -> &Path {
        self.document.path()
    }

    /// Line and column of the marked place, from 1; columns count characters.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.at.map(|at| self.document.position(at.start))
    }

    /// `pipeline.toml:12:7`, or only the file.
    pub fn location(&self) -> String {
        match self.at {
            Some(at) => self.document.location(at),
            None => self.document.path().display().to_string(),
        }
    }

    /// The text for a terminal, without a line end.
    pub fn render(&self, colour: bool) -> String {
        let path = self.document.path().display().to_string();
        let title = Level::ERROR.primary_title(&*self.message);
        let group = match self.at {
            Some(at) => title.element(self.snippet(at, path)),
            None => Group::with_title(title).element(Origin::path(path)),
        };
        // What a plugin says must not command the terminal; the renderer sees to that in titles only.
        let helps = self.help.iter().map(|help| Level::HELP.message(normalize_untrusted_str(help)));
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group.elements(helps)])
    }

    fn snippet(&self, at: Span, path: String) -> Snippet<'_, Annotation<'_>> {
        let primary = AnnotationKind::Primary
            .span(self.visible(at))
            .label(self.label.as_deref().map(normalize_untrusted_str));
        let related = self.related.iter().map(|(at, label)| {
            AnnotationKind::Context.span(self.visible(*at)).label(normalize_untrusted_str(label))
        });
        Snippet::source(self.document.text()).path(path).annotation(primary).annotations(related)
    }

    /// A span that the renderer can mark: within the text, on character boundaries.
    fn visible(&self, at: Span) -> std::ops::Range<usize> {
        let text = self.document.text();
        let start = text.floor_char_boundary(at.start);
        start..text.ceil_char_boundary(at.end).max(start)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location(), self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// One problem or more, in the order of the file.
#[derive(Clone, Debug)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// `None` if there is no problem.
    pub fn new(mut problems: Vec<Diagnostic>) -> Option<Self> {
        problems.sort_by_key(|problem| problem.at.map_or(0, |at| at.start));
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// The problems.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// The text for a terminal: the problems with an empty line between them, without a line end.
    pub fn render(&self, colour: bool) -> String {
        self.0.iter().map(|problem| problem.render(colour)).collect::<Vec<_>>().join("\n\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(problem: Diagnostic) -> Self {
        Self(vec![problem])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// The problems found so far.
pub(crate) struct Problems {
    pub(crate) document: Arc<Document>,
    found: Vec<Diagnostic>,
    spoilt: Vec<Span>,
}

impl Problems {
    pub(crate) fn new(document: Arc<Document>) -> Self {
        Self { document, found: Vec::new(), spoilt: Vec::new() }
    }

    pub(crate) fn add(
        &mut self,
        at: Span,
        message: impl Into<String>,
        detail: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        if !self.spoilt.contains(&at) {
            self.found.push(detail(self.document.diagnostic(at, message)));
        }
    }

    /// A problem of the file as a whole.
    pub(crate) fn add_to_file(
        &mut self,
        message: impl Into<String>,
        detail: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        self.found.push(detail(Diagnostic::new(self.document.clone(), None, message)));
    }

    /// The value at `at` is not what it will be once a reported problem is mended: it causes no more problems.
    pub(crate) fn spoil(&mut self, at: Span) {
        self.spoilt.push(at);
    }

    /// `value`, if nothing is wrong.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Diagnostics> {
        match (Diagnostics::new(self.found), value) {
            (None, Some(value)) => Ok(value),
            (Some(problems), _) => Err(problems),
            (None, None) => Err(Diagnostic::new(self.document, None, "this is not a pipeline").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Arc, Document};

    #[test]
    fn a_problem_knows_its_place() {
        let document = Arc::new(Document::new(Path::new("pipeline.toml"), "a = 1\nné = 2\n".into()));
        let problem = document.diagnostic((11..12).into(), "what");
        assert_eq!(problem.position(), Some((2, 5)));
        assert_eq!(problem.location(), "pipeline.toml:2:5");
    }

    #[test]
    fn nothing_that_is_said_commands_the_terminal() {
        let document = Arc::new(Document::new(Path::new("pipeline.toml"), "a = 1\n".into()));
        let escape = "\u{1b}[2J";
        let problem = document.diagnostic((0..1).into(), escape).label(escape).help(escape);
        assert!(!problem.render(false).contains('\u{1b}'));
    }
}
