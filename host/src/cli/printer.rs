//! All that is printed is printed here.
//!
//! Standard output has the result: a document with `--json`, else what people read. Standard error has what happens
//! on the way: progress, warnings, errors. `--json` changes standard output only.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use super::args::{Colour, OutputArgs};
use super::diagnostic::Invalid;
use super::error::{Error, Result};
use super::exit::Exit;
use super::text::{CHANGED, ERROR, STRONG, WARNING, plain, styled};
use etl_pipeline::Diagnostic;

/// Decides what is printed, where, and whether in colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    /// Errors and results only.
    quiet: bool,
    /// All there is to know.
    verbose: bool,
    /// Standard output is for programs.
    json: bool,
}

impl Printer {
    /// As the user wants it. Colour is decided here for the whole program.
    pub(crate) fn new(args: &OutputArgs) -> Self {
        let colour = match args.color {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        colour.write_global();
        Self { quiet: args.quiet, verbose: args.verbose, json: args.json }
    }

    /// For what happens before, or whatever, the user wants.
    pub(crate) fn plain() -> Self {
        Self { quiet: false, verbose: false, json: false }
    }

    /// Whether to tell all there is to know.
    pub(crate) fn verbose(self) -> bool {
        self.verbose
    }

    /// Whether progress can be shown: somebody looks on, and wants to.
    pub(crate) fn shows_progress(self) -> bool {
        let dumb = super::environment::variable("TERM").is_some_and(|terminal| terminal == "dumb");
        !self.quiet && !dumb && io::stderr().is_terminal()
    }

    /// The result that was asked for: `document` with `--json`, else `text`.
    pub(crate) fn answer(self, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        if self.json { print_document(document) } else { output(&text()) }
    }

    /// As [`answer`](Self::answer), where the exit code says it all: nothing but the document with `--quiet`.
    pub(crate) fn report(self, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        if self.quiet && !self.json { Ok(()) } else { self.answer(document, text) }
    }

    /// Tells of something that does not stop what was asked for.
    pub(crate) fn warn(self, message: impl Display) {
        if !self.quiet {
            tell(&format!("{}: {}\n", styled(WARNING, "warning"), plain(&message.to_string())));
        }
    }

    /// Tells of something that is not wrong.
    pub(crate) fn note(self, message: impl Display) {
        if !self.quiet {
            tell(&format!("{message}\n"));
        }
    }

    /// As [`note`](Self::note), with `--verbose`.
    pub(crate) fn detail(self, message: impl Display) {
        if self.verbose {
            self.note(message);
        }
    }

    /// Tells why a command could not do what it was asked for; with `--json` also as its document.
    pub(crate) fn error(self, error: &Error) -> Exit {
        match error {
            Error::Pipeline(problems) => problems.iter().for_each(|problem| self.problem(problem)),
            Error::Plugin(error) => wrong(&error.to_string(), None),
            Error::Other { message, help } => wrong(message, help.as_deref()),
            Error::Output(error) => wrong(&format!("cannot write to standard output: {error}"), None),
        }
        if self.json && !matches!(error, Error::Output(_)) {
            // The exit code already says that there is an error, and it is on standard error.
            let _ = print_document(&Invalid::from(error));
        }
        Exit::Failure
    }
}

/// What goes wrong is told whatever the user wants to see.
#[expect(clippy::unused_self, reason = "whoever has no printer does not print")]
impl Printer {
    /// Tells what is wrong, and where, with an empty line after it.
    pub(crate) fn problem(self, problem: &Diagnostic) {
        // Colours are taken out again where they are not wanted.
        tell(&format!("{}\n\n", problem.render(true)));
    }

    /// Tells more of what was wrong.
    pub(crate) fn more(self, text: &str) {
        tell(text);
    }

    /// Tells of a fault of this program.
    pub(crate) fn bug(self, message: &str, backtrace: Option<&str>) {
        let mut text = format!(
            "{}: {}\n  this is a bug of `host` {}, not of your pipeline: please report it\n",
            styled(ERROR, "bug"),
            plain(message),
            env!("CARGO_PKG_VERSION")
        );
        match backtrace {
            Some(backtrace) => text.push_str(backtrace),
            None => text.push_str("  RUST_BACKTRACE=1 shows where it happened\n"),
        }
        tell(&text);
    }

    /// Tells that the run was stopped, and of what that means.
    pub(crate) fn interrupted(self, message: &str) {
        tell(&format!("{}: {}\n", styled(CHANGED, "interrupted"), plain(message)));
    }
}

/// Writes the one document of standard output.
fn print_document(document: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(document).map_err(|error| Error::Output(error.into()))?;
    output(&(text + "\n"))
}

fn wrong(message: &str, help: Option<&str>) {
    // Some libraries' messages go on for lines.
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    tell(&format!("{}{}\n", styled(ERROR, "error"), styled(STRONG, &format!(": {}", plain(&message)))));
    if let Some(help) = help {
        tell(&format!("  = {}: {}\n", styled(STRONG, "help"), plain(help)));
    }
}

/// Writes to standard output. Whoever closed it has seen enough: that is not an error.
fn output(text: &str) -> Result<()> {
    let mut stream = AutoStream::auto(io::stdout().lock());
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}

/// Writes to standard error. Where that is closed there is nobody to tell.
fn tell(text: &str) {
    let mut stream = AutoStream::auto(io::stderr().lock());
    let _ = stream.write_all(text.as_bytes());
}
