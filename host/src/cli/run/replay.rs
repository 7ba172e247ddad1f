//! `host replay`: a run over rows that another one rejected.

use std::sync::Arc;

use etl_engine::{Engine, Replay, ReplayError, RunOptions};
use etl_pipeline::Pipeline;

use crate::cli::args::ReplayArgs;
use crate::cli::error::{Error, Result};

/// What is run: the job whose rows they are.
pub(super) fn options(
    args: &ReplayArgs,
    engine: &Engine,
    pipeline: &Pipeline,
    options: RunOptions,
) -> Result<RunOptions> {
    let failed = |error: ReplayError| Error::Other {
        message: error.to_string(),
        help: error.hint().map(ToOwned::to_owned),
    };
    let rejected = engine.open_rejected(&args.rejects, pipeline).map_err(failed)?;
    let job = Some(rejected.job(options.job.as_deref()).map_err(failed)?.to_owned());
    let replay = Replay { rejected: Arc::new(rejected), suffix: args.suffix.clone(), apart: args.apart };
    Ok(RunOptions { job, replay: Some(replay), ..options })
}
