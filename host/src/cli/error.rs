//! Why a command could not do what it was asked for.

use std::io;

use etl_pipeline::Diagnostics;
use etl_plugin::LoadError;

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Error {
    /// The pipeline is not valid.
    Pipeline(Diagnostics),
    /// The plugin, or what plugins run on, cannot be used.
    Plugin(LoadError),
    /// Something that is neither of the pipeline nor of a plugin.
    Other {
        /// One line that is enough to mend it.
        message: String,
        /// How to mend it.
        help: Option<String>,
    },
    /// The result cannot be written to standard output.
    Output(io::Error),
}

/// What a command comes back with.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl From<Diagnostics> for Error {
    fn from(problems: Diagnostics) -> Self {
        Self::Pipeline(problems)
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Plugin(error)
    }
}

impl Error {
    /// Of which there is nothing more to say than what it says itself.
    pub(crate) fn other(error: &impl std::error::Error) -> Self {
        Self::Other { message: error.to_string(), help: None }
    }
}
