//! One instance of a plugin: one stage, one partition of its rows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow_schema::{Schema, SchemaRef};
use etl_data::{Batch, Scalar, canonical_schema, flatten_schema, unflatten};
use wasmtime::component::Resource;
use wasmtime::{AsContextMut, Store, Trap, UpdateDeadline, WasmBacktrace};

use crate::bindings::etl::plugin::types;
use crate::bindings::exports::etl::plugin::{stage, summary};
use crate::convert::{fields_of, wit_fields};
use crate::error::{CallError, CallErrorKind, ErrorCode, GuestError};
use crate::generation::{Generation, Manifest, Operation};
use crate::limits::Limits;
use crate::state::{Emitted, Reject, State};
use crate::telemetry::{CallContext, NoContext, Telemetry, clip};

/// What a stage asks of an operation.
#[derive(Clone, Debug, Default)]
pub struct BindRequest {
    /// The operation.
    pub operation: String,
    /// Its configuration as JSON text.
    pub config_json: String,
    /// The same as leaf values with dotted paths ("columns.0").
    pub config_leaves: Vec<(String, Scalar)>,
    /// Columns of each input port.
    pub inputs: Vec<SchemaRef>,
    /// "run-timestamp", "timezone", "batch-rows", "partition", "partitions", …
    pub options: Vec<(String, String)>,
}

/// Which rows must meet in one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Any.
    Any,
    /// All that agree on these columns, in their input order.
    Keyed(Vec<usize>),
    /// All, in their input order.
    Single,
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Column of input port 0.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
    /// Nulls before values.
    pub nulls_first: bool,
}

/// What an operation, bound to its configuration and input, needs and makes.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Columns of each output port, in the host's layout.
    pub outputs: Vec<SchemaRef>,
    /// Per input port, the columns that it reads.
    pub reads: Vec<Vec<usize>>,
    /// Which rows must meet in one instance.
    pub distribution: Distribution,
    /// Columns of input port 0 that come out unchanged, one row for each row, where it promises that.
    pub preserves: Option<Vec<usize>>,
    /// The order that it needs within an instance; empty: input order.
    pub order: Vec<SortKey>,
    /// Whether it wants a first pass over all rows.
    pub two_pass: bool,
    /// Whether the same input gives the same output.
    pub deterministic: bool,
    /// What else it says.
    pub properties: Vec<(String, String)>,
}

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
    plugin: String,
    operation: String,
    live: Option<Live>,
}

struct Live {
    store: Store<State>,
    stage: stage::Guest,
    summary: Option<summary::Guest>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A guest's answer before its error is typed.
type Answer<T> = Result<T, types::Error>;

impl Instance {
    pub(crate) fn bare(generation: &Generation, limits: &Limits) -> Result<Self, CallError> {
        let runtime = &generation.runtime;
        let mut store =
            Store::new(&runtime.engine, State::new(*limits, std::sync::Arc::clone(&runtime.cancelled)));
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
        store.set_epoch_deadline(1);
        let mut instance = Self { plugin: String::new(), operation: String::new(), live: None };
        store.data_mut().begin(Box::new(NoContext));
        let exports = generation.pre.instantiate(&mut store).and_then(|exports| {
            let stage = generation.stage.load(&mut store, &exports)?;
            let summary =
                generation.summary.as_ref().map(|summary| summary.load(&mut store, &exports)).transpose()?;
            Ok((stage, summary))
        });
        match exports {
            Ok((stage, summary)) => {
                instance.live = Some(Live { store, stage, summary });
                Ok(instance)
            }
            Err(error) => Err(instance.failure("instantiate", &error, store.data())),
        }
    }

    pub(crate) fn name(&mut self, plugin: &str, operation: &str) {
        plugin.clone_into(&mut self.plugin);
        operation.clone_into(&mut self.operation);
    }

