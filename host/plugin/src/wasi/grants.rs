//! What can be granted.

use std::fmt;
use std::path::PathBuf;

/// What a plugin gets of the machine; nothing unless told. There is no grant for the network. Its `Debug` shows no
/// value of a variable.
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Grants {
    /// The time of day, and sleeping within a call's time limit.
    pub clocks: bool,
    /// Randomness.
    pub random: bool,
    /// Environment variables, and no others.
    pub env: Option<Vec<(String, String)>>,
    /// Folders, and nothing outside them.
    pub files: Option<Vec<Folder>>,
    /// Standard output and error, which become log lines. Standard input is empty.
    pub stdio: bool,
    /// Imports of WASI that are not granted are there, and end the call that uses one.
    pub traps: bool,
}

/// A folder that a guest can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Where the guest sees it.
    pub at: String,
    /// Whether it may be changed.
    pub write: bool,
}

/// A part of WASI that is granted as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// [`Grants::clocks`].
    Clocks,
    /// [`Grants::random`].
    Random,
    /// [`Grants::env`].
    Env,
    /// [`Grants::files`].
    Files,
    /// [`Grants::stdio`].
    Stdio,
}

impl Grant {
    /// The least of it, as users write it.
    pub fn toml(self) -> &'static str {
        match self {
            Self::Clocks => "clocks = true",
            Self::Random => "random = true",
            Self::Env => "env = {}",
            Self::Files => "files = []",
            Self::Stdio => "stdio = true",
        }
    }
}

impl Grants {
    /// No grant, and no import of WASI that keeps a component from being loaded.
    pub fn traps() -> Self {
        Self { traps: true, ..Self::default() }
    }

    /// Whether this is granted.
    pub fn has(&self, grant: Grant) -> bool {
        match grant {
            Grant::Clocks => self.clocks,
            Grant::Random => self.random,
            Grant::Env => self.env.is_some(),
            Grant::Files => self.files.is_some(),
            Grant::Stdio => self.stdio,
        }
    }

    /// Whether nothing at all is granted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env = self.env.as_ref().map(|env| env.iter().map(|(name, _)| name).collect::<Vec<_>>());
        f.debug_struct("Grants")
            .field("clocks", &self.clocks)
            .field("random", &self.random)
            .field("env", &env)
            .field("files", &self.files)
            .field("stdio", &self.stdio)
            .field("traps", &self.traps)
            .finish()
    }
}
