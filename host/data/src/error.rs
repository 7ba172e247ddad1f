//! What can be wrong with data that crosses the boundary.

use arrow_schema::{ArrowError, DataType};

/// A value that a guest handed over, or an operation it asked for, that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A format string that names no Arrow type, or one that the contract does not carry.
    #[error("`{format}` is not a known Arrow format string")]
    UnknownFormat {
        /// The string.
        format: String,
    },
    /// A type tree whose counts do not add up, or one that is too deep.
    #[error("the type of the column is malformed: {reason}")]
    BadType {
        /// What is wrong with it.
        reason: String,
    },
    /// Buffers that are not what the type and the lengths say.
    #[error("the buffers of a column of type {data_type} are malformed: {reason}")]
    BadBuffers {
        /// The type that they are to have.
        data_type: DataType,
        /// What is wrong with them.
        reason: String,
    },
    /// Two things whose lengths must agree, and do not.
    #[error("{what} has the length {found}, expected {expected}")]
    Length {
        /// Which of the two is wrong.
        what: String,
        /// The length that it should have.
        expected: usize,
        /// The length that it has.
        found: usize,
    },
    /// A position beyond the end.
    #[error("{what} {index} is out of range: there are {count}")]
    OutOfRange {
        /// "column", "row", "batch".
        what: &'static str,
        /// The position, from 0.
        index: u64,
        /// How many there are.
        count: u64,
    },
    /// More of something than may be.
    #[error("{count} {what} are too many, at most {most} can be")]
    TooMany {
        /// "columns", "rows".
        what: &'static str,
        /// How many there would be.
        count: u64,
        /// How many there may be.
        most: u64,
    },
    /// A column of another type than the call needs.
    #[error("the column is {found}, expected {expected}")]
    WrongType {
        /// What the call reads.
        expected: &'static str,
        /// The column's type.
        found: DataType,
    },
    /// Text or bytes that do not fit into one read.
    #[error("the bytes of the column are more than the {limit} that one read can carry")]
    TooLong {
        /// Bytes that one read can carry.
        limit: u64,
    },
    /// Any other refusal of an Arrow kernel, a cast that does not fit for one.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}
