//! What can be wrong before a trace starts.

/// Why a trace cannot be started. Always a wrong setting, never the state of the network.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// An environment variable has a value that means nothing.
    #[error("environment variable {variable}: expected {expected}, found {found:?}")]
    Variable {
        /// The variable's name.
        variable: &'static str,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// The exporter cannot be made for this destination.
    #[error("cannot export the trace to {endpoint}: {reason}")]
    Exporter {
        /// Where spans were to be sent.
        endpoint: String,
        /// What the exporter says.
        reason: String,
    },
    /// No thread could be started for the exporter.
    #[error("cannot start the trace's export thread: {0}")]
    Thread(#[source] std::io::Error),
}