    pub(crate) fn describe(&mut self) -> Result<Manifest, CallError> {
        let manifest = self
            .call("describe", Box::new(NoContext), |live| live.stage.call_describe(&mut live.store).map(Ok));
        let manifest = manifest.result?;
        let operation = |operation: stage::Operation| Operation {
            name: operation.name,
            summary: operation.summary,
            config_schema: operation.config_schema,
            inputs: operation.inputs,
            outputs: operation.outputs,
        };
        Ok(Manifest {
            name: manifest.name,
            version: manifest.version,
            summary: manifest.summary,
            operations: manifest.operations.into_iter().map(operation).collect(),
            properties: manifest.properties,
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
        called.and_then(|response| {
            binding_of(response, &request.inputs, has_summary).map_err(|message| self.broken("bind", message))
        })
    }

    /// Shows a batch in the first pass. The instance borrows it.
    pub fn observe(&mut self, port: u32, input: Batch, context: Box<dyn CallContext>) -> Called<()> {
        self.call("observe", context, |live| {
            let summary = live.summary()?;
            let handle = live.store.data_mut().table.push(input)?;
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
            let handle = live.store.data_mut().table.push(input)?;
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
        live.store.set_epoch_deadline(1);
        let answer = run(&mut live);
        let state = live.store.data_mut();
        let usage = Usage {
            bytes_read: state.bytes_read,
            bytes_written: state.bytes_written,
            elapsed: state.call_start.elapsed(),
            memory_peak: state.memory.peak,
        };
        let result = match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.error(name, CallErrorKind::Guest(guest_error(error)))),
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
        // A store is reused only after a call that came back: a trap leaves it in any state.
        if matches!(&called.result, Ok(_) | Err(CallError { kind: CallErrorKind::Guest(_), .. })) {
            self.live = Some(live);
        }
        called
    }

    fn error(&self, call: &'static str, kind: CallErrorKind) -> CallError {
        let (plugin, operation) = (self.plugin.clone(), self.operation.clone());
        CallError { plugin, operation, call, kind, backtrace: Vec::new() }
    }

    fn broken(&self, call: &'static str, message: impl Into<String>) -> CallError {
        self.error(call, CallErrorKind::Contract(message.into()))
    }

    fn failure(&self, call: &'static str, error: &wasmtime::Error, state: &State) -> CallError {
        let kind = if let Some(requested) = state.memory.refused {
            CallErrorKind::Memory { limit: state.memory.limit, requested }
        } else if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
            if state.cancelled.load(Ordering::Relaxed) {
                CallErrorKind::Cancelled
            } else {
                CallErrorKind::Timeout {
                    limit: state.limits.call_timeout,
                    elapsed: state.call_start.elapsed(),
                }
            }
        } else if let Some(trap) = error.downcast_ref::<Trap>() {
            let said = state.telemetry.last_error().map(ToOwned::to_owned);
            CallErrorKind::Trap { reason: trap.to_string(), said }
        } else {
            CallErrorKind::Contract(clip(error.root_cause().to_string()))
        };
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        CallError { backtrace, ..self.error(call, kind) }
    }
}

impl Live {
    /// The summary's exports. Cloned, because a call borrows the store mutably as well.
    fn summary(&mut self) -> wasmtime::Result<summary::Guest> {
        let _ = self.store.as_context_mut();
        self.summary
            .clone()
            .ok_or_else(|| wasmtime::Error::msg("the plugin does not export etl:plugin/summary@0.1.0"))
    }
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

    fn and_then<U>(self, f: impl FnOnce(T) -> Result<U, CallError>) -> Called<U> {
        let Self { result, emitted, rejected, telemetry, usage } = self;
        Called { result: result.and_then(f), emitted, rejected, telemetry, usage }
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

fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |frame: &wasmtime::FrameInfo| {
        let index = || format!("function {}", frame.func_index());
        frame.func_name().map_or_else(index, |name| rustc_free(name).to_owned())
    };
    backtrace.frames().iter().take(16).map(name).collect()
}

/// A demangled Rust name ends in a hash that says nothing to a reader.
fn rustc_free(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((head, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => head,
        _ => name,
    }
}

fn guest_error(error: types::Error) -> GuestError {
    let code = match error.code {
        types::ErrorCode::InvalidConfig => ErrorCode::InvalidConfig,
        types::ErrorCode::InvalidSchema => ErrorCode::InvalidSchema,
        types::ErrorCode::InvalidData => ErrorCode::InvalidData,
        types::ErrorCode::Unsupported => ErrorCode::Unsupported,
        types::ErrorCode::ResourceLimit => ErrorCode::ResourceLimit,
        types::ErrorCode::Cancelled => ErrorCode::Cancelled,
        types::ErrorCode::Internal => ErrorCode::Internal,
    };
    let details = error.details.into_iter().take(64).map(|(key, value)| (clip(key), clip(value))).collect();
    GuestError { code, message: clip(error.message), details }
}

fn wit_schema(schema: &Schema) -> Result<types::Schema, etl_data::DataError> {
    let metadata = schema.metadata().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(types::Schema { fields: wit_fields(flatten_schema(schema)?), metadata })
}

/// Checks what `bind` answered: a wrong index or type found here is a message, found later a fault.
fn binding_of(
    response: stage::BindResponse,
    inputs: &[SchemaRef],
    has_summary: bool,
) -> Result<Binding, String> {
    let columns = inputs.first().map_or(0, |schema| schema.fields().len());
    let of_input = |list: Vec<u32>, what: &str, columns: usize| {
        let list: Vec<usize> = list.into_iter().map(|index| index as usize).collect();
        match list.iter().find(|index| **index >= columns) {
            Some(index) => Err(format!("`{what}` names column {index} of {columns}")),
            None => Ok(list),
        }
    };
    let outputs = response.outputs.into_iter().map(|schema| {
        let fields =
            unflatten(&fields_of(schema.fields)).map_err(|error| format!("an output schema: {error}"))?;
        let duplicate = fields
            .iter()
            .enumerate()
            .find(|(i, field)| fields[..*i].iter().any(|f| f.name() == field.name()));
        if let Some((_, field)) = duplicate {
            return Err(format!("an output schema has two columns `{}`", field.name()));
        }
        Ok(canonical_schema(&Schema::new_with_metadata(fields, schema.metadata.into_iter().collect())))
    });
    let distribution = match response.distribution {
        stage::Distribution::Any => Distribution::Any,
        stage::Distribution::Keyed(keys) => Distribution::Keyed(of_input(keys, "distribution", columns)?),
        stage::Distribution::Single => Distribution::Single,
    };
    if response.two_pass && !has_summary {
        return Err("it wants two passes, but the plugin does not export etl:plugin/summary@0.1.0".to_owned());
    }
    let reads = response.reads.into_iter().zip(inputs);
    let order = response.order.into_iter().map(|key| {
        let column = of_input(vec![key.column], "order", columns)?[0];
        Ok(SortKey { column, descending: key.descending, nulls_first: key.nulls_first })
    });
    Ok(Binding {
        outputs: outputs.collect::<Result<_, String>>()?,
        reads: reads
            .map(|(list, schema)| of_input(list, "reads", schema.fields().len()))
            .collect::<Result<_, _>>()?,
        distribution,
        preserves: response.preserves.map(|list| of_input(list, "preserves", columns)).transpose()?,
        order: order.collect::<Result<_, String>>()?,
        two_pass: response.two_pass,
        deterministic: response.deterministic,
        properties: response.properties,
    })
}
