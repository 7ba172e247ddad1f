//! The environment that a process of AWS's has: variables, and the files of profiles.

use std::{fmt, fs, path::PathBuf, sync::Arc};

/// Looks variables up. Tests have their own, since those of a process are all tests'.
#[derive(Clone)]
pub struct Environment(Arc<Look>);

type Look = dyn Fn(&str) -> Option<String> + Send + Sync;

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not its values: there are secrets among them.
        f.write_str("Environment")
    }
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// These variables and no others.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(Arc::new(move |wanted| {
            variables.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        }))
    }

    /// A variable that says something.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn first<const N: usize>(&self, names: [&str; N]) -> Option<String> {
        names.into_iter().find_map(|name| self.get(name))
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// A file of `~/.aws`, which a variable may put elsewhere. One that is not there is empty.
    pub(super) fn file(&self, variable: &str, name: &str) -> String {
        let path = self.get(variable).map(PathBuf::from);
        let home = || self.get("HOME").map(|home| PathBuf::from(home).join(".aws").join(name));
        path.or_else(home).and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
    }
}
