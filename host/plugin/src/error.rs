//! What can go wrong with a plugin.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::limits::LimitKind;
use crate::wasi::Grant;

/// Why a plugin could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not the one that the pipeline pins.
    #[error("{} has the digest {found}, the pipeline pins {expected}", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// The pinned digest.
        expected: String,
        /// The file's digest.
        found: String,
    },
    /// The file is larger than a component may be.
    #[error("{} is larger than a component may be: limit {}", path.display(), Size(*limit))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Compiling takes too long.
    #[error("{} takes longer to compile than it may: limit {}", path.display(), Time(*limit))]
    CompileTime {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: Duration,
    },
    /// The file is no component, or one that is too large in some way.
    #[error("{} cannot be loaded as a WebAssembly component: {reason}", path.display())]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What the compiler said.
        reason: String,
    },
    /// The component imports what the pipeline does not grant it.
    #[error("{} imports {}, which {} not granted", path.display(), imports.join(", "), are(imports.len()))]
    NotGranted {
        /// The file.
        path: PathBuf,
        /// The imports that are not granted.
        imports: Vec<String>,
        /// What would have to be granted; beside the network, which is never.
        grants: Vec<Grant>,
        /// Whether it wants the network.
        network: bool,
    },
    /// The component wants what is no plugin's to have.
    #[error("{} imports {}, and a plugin can be given nothing but etl:plugin/* of version 0.1 and WASI of version 0.2", path.display(), imports.join(", "))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// These imports.
        imports: Vec<String>,
    },
    /// The component exports no stage.
    #[error("{} is not a plugin: it does not export etl:plugin/stage@0.1.0 ({reason})", path.display())]
    NotAPlugin {
        /// The file.
        path: PathBuf,
        /// What is missing or of another type.
        reason: String,
    },
    /// The component exports a stage, and wants something of the contract that this host does not have.
    #[error("{} is built for another version of etl:plugin: {reason}", path.display())]
    Incompatible {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// `describe` failed.
    #[error(transparent)]
    Describe(#[from] Box<CallError>),
    /// The Wasm engine cannot be set up on this machine.
    #[error("cannot set up the WebAssembly engine: {0}")]
    Engine(String),
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// What kind of error a guest returned, as the contract's `error-code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The stage's `with` table.
    InvalidConfig,
    /// The input's columns.
    InvalidSchema,
    /// A value.
    InvalidData,
    /// Something that the plugin does not do.
    Unsupported,
    /// A limit.
    ResourceLimit,
    /// The run is being stopped.
    Cancelled,
    /// A bug of the plugin.
    Internal,
}

/// An error that a guest returned.
#[derive(Clone, Debug)]
pub struct GuestError {
    /// What kind.
    pub code: ErrorCode,
    /// For the user.
    pub message: String,
    /// "column", "row", "config-path", "retryable", and what else the plugin says.
    pub details: Vec<(String, String)>,
}

impl GuestError {
    /// A detail by its key.
    pub fn detail(&self, key: &str) -> Option<&str> {
        self.details.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// How a call ended, where it did not end well.
#[derive(Clone, Debug)]
pub enum CallErrorKind {
    /// The guest returned an error. The instance lives on.
    Guest(Box<GuestError>),
    /// The guest trapped.
    Trap {
        /// The trap's reason.
        reason: String,
        /// What the guest logged as its last error, a panic's message for one.
        said: Option<String>,
    },
    /// The call took too long.
    Timeout {
        /// The limit.
        limit: Duration,
        /// The time it had taken when it was stopped.
        elapsed: Duration,
    },
    /// The guest asked for too much memory.
    Memory {
        /// The limit, in bytes.
        limit: u64,
        /// What it would have had, in bytes.
        requested: u64,
    },
    /// What all instances may use together is used up: see [`MemoryMeter`](crate::MemoryMeter).
    Starved {
        /// What the guest asked for more, in bytes.
        requested: u64,
    },
    /// The guest went over another limit.
    Limit {
        /// Which.
        of: LimitKind,
        /// The limit.
        limit: u64,
        /// What it would have had, where that is known.
        requested: Option<u64>,
    },
    /// The guest used an import that it was not granted.
    NotGranted {
        /// `wasi:clocks/wall-clock@0.2.0#now`.
        function: String,
        /// What would give it; nothing does that for the network.
        grant: Option<Grant>,
    },
    /// The run was stopped during the call.
    Cancelled,
    /// The guest did what the contract forbids.
    Contract(String),
}

/// A call that failed. After all but [`CallErrorKind::Guest`] the instance is gone.
#[derive(Clone, Debug)]
pub struct CallError {
    /// The plugin's name in its manifest.
    pub plugin: Arc<str>,
    /// The operation; empty in `describe`.
    pub operation: Arc<str>,
    /// `bind`, `process`, …
    pub call: &'static str,
    /// How it ended.
    pub kind: CallErrorKind,
    /// The guest's functions, innermost first.
    pub backtrace: Vec<String>,
}

impl CallError {
    /// The limit that ended the call, where it was one.
    pub fn limit(&self) -> Option<LimitKind> {
        match self.kind {
            CallErrorKind::Timeout { .. } => Some(LimitKind::CallTimeout),
            CallErrorKind::Memory { .. } => Some(LimitKind::Memory),
            CallErrorKind::Limit { of, .. } => Some(of),
            _ => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, call) = (Who(self), self.call);
        match &self.kind {
            CallErrorKind::Guest(error) => f.write_str(&error.message),
            CallErrorKind::Trap { reason, said: None } => write!(f, "{who} trapped in `{call}`: {reason}"),
            CallErrorKind::Trap { reason, said: Some(said) } => {
                write!(f, "{who} trapped in `{call}`: {said} ({reason})")
            }
            CallErrorKind::Timeout { limit, elapsed } => write!(
                f,
                "{who} reached its time limit in `{call}`: limit {}, stopped after {}",
                Time(*limit),
                Time(*elapsed)
            ),
            CallErrorKind::Memory { limit, requested } => write!(
                f,
                "{who} reached its memory limit in `{call}`: limit {}, requested {}",
                Size(*limit),
                Size(*requested)
            ),
            CallErrorKind::Starved { requested } => {
                write!(f, "{who} found no memory left in `{call}`: {} more were needed", Size(*requested))
            }
            CallErrorKind::Limit { of, limit, requested } => {
                let amount = |amount| Amount { amount, is_of_bytes: of.is_of_bytes() };
                let name = of.key().replace('-', " ");
                write!(f, "{who} reached its {name} limit in `{call}`: limit {}", amount(*limit))?;
                requested.map_or(Ok(()), |requested| write!(f, ", requested {}", amount(requested)))
            }
            CallErrorKind::NotGranted { function, grant } => {
                let never = if grant.is_none() { ": no plugin gets the network" } else { "" };
                write!(f, "{who} called {function} in `{call}`, which is not granted{never}")
            }
            CallErrorKind::Cancelled => write!(f, "{who} was stopped in `{call}`"),
            CallErrorKind::Contract(message) => write!(f, "{who} failed in `{call}`: {message}"),
        }
    }
}

impl std::error::Error for CallError {}

/// `plugin/operation`, as a pipeline file names it.
struct Who<'a>(&'a CallError);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallError { plugin, operation, .. } = self.0;
        match (&**plugin, &**operation) {
            ("", _) => f.write_str("the plugin"),
            (plugin, "") => f.write_str(plugin),
            (plugin, operation) => write!(f, "{plugin}/{operation}"),
        }
    }
}

/// A time as short as it tells a limit from what went over it.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Duration::from_secs(10) {
            write!(f, "{} ms", self.0.as_millis())
        } else {
            write!(f, "{:.2} s", self.0.as_secs_f64())
        }
    }
}

/// Bytes, or a number of something else.
struct Amount {
    amount: u64,
    is_of_bytes: bool,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_of_bytes { Size(self.amount).fmt(f) } else { self.amount.fmt(f) }
    }
}

/// Bytes, in the largest unit that leaves no fraction: a limit and what went over it may be a page apart.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes % (1 << 20) == 0 => write!(f, "{} MiB", bytes >> 20),
            bytes if bytes % (1 << 10) == 0 => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}
