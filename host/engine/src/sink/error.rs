//! What can go wrong with an output.

use std::{
    io,
    path::{Path, PathBuf},
};

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// Why an output can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SinkError {
    /// The target is a file, or a path that no folder can have.
    #[error("can't write {}: it is not a folder", path.display())]
    NotAFolder { path: PathBuf },

    /// The target holds what no job wrote.
    #[error("won't replace {}: it holds {entry:?}, which no job wrote", path.display())]
    Foreign { path: PathBuf, entry: String },

    /// Another run has the same id and writes the same folder.
    #[error("another run writes {} already", path.display())]
    Busy { path: PathBuf },

    /// The system refused.
    #[error("can't write {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },

    /// A column of a type that Parquet can't hold, or a file that can't be encoded.
    #[error("can't encode {}: {source}", path.display())]
    Parquet { path: PathBuf, source: ParquetError },

    /// A file that can't be encoded.
    #[error("can't encode {}: {source}", path.display())]
    Encode { path: PathBuf, source: ArrowError },

    /// More folders than anyone would want.
    #[error("won't write more than {most} folders into {}: {example} is one too many", path.display())]
    TooManyFolders { path: PathBuf, most: usize, example: String },

    /// A thread that encodes has panicked.
    #[error("can't encode {}: a thread panicked", path.display())]
    Panicked { path: PathBuf },

    /// A store refused.
    #[error(transparent)]
    Store(#[from] etl_store::Error),

    /// A batch that is not of the output's schema.
    #[error("can't take a batch: {0}")]
    Arrow(#[from] ArrowError),
}

impl SinkError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        match source.downcast::<etl_store::Error>() {
            Ok(error) => Self::Store(error),
            Err(source) => Self::Io { path: path.to_owned(), source },
        }
    }

    pub(super) fn parquet(path: &Path, source: ParquetError) -> Self {
        match source {
            ParquetError::External(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::io(path, *error),
                Err(error) => Self::Parquet { path: path.to_owned(), source: ParquetError::External(error) },
            },
            source => Self::Parquet { path: path.to_owned(), source },
        }
    }

    pub(super) fn arrow(path: &Path, error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::io(path, error),
            source => Self::Encode { path: path.to_owned(), source },
        }
    }

    /// What would mend it, where that can be said.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Foreign { .. } => "write to a folder of its own, or remove what is in this one",
            Self::TooManyFolders { .. } => "partition by columns with fewer values",
            Self::Store(error) => return error.hint(),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
