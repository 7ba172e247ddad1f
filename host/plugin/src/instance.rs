//! One instance of a plugin: one stage, one partition of its rows.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use etl_data::Batch;
use tokio::runtime::RuntimeFlavor;
use wasmtime::component::Resource;
use wasmtime::{Store, Trap, UpdateDeadline, WasmBacktrace};

use crate::binding::{BindRequest, Binding, binding_of, wit_schema};
use crate::bindings::etl::plugin::types;
use crate::bindings::exports::etl::plugin::{stage, summary};
use crate::error::{CallError, CallErrorKind};
use crate::failure::{clipped, frames, guest_error, kind_of};
use crate::generation::{Generation, Manifest, Operation};
use crate::limits::Limits;
use crate::meter::MemoryMeter;
use crate::state::{Emitted, Reject, State};
use crate::telemetry::{CallContext, NoContext, Telemetry, clip};

/// Whether a guest wants more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More input; from `finish`: call again.
    More,
    /// Done.
    Done,
}

/// What a call used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Bytes that the guest read.
    pub bytes_read: u64,
    /// Bytes that the guest handed over.
    pub bytes_written: u64,
    /// Time in the call.
    pub elapsed: Duration,
    /// What of it the host took on the guest's behalf: host calls, and moving bytes in and out. Where a guest makes very
    /// many host calls, an estimate.
    pub boundary: Duration,
    /// Largest linear memory so far, in bytes.
    pub memory_peak: u64,
}

/// A call that came back: what it answered, and what happened meanwhile.
#[derive(Debug)]
pub struct Called<T> {
    /// The answer, or how it failed.
    pub result: Result<T, CallError>,
    /// Batches emitted, in order.
    pub emitted: Vec<Emitted>,
    /// Rows diverted.
    pub rejected: Vec<Reject>,
    /// What the guest reported.
    pub telemetry: Telemetry,
    /// What the call used.
    pub usage: Usage,
}

/// A live instance. After a trap or a deadline its store is dropped, and every call fails.
pub struct Instance {
    plugin: Arc<str>,
    operation: Arc<str>,
    /// Output ports that the manifest gives the operation, where it knows it.
    outputs: Option<usize>,
    live: Option<Live>,
}

struct Live {
    store: Store<State>,
    stage: stage::Guest,
    summary: Option<summary::Guest>,
    /// Whether host calls may wait for something.
    blocks: bool,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A guest's answer before its error is typed.
type Answer<T> = Result<T, types::Error>;

impl Instance {
    /// A fresh instance of `operation`; `plugin` is what errors call it.
    pub(crate) fn new(
        generation: &Generation,
        plugin: &str,
        operation: &str,
        limits: &Limits,
        meter: &Arc<dyn MemoryMeter>,
    ) -> Result<Self, CallError> {
        let runtime = &generation.runtime;
        let fresh = State::new(*limits, Arc::clone(&runtime.cancelled), meter);
        let blocks = generation.grants.is_some();
        let mut store = Store::new(&runtime.engine, fresh);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.host_call_bytes);
        store.epoch_deadline_callback(|store| {
            let state = store.data();
            if state.cancelled.load(Ordering::Relaxed)
                || state.call_start.elapsed() > state.limits.call_timeout
            {
                return Err(wasmtime::Error::from(Trap::Interrupt));
            }
            Ok(UpdateDeadline::Continue(1))
        });
        store.call_hook(|mut store, hook| {
            store.data_mut().boundary.cross(hook);
            Ok(())
        });
        store.set_epoch_deadline(1);
        let described = generation.manifest().operation(operation);
        let mut instance = Self {
            plugin: Arc::from(plugin),
            operation: Arc::from(operation),
            outputs: described.map(|described| described.outputs.len()),
            live: None,
        };
        store.data_mut().begin(Box::new(NoContext));
        if let Some(grants) = &generation.grants {
            let output = store.data().output.clone();
            let context = grants.context(limits, &output).map_err(|error| {
                let message = format!("cannot open {}: {}", error.folder.display(), error.reason);
                instance.broken("instantiate", message)
            })?;
            store.data_mut().wasi = Some(context);
        }
        let exports = caught(blocks, || {
            let exports = generation.pre.instantiate(&mut store)?;
            let typed = |error| {
                wasmtime::Error::msg(format!("its exports are not of the contract's types: {error:#}"))
            };
            let stage = generation.stage.load(&mut store, &exports).map_err(typed)?;
            let summary = generation.summary.as_ref().map(|summary| summary.load(&mut store, &exports));
            Ok((stage, summary.transpose().map_err(typed)?))
        });
        match exports {
            Ok((stage, summary)) => {
                instance.live = Some(Live { store, stage, summary, blocks });
                Ok(instance)
            }
            Err(error) => Err(instance.failure("instantiate", &error, store.data())),
        }
    }

