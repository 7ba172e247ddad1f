//! What can be wrong with an input, told by file, line and column.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// Where in an input file something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, as it was named.
    pub(crate) file: PathBuf,
    /// Line on which the record begins, from 1.
    pub(crate) line: u64,
    /// Number of the column, from 1, where one is to blame.
    pub(crate) column: Option<usize>,
}

impl Place {
    pub(super) fn with_column(self, index: usize) -> Self {
        Self { column: Some(index + 1), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

/// What bytes say that a text has none of.
const OTHER_ENCODING: &str =
    "the file is damaged, or of another encoding: set `encoding`, as in `encoding = \"utf-16le\"`";

/// Why an input can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SourceError {
    /// The path, folder or glob leads to nothing.
    #[error("no input: {url:?} {why}")]
    NoInput { url: String, why: String, hint: Option<String> },

    /// The system refused.
    #[error("can't read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },

    /// A file without the line that names its columns.
    #[error("{} is empty: expected a line with the names of the columns", path.display())]
    NoHeader { path: PathBuf },

    /// No file tells what the columns are.
    #[error("{} is empty: nothing tells what its columns are", path.display())]
    NoColumns { path: PathBuf, hint: &'static str },

    /// Two columns of one name.
    #[error("{place}: columns {first} and {second} are both named {name:?}")]
    DuplicateColumn { place: Place, name: String, first: usize, second: usize },

    /// Files that are read as one differ.
    #[error("{} and {} can't be read as one: {difference}", first.display(), second.display())]
    FilesDiffer { first: PathBuf, second: PathBuf, difference: String, hint: Option<&'static str> },

    /// `schema` names a column that is not there.
    #[error("schema names a column {name:?}, which {} does not have", path.display())]
    UnknownColumn { path: PathBuf, name: String, near: Option<String> },

    /// `schema` names a type that this format can't hold.
    #[error("schema.{name:?} is {type_name}, which can't be read from {kind}")]
    UnreadableType { name: String, type_name: String, kind: &'static str },

    /// A delimiter, quote, escape or comment character that is not ASCII, or is used twice.
    #[error("CSV {what}: {why}")]
    BadDialect { what: &'static str, why: String },

    /// A value that is not of its column's type.
    #[error("{place}: column {name:?} expects {expected}, found {found}")]
    Value { place: Place, name: String, expected: String, found: String },

    /// A row with too few or too many fields.
    #[error("{place}: expected {expected} fields, found {found}{}", if *at_end { " at the end of the file" } else { "" })]
    FieldCount { place: Place, expected: usize, found: usize, lines: u64, at_end: bool },

    /// The line that names the columns, where a row should be.
    #[error("{place}: the header stands here again")]
    RepeatedHeader { place: Place },

    /// A character that no text has.
    #[error("{place}: {what} holds a NUL byte")]
    NulByte { place: Place, what: String },

    /// Bytes that are not of the file's encoding.
    #[error("{place}: {what} is not valid {encoding}{}", if *encoding == "UTF-8" { format!(": found {found}") } else { String::new() })]
    NotUtf8 { place: Place, what: String, found: String, encoding: &'static str },

    /// A text that says itself that it is of another encoding.
    #[error("{} is not UTF-8: it begins with the mark of {encoding}", path.display())]
    OtherEncoding { path: PathBuf, encoding: &'static str },

    /// A JSON file that is no array.
    #[error("{place}: expected an array of objects, found {found}")]
    NotAnArray { place: Place, found: String },

    /// Quotes that the file ends in.
    #[error("{place}: a quote opens here and never closes")]
    OpenQuote { place: Place },

    /// Quotes that end on another line, and yet not where a field ends.
    #[error("{place}: a quote opens here, and where it closes, on line {line}, its field goes on")]
    StrayQuote { place: Place, line: u64 },

    /// A record beyond all measure.
    #[error("{place}: a record of more than {} MiB begins here", limit >> 20)]
    RecordTooLarge { place: Place, limit: usize },

    /// A line that is not one JSON object.
    #[error("{place}: expected one JSON object, found {found}")]
    NotAnObject { place: Place, found: String, array: bool },

    /// A key that is no column.
    #[error("{place}: key {key:?} is no column: it does not occur in the first {sample} rows")]
    UnknownKey { place: Place, key: String, sample: usize },

    /// A line that fits no column type for a reason only the decoder knows.
    #[error("{place}: {reason}")]
    Line { place: Place, reason: String },

    /// A Parquet file that can't be read.
    #[error("can't read {}: {source}", path.display())]
    Parquet { path: PathBuf, source: ParquetError },

    /// An Arrow IPC file that can't be read.
    #[error("can't read {}: {source}", path.display())]
    Ipc { path: PathBuf, source: ArrowError },

    /// Neither of the two formats of Arrow IPC.
    #[error("{} is not an Arrow IPC file", path.display())]
    NotIpc { path: PathBuf },

    /// A file outside of the folders that should name a column.
    #[error("no folder of {} names the column {name:?}: expected one like `{name}=…`", path.display())]
    NoPartition { path: PathBuf, name: String },

    /// A folder whose name is not of its column's type.
    #[error("can't read {}: its folder names {found:?} for the column {name:?}, expected {expected}", path.display())]
    BadPartition { path: PathBuf, name: String, expected: String, found: String },

    /// A column that both files and folders have.
    #[error("the column {name:?} is in the files, and their folders name it as well")]
    PartitionInFiles { name: String },

    /// A store refused.
    #[error(transparent)]
    Store(etl_store::Error),

    /// Arrow refused to build a batch.
    #[error("can't build a batch: {0}")]
    Arrow(#[from] ArrowError),
}

impl SourceError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        match source.downcast::<etl_store::Error>() {
            Ok(error) => error.into(),
            Err(source) => Self::Io { path: path.to_owned(), source },
        }
    }

    pub(super) fn parquet(path: &Path, source: ParquetError) -> Self {
        match source {
            ParquetError::External(error) => match error.downcast::<etl_store::Error>() {
                Ok(error) => (*error).into(),
                Err(error) => match error.downcast::<io::Error>() {
                    Ok(error) => Self::io(path, *error),
                    Err(error) => {
                        Self::Parquet { path: path.to_owned(), source: ParquetError::External(error) }
                    }
                },
            },
            source => Self::Parquet { path: path.to_owned(), source },
        }
    }

    pub(super) fn names_no_file(url: &str) -> Self {
        Self::NoInput { url: url.to_owned(), why: "names no file".to_owned(), hint: None }
    }

    /// Two files whose columns differ.
    pub(super) fn differ(first: &Path, second: &Path, difference: String) -> Self {
        let hint = Some("set `schema-merge = \"union\"` to read columns by name, null where a file has none");
        Self::FilesDiffer { first: first.to_owned(), second: second.to_owned(), difference, hint }
    }

    pub(super) fn ipc(path: &Path, source: ArrowError) -> Self {
        match source {
            ArrowError::IoError(_, error) => Self::io(path, error),
            source => Self::Ipc { path: path.to_owned(), source },
        }
    }

    /// The reason why a row is bad, as a word for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Value { .. } => "value",
            Self::FieldCount { .. } => "field-count",
            Self::RepeatedHeader { .. } => "repeated-header",
            Self::NulByte { .. } => "nul-byte",
            Self::NotUtf8 { .. } => "not-utf8",
            Self::OpenQuote { .. } | Self::StrayQuote { .. } => "open-quote",
            Self::RecordTooLarge { .. } => "record-too-large",
            Self::NotAnObject { .. } => "not-an-object",
            Self::UnknownKey { .. } => "unknown-key",
            _ => "unreadable",
        }
    }

    /// Where the bad row is, for errors of rows.
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Self::Value { place, .. }
            | Self::FieldCount { place, .. }
            | Self::RepeatedHeader { place }
            | Self::NulByte { place, .. }
            | Self::NotUtf8 { place, .. }
            | Self::OpenQuote { place }
            | Self::StrayQuote { place, .. }
            | Self::RecordTooLarge { place, .. }
            | Self::NotAnObject { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::Line { place, .. } => Some(place),
            _ => None,
        }
    }

    /// What would mend it, where that can be said.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoInput { hint, .. } => hint.clone(),
            Self::Store(error) => error.hint(),
            Self::NoHeader { .. } => Some("set `header = false` if the files have none".to_owned()),
            Self::FilesDiffer { hint, .. } => hint.map(ToOwned::to_owned),
            Self::NoColumns { hint, .. } => Some((*hint).to_owned()),
            Self::UnknownColumn { near, .. } => near.as_ref().map(|near| format!("did you mean {near:?}?")),
            Self::Value { expected, .. } if expected == "utf8" => None,
            Self::Value { name, .. } => {
                Some(format!("set `schema.{name:?} = \"utf8\"` in pipeline.toml, or mend the row"))
            }
            Self::FieldCount { at_end: true, .. } => {
                Some("the file may be cut off: fetch it again, or remove its last line".to_owned())
            }
            Self::FieldCount { lines, .. } if *lines > 1 => {
                Some(format!("the row runs over {lines} lines: look for a quote that is not closed"))
            }
            Self::RepeatedHeader { .. } => {
                Some("files were joined: remove the line, or set `on-bad-rows = \"reject\"`".to_owned())
            }
            Self::BadPartition { name, .. } => Some(format!("set `partitions = {{ {name} = \"utf8\" }}`")),
            Self::PartitionInFiles { .. } => Some("leave it out of `partitions`".to_owned()),
            Self::Ipc { source: ArrowError::ParseError(_), .. } => {
                Some("the file may be cut off: fetch it again".to_owned())
            }
            Self::NulByte { .. } => Some(OTHER_ENCODING.to_owned()),
            Self::StrayQuote { .. } => {
                Some("close it on its line; a quote inside of a field in quotes must be doubled".to_owned())
            }
            Self::FieldCount { .. } => {
                Some("a value that holds the delimiter or a line end must stand in quotes".to_owned())
            }
            Self::NotUtf8 { encoding: "UTF-8", .. } => Some(
                "if all of the file is so, set `encoding`, as in `encoding = \"windows-1252\"`".to_owned(),
            ),
            Self::OtherEncoding { encoding, .. } => Some(format!("set `encoding = \"{encoding}\"`")),
            Self::NotAnArray { found, .. } if found == "an object" => {
                Some("a file with an object per line is read by `source.ndjson`".to_owned())
            }
            Self::NotAnArray { found, .. } if found.starts_with("byte ") => Some(OTHER_ENCODING.to_owned()),
            Self::NotAnArray { found, .. } if found.starts_with("the file's end") => {
                Some("the file may be cut off: fetch it again".to_owned())
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::UnexpectedEof => {
                Some("the file may be cut off: fetch it again".to_owned())
            }
            Self::OpenQuote { .. } => {
                Some("close it, or set `quote` to the character that the file uses".to_owned())
            }
            Self::RecordTooLarge { .. } => Some("look for a quote that is not closed".to_owned()),
            Self::NotAnObject { array: true, .. } => {
                Some("a JSON source is an array of objects, with a comma between two of them".to_owned())
            }
            Self::NotAnObject { .. } => {
                Some("NDJSON has one object per line, without commas between them".to_owned())
            }
            Self::UnknownKey { key, .. } if key.contains('.') => {
                Some("raise `infer-rows`, so that the sample holds the key".to_owned())
            }
            Self::UnknownKey { key, .. } => {
                Some(format!("declare it, as in `schema.{key:?} = \"utf8\"`, or raise `infer-rows`"))
            }
            _ => None,
        }
    }
}

impl From<etl_store::Error> for SourceError {
    fn from(error: etl_store::Error) -> Self {
        match error {
            etl_store::Error::NoInput { location, why } => Self::NoInput { url: location, why, hint: None },
            error => Self::Store(error),
        }
    }
}

/// A found value as an error shows it: quoted, and cut to a line.
pub(super) fn quoted(found: &str) -> String {
    const LONGEST: usize = 60;
    match found.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &found[..end]),
        None => format!("{found:?}"),
    }
}
