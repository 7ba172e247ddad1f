//! Errors that say where: a path of the configuration, or a column and a row.

use std::fmt;

/// What a call of the SDK or of an operation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The `with` table of the stage.
    InvalidConfig,
    /// The columns of the input.
    InvalidSchema,
    /// A value in the data.
    InvalidData,
    /// Something that the operation or the host can't do.
    Unsupported,
    /// A limit was reached.
    ResourceLimit,
    /// The run is being stopped.
    Cancelled,
    /// A mistake of the plugin itself.
    Internal,
}

/// Why an operation can't go on. Its first line alone is enough to mend the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) path: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) row: Option<u64>,
    pub(crate) hint: Option<String>,
}

impl Error {
    /// An error of this kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: None, column: None, row: None, hint: None }
    }

    /// A mistake in the configuration, at a dotted path of the `with` table ("columns.1").
    pub fn config(path: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(Code::InvalidConfig, message);
        error.path = Some(path.into());
        error
    }

    /// A value that the operation can't take.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidData, message)
    }

    /// A mistake of the plugin itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// Names the column that it is about.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.column = Some(name.into());
        self
    }

    /// Names the row that it is about: its position in the batch, from 0.
    #[must_use]
    pub fn row(mut self, row: usize) -> Self {
        self.row = Some(row as u64);
        self
    }

    /// Adds what may mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What kind of thing is wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The first line, without the hint.
    pub fn summary(&self) -> String {
        let place = match (&self.path, &self.column, self.row) {
            (Some(path), _, _) if path.is_empty() => String::new(),
            (Some(path), _, _) => format!("{path}: "),
            (None, Some(column), Some(row)) => format!("column `{column}`, row {row} of the batch: "),
            (None, Some(column), None) => format!("column `{column}`: "),
            (None, None, Some(row)) => format!("row {row} of the batch: "),
            (None, None, None) => String::new(),
        };
        place + &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