    pub(crate) fn describe(&mut self) -> Result<Manifest, CallError> {
        let manifest = self
            .call("describe", Box::new(NoContext), |live| live.stage.call_describe(&mut live.store).map(Ok));
        let manifest = manifest.result?;
        let operation = |operation: stage::Operation| Operation {
            name: clip(operation.name),
            summary: clip(operation.summary),
            config_schema: operation.config_schema,
            inputs: operation.inputs.into_iter().map(clip).collect(),
            outputs: operation.outputs.into_iter().map(clip).collect(),
        };
        Ok(Manifest {
            name: clip(manifest.name),
            version: clip(manifest.version),
            summary: clip(manifest.summary),
            operations: manifest.operations.into_iter().map(operation).collect(),
            properties: clipped(manifest.properties),
        })
    }

    /// Checks configuration and input columns, and learns what comes out.
    pub fn bind(&mut self, request: &BindRequest, context: Box<dyn CallContext>) -> Called<Binding> {
        let inputs = request.inputs.iter().map(|schema| wit_schema(schema)).collect::<Result<Vec<_>, _>>();
        let called = self.call("bind", context, |live| {
            let config = stage::Config {
                json: request.config_json.clone(),
                leaves: request
                    .config_leaves
                    .iter()
                    .map(|(path, leaf)| (path.clone(), leaf.clone().into()))
                    .collect(),
            };
            let request = stage::BindRequest {
                operation: request.operation.clone(),
                config,
                inputs: inputs.map_err(wasmtime::Error::new)?,
                options: request.options.clone(),
            };
            live.stage.call_bind(&mut live.store, &request)
        });
        let has_summary = self.live.as_ref().is_some_and(|live| live.summary.is_some());
        let look = |response| {
            let binding = binding_of(response, &request.inputs, has_summary)?;
            match self.outputs.filter(|described| *described != binding.outputs.len()) {
                Some(described) => Err(format!(
                    "it has {} output schemas, the operation describes {described} outputs",
                    binding.outputs.len()
                )),
                None => Ok(binding),
            }
        };
        let called = called.check(look, |message| self.broken("bind", message));
        match &called.result {
            Ok(binding) => {
                if let Some(live) = &mut self.live {
                    live.store.data_mut().ports = u32::try_from(binding.outputs.len()).unwrap_or(u32::MAX);
                }
            }
            Err(CallError { kind: CallErrorKind::Contract(_), .. }) => self.live = None,
            Err(_) => {}
        }
        called
    }

    /// Shows a batch in the first pass. The instance borrows it.
    pub fn observe(&mut self, port: u32, input: Batch, context: Box<dyn CallContext>) -> Called<()> {
        self.call("observe", context, |live| {
            let summary = live.summary()?;
            let handle = live.store.data_mut().receive(input)?;
            let borrowed = Resource::new_borrow(handle.rep());
            let answer = summary.call_observe(&mut live.store, port, borrowed);
            live.store.data_mut().table.delete(handle)?;
            answer
        })
    }

    /// The summary of all that this instance observed.
    pub fn partial(&mut self, context: Box<dyn CallContext>) -> Called<Vec<u8>> {
        self.call("partial", context, |live| live.summary()?.call_partial(&mut live.store))
    }

    /// Gives the instance the summaries of all instances; `mine` is the position of its own.
    pub fn settle(&mut self, partials: &[Vec<u8>], mine: u32, context: Box<dyn CallContext>) -> Called<()> {
        self.call("settle", context, |live| live.summary()?.call_settle(&mut live.store, partials, mine))
    }

    /// Hands a batch over.
    pub fn process(&mut self, port: u32, input: Batch, context: Box<dyn CallContext>) -> Called<Flow> {
        self.call("process", context, |live| {
            let state = live.store.data_mut();
            state.rows_given += u64::from(input.rows());
            let handle = state.receive(input)?;
            let flow = live.stage.call_process(&mut live.store, port, handle)?;
            Ok(flow.map(Flow::from))
        })
    }

    /// Tells that a port has ended.
    pub fn finish(&mut self, port: u32, context: Box<dyn CallContext>) -> Called<Flow> {
        self.call("finish", context, |live| {
            Ok(live.stage.call_finish(&mut live.store, port)?.map(Flow::from))
        })
    }

