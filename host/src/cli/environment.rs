//! The environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variable's value; none where it is not text.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The path in a variable; one that is empty counts as unset, as it does for other tools.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|path| *path != OsString::new()).map(PathBuf::from)
}
