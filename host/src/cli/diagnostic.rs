//! What is wrong, as `--json` has it.

use etl_pipeline::Diagnostic;
use serde::Serialize;

use super::error::Error;

/// The document of a command that could not do what it was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Invalid {
    status: &'static str,
    diagnostics: Vec<Problem>,
}

/// One problem. What does not stand in a file has no place.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
    label: Option<String>,
    help: Vec<String>,
}

impl From<&Error> for Invalid {
    fn from(error: &Error) -> Self {
        let diagnostics = match error {
            Error::Pipeline(problems) => problems.iter().map(Problem::from).collect(),
            Error::Plugin(error) => vec![Problem::elsewhere(error.to_string(), None)],
            Error::Other { message, help } => vec![Problem::elsewhere(message.clone(), help.as_deref())],
            Error::Output(error) => vec![Problem::elsewhere(error.to_string(), None)],
        };
        Self { status: "invalid", diagnostics }
    }
}

impl Problem {
    fn elsewhere(message: String, help: Option<&str>) -> Self {
        let help = help.into_iter().map(ToOwned::to_owned).collect();
        Self { file: None, line: None, column: None, message, label: None, help }
    }
}

impl From<&Diagnostic> for Problem {
    fn from(problem: &Diagnostic) -> Self {
        let position = problem.position();
        Self {
            file: Some(problem.path().display().to_string()),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            message: problem.message().to_owned(),
            label: problem.marked().map(ToOwned::to_owned),
            help: problem.helps().to_vec(),
        }
    }
}