    /// The one way into the guest: clock, context, deadline, and what to make of a failure.
    fn call<T>(
        &mut self,
        name: &'static str,
        context: Box<dyn CallContext>,
        run: impl FnOnce(&mut Live) -> wasmtime::Result<Answer<T>>,
    ) -> Called<T> {
        let Some(mut live) = self.live.take() else {
            return Called::failed(self.broken(name, "the instance is gone after an earlier failure"));
        };
        live.store.data_mut().begin(context);
        if live.store.data().cancelled.load(Ordering::Relaxed) {
            return Called::failed(self.error(name, CallErrorKind::Cancelled));
        }
        live.store.set_epoch_deadline(1);
        let answer = caught(live.blocks, || run(&mut live));
        let state = live.store.data_mut();
        state.take_output();
        let end = Instant::now();
        let elapsed = end.saturating_duration_since(state.call_start);
        let usage = Usage {
            bytes_read: state.bytes_read,
            bytes_written: state.bytes_written,
            elapsed,
            boundary: state.boundary.end(end).min(elapsed),
            memory_peak: state.memory.used,
        };
        let result = match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let error = guest_error(error, state.limits.error_bytes);
                Err(self.error(name, CallErrorKind::Guest(Box::new(error))))
            }
            Err(error) => Err(self.failure(name, &error, live.store.data())),
        };
        let state = live.store.data_mut();
        let called = Called {
            emitted: std::mem::take(&mut state.emitted),
            rejected: std::mem::take(&mut state.rejected),
            telemetry: std::mem::take(&mut state.telemetry),
            usage,
            result,
        };
        state.settle_retained();
        // A store is reused only after a call that came back: a trap leaves it in any state.
        if matches!(&called.result, Ok(_) | Err(CallError { kind: CallErrorKind::Guest(_), .. })) {
            self.live = Some(live);
        }
        called
    }

    fn error(&self, call: &'static str, kind: CallErrorKind) -> CallError {
        let (plugin, operation) = (Arc::clone(&self.plugin), Arc::clone(&self.operation));
        CallError { plugin, operation, call, kind, backtrace: Vec::new() }
    }

    fn broken(&self, call: &'static str, message: impl Into<String>) -> CallError {
        self.error(call, CallErrorKind::Contract(message.into()))
    }

    fn failure(&self, call: &'static str, error: &wasmtime::Error, state: &State) -> CallError {
        let kind = kind_of(error, state);
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        CallError { backtrace, ..self.error(call, kind) }
    }
}

impl Live {
    /// The summary's exports. Cloned, because a call borrows the store mutably as well.
    fn summary(&self) -> wasmtime::Result<summary::Guest> {
        self.summary
            .clone()
            .ok_or_else(|| wasmtime::Error::msg("the plugin does not export etl:plugin/summary@0.1.0"))
    }
}

/// A host call may run into a panic of an Arrow kernel. It ends the call that led there, like a trap,
/// and not the thread of the engine that made it. Host calls of a guest that has WASI may also wait (`blocks`): a thread
/// of an asynchronous engine then tells it, so that its other work goes on elsewhere.
fn caught<T>(blocks: bool, run: impl FnOnce() -> wasmtime::Result<T>) -> wasmtime::Result<T> {
    let run = || match tokio::runtime::Handle::try_current() {
        Ok(engine) if blocks && engine.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(run)
        }
        _ => run(),
    };
    std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(wasmtime::Error::msg(format!("the host panicked: {text}")))
    })
}

impl<T> Called<T> {
    fn failed(error: CallError) -> Self {
        Self {
            result: Err(error),
            emitted: Vec::new(),
            rejected: Vec::new(),
            telemetry: Telemetry::default(),
            usage: Usage::default(),
        }
    }

    /// Looks at the answer; what is wrong with it is told by `broken`.
    fn check<U>(
        self,
        look: impl FnOnce(T) -> Result<U, String>,
        broken: impl FnOnce(String) -> CallError,
    ) -> Called<U> {
        let Self { result, emitted, rejected, telemetry, usage } = self;
        let result = result.and_then(|answer| look(answer).map_err(broken));
        Called { result, emitted, rejected, telemetry, usage }
    }
}

impl From<stage::Flow> for Flow {
    fn from(flow: stage::Flow) -> Self {
        match flow {
            stage::Flow::More => Self::More,
            stage::Flow::Done => Self::Done,
        }
    }
}
