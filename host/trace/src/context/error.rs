//! Why a trace header cannot be read.

/// What is wrong with a trace header: what was expected, and what stood there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Nothing but white space.
    #[error(
        "empty trace header: expected `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=1` or a W3C traceparent"
    )]
    Empty,
    /// Neither of the two forms.
    #[error(
        "trace header {found:?} is neither an X-Ray header (`Root=…`) nor a W3C traceparent (`00-…-…-01`)"
    )]
    Unknown {
        /// The header.
        found: String,
    },
    /// An X-Ray header has a part without `=`.
    #[error("X-Ray trace header: expected `key=value` between semicolons, found {found:?}")]
    NotAPair {
        /// The part.
        found: String,
    },
    /// An X-Ray header says the same thing twice.
    #[error("X-Ray trace header: {field} stands in it more than once")]
    Twice {
        /// The key that is repeated.
        field: &'static str,
    },
    /// An X-Ray header has no trace id.
    #[error("X-Ray trace header: no Root, so no trace id, in {found:?}")]
    NoRoot {
        /// The header.
        found: String,
    },
    /// A field does not have the form that it must have.
    #[error("trace header: {field}: expected {expected}, found {found:?}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

impl HeaderError {
    pub(super) fn field(field: &'static str, expected: &'static str, found: &str) -> Self {
        Self::Field { field, expected, found: excerpt(found) }
    }
}

/// Enough of a header to know it again: headers come from outside and may be of any length.
pub(super) fn excerpt(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
