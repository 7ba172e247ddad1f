//! How a step that was given no trace header finds its place.

use std::time::Duration;

use clap::Args;

use super::values;

/// How a step that was given no trace header finds its place.
#[derive(Debug, Args)]
#[command(next_help_heading = "Telemetry")]
pub(crate) struct XRayArgs {
    /// The step of a state machine that this run is: its request's segment is looked up in X-Ray, and becomes the parent
    #[arg(long = "xray-step", value_name = "NAME")]
    pub(crate) step: Option<String>,
    /// The step's state machine, where the trace has several with such a step
    #[arg(long = "xray-machine", value_name = "NAME", requires = "step")]
    pub(crate) machine: Option<String>,
    /// The id of the request that started this run, where a step makes several at once
    #[arg(long = "xray-request-id", value_name = "ID", requires = "step")]
    pub(crate) request_id: Option<String>,
    /// How long X-Ray is asked, from the start of the run, which does not wait for it, but at its end
    #[arg(long = "xray-wait", value_name = "TIME", requires = "step", default_value = "30s", value_parser = values::wait)]
    pub(crate) wait: Duration,
}
