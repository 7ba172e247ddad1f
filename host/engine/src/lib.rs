//! A job as a DataFusion physical plan: sources, stages, spool, sinks and report.
//!
//! [`Engine::prepare`] does all that can be done without running: it loads plugins, opens sources and
//! binds every stage. [`Engine::run`] runs what was prepared, and always comes back with a [`Report`].
//!
//! ```no_run
//! # use std::{collections::BTreeMap, path::Path, sync::Arc};
//! use etl_engine::{Engine, EngineOptions, Progress, RunOptions};
//! use etl_trace::{Trace, TraceOptions};
//!
//! let pipeline = etl_pipeline::Pipeline::load(Path::new("pipeline.toml"), &BTreeMap::new(), &|_| None)?;
//! let engine = Engine::new(&EngineOptions::default())?;
//! let prepared = engine.prepare(&Arc::new(pipeline), &RunOptions::default())?;
//! let trace = Trace::start(TraceOptions::default())?;
//! let report = engine.run(&prepared, &trace, &Progress::default());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod contract;
mod engine;
mod exec;
mod failure;
mod faults;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod job;
mod lineage;
mod memory;
mod objects;
mod options;
mod phase;
mod plan;
mod position;
mod prepare;
mod progress;
mod rejects;
mod replay;
mod report;
mod sink;
mod source;
mod spool;
mod worker;

pub use engine::{Engine, EngineOptions};
pub use failure::{Failure, FailureKind};
pub use objects::StoreOptions;
pub use options::RunOptions;
pub use plan::{ColumnPlan, FilePlan, JobPlan, OutputPlan, PipelinePlan, Shape, SourcePlan, StagePlan};
pub use prepare::Prepared;
pub use progress::{Progress, ProgressSnapshot};
pub use replay::{Rejected, Replay, ReplayError};
pub use report::{
    JobReport, OutputReport, ReasonReport, RejectsReport, Report, SourceReport, StageReport, Status,
};
