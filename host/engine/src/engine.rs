//! The engine: what is shared by all runs of a process.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use chrono::{SecondsFormat, Utc};
use etl_pipeline::{Diagnostics, Pipeline};
use etl_plugin::{LoadError, Runtime, RuntimeOptions};
use etl_trace::{Trace, milliseconds};
use tokio::sync::watch;

use crate::job::{self, JobContext};
use crate::objects::{Access, Objects};
use crate::options::INSTANCES;
use crate::prepare::{Prepared, PreparedJob, prepare};
use crate::report::{JobReport, Report, Status};
use crate::{Failure, FailureKind, Progress, Rejected, ReplayError, RunOptions, StoreOptions};

/// Settings of an [`Engine`].
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Folder of compiled plugins; `None`: compile at every start.
    pub cache: Option<PathBuf>,
    /// How object stores are asked.
    pub stores: StoreOptions,
}

/// Prepares and runs pipelines.
#[derive(Debug)]
pub struct Engine {
    runtime: Arc<Runtime>,
    objects: Arc<Objects>,
    cancelled: watch::Sender<bool>,
}

impl Engine {
    /// Sets the WebAssembly engine up.
    ///
    /// # Errors
    /// This machine can't run it.
    pub fn new(options: &EngineOptions) -> Result<Self, LoadError> {
        let runtime = Runtime::new(&RuntimeOptions { cache: options.cache.clone(), instances: INSTANCES })?;
        let cancelled = watch::Sender::new(false);
        let objects = Arc::new(Objects::new(options.stores.clone(), cancelled.subscribe()));
        Ok(Self { runtime: Arc::new(runtime), objects, cancelled })
    }

    /// Loads plugins, opens sources and binds every stage.
    ///
    /// # Errors
    /// All that is wrong, with its place in the pipeline's file.
    pub fn prepare(&self, pipeline: &Arc<Pipeline>, options: &RunOptions) -> Result<Prepared, Diagnostics> {
        prepare(&self.runtime, &self.objects, pipeline, options)
    }

    /// Opens a table of rows that a run of this pipeline rejected, and looks through it.
    ///
    /// # Errors
    /// There is none, or it is no such table.
    pub fn open_rejected(&self, url: &str, pipeline: &Pipeline) -> Result<Rejected, ReplayError> {
        Rejected::open(url, pipeline, Access::new(&self.objects))
    }

    /// Runs the jobs one after the other, up to the first that fails. What a job wrote is seen as soon as that
    /// job has succeeded. Blocks; not to be called from an asynchronous task.
    pub fn run(&self, prepared: &Prepared, trace: &Trace, progress: &Progress) -> Report {
        let (started, clock) = (Utc::now(), Instant::now());
        let options = &prepared.options;
        let mut jobs = prepared
            .jobs
            .iter()
            .map(|job| JobReport { name: job.job.name.clone(), ..JobReport::default() })
            .collect::<Vec<_>>();
        let mut failure = None;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.threads.get())
            .thread_name("worker")
            .build();
        match runtime {
            Ok(runtime) => {
                for (report, job) in jobs.iter_mut().zip(&prepared.jobs) {
                    let (cancelled, runtime) = (self.cancelled.subscribe(), &runtime);
                    let memory = match prepared.memory() {
                        Ok(memory) => Arc::new(memory),
                        Err(error) => {
                            failure = Some(cannot_begin(
                                prepared,
                                job,
                                &format!("can't set its memory up: {error}"),
                            ));
                            break;
                        }
                    };
                    let context = JobContext { prepared, job, trace, progress, runtime, cancelled, memory };
                    (*report, failure) = job::run(&context);
                    if failure.is_some() {
                        break;
                    }
                }
            }
            Err(error) => {
                let message = format!("can't start {} threads: {error}", options.threads);
                failure = Some(cannot_begin(prepared, &prepared.jobs[0], &message));
            }
        }
        Report {
            pipeline: prepared.pipeline.name.clone(),
            run_id: options.run_id.clone(),
            run_timestamp: options.run_timestamp.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            status: Status::after(failure.as_ref()),
            started: started.to_rfc3339_opts(SecondsFormat::Millis, true),
            duration_ms: milliseconds(clock.elapsed()),
            threads: options.threads.get(),
            batch_rows: options.batch_rows.get(),
            jobs,
            failure,
        }
    }

    /// Ends the run, and lets no other begin: calls are interrupted, and nothing of the job is written.
    pub fn cancel(&self) {
        self.cancelled.send_replace(true);
        self.runtime.cancel();
    }
}

fn cannot_begin(prepared: &Prepared, job: &PreparedJob, message: &str) -> Failure {
    let diagnostic = prepared.pipeline.diagnostic(&job.job.at, message);
    Failure::new(FailureKind::Internal, &job.job.name, None, diagnostic)
}
