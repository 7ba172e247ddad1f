//! The component's exports, in terms of a plugin's operations.

use std::cell::RefCell;
use std::rc::Rc;

use crate::backend::{RawBatch, schema};
use crate::bindings::etl::plugin::data::Batch as Handle;
use crate::bindings::etl::plugin::types as wit;
use crate::bindings::exports::etl::plugin::stage::{self as exported, Guest as StageExports};
use crate::bindings::exports::etl::plugin::summary::Guest as SummaryExports;
use crate::plan::Run;
use crate::{Batch, Code, Distribution, Error, Flow, Input, Output, Plugin, Result, Schema};

struct Running {
    runner: Box<dyn Run>,
    input: Rc<Schema>,
}

thread_local! {
    /// One instance of a component runs one stage.
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
}

fn running<T>(work: impl FnOnce(&mut Running) -> Result<T>) -> Result<T, wit::Error> {
    RUNNING
        .with_borrow_mut(|running| match running {
            Some(running) => work(running),
            None => Err(Error::internal("`bind` was not called")),
        })
        .map_err(wit_error)
}

impl<P: Plugin> StageExports for P {
    fn describe() -> exported::Manifest {
        let operations = P::operations().into_iter().map(|entry| exported::Operation {
            name: entry.name.to_owned(),
            summary: entry.summary(),
            config_schema: entry.config_schema(),
            inputs: vec!["input".to_owned()],
            outputs: entry.outputs.iter().map(|name| (*name).to_owned()).collect(),
        });
        exported::Manifest {
            name: P::NAME.to_owned(),
            version: P::VERSION.to_owned(),
            summary: P::SUMMARY.to_owned(),
            operations: operations.collect(),
            properties: vec![("language".to_owned(), "rust".to_owned())],
        }
    }

    fn bind(request: exported::BindRequest) -> Result<exported::BindResponse, wit::Error> {
        let first = request.inputs.into_iter().next().map(schema).unwrap_or_default();
        let input = Input::new(first, request.options);
        let plan = P::operation(&request.operation)
            .and_then(|entry| entry.bind(&request.config.json, &input))
            .map_err(wit_error)?;
        let outputs = plan
            .outputs
            .iter()
            .zip(plan.origins)
            .map(|(schema, origins)| exported::Output { schema: wit_schema(schema), origins });
        let response = exported::BindResponse {
            outputs: outputs.collect(),
            reads: vec![plan.reads],
            distribution: match plan.distribution {
                Distribution::Any => exported::Distribution::Any,
                Distribution::Keyed(columns) => exported::Distribution::Keyed(columns),
                Distribution::Single => exported::Distribution::Single,
            },
            one_to_one: plan.one_to_one,
            order: Vec::new(),
            two_pass: plan.two_pass,
            deterministic: true,
            properties: Vec::new(),
        };
        let bound = Running { runner: plan.runner, input: Rc::new(input.schema().clone()) };
        RUNNING.set(Some(bound));
        Ok(response)
    }

    fn process(_: u32, input: Handle) -> Result<exported::Flow, wit::Error> {
        running(|stage| {
            let batch = Batch::new(RawBatch(input), Some(Rc::clone(&stage.input)));
            stage.runner.process(batch, &mut Output::new())?;
            Ok(exported::Flow::More)
        })
    }

    fn finish(_: u32) -> Result<exported::Flow, wit::Error> {
        running(|stage| {
            Ok(match stage.runner.finish(&mut Output::new())? {
                Flow::More => exported::Flow::More,
                Flow::Done => exported::Flow::Done,
            })
        })
    }
}

impl<P: Plugin> SummaryExports for P {
    fn observe(_: u32, input: &Handle) -> Result<(), wit::Error> {
        running(|stage| {
            // SAFETY: the second handle is given up below, before the first one's borrow ends, and the
            // stage only sees a reference to it.
            let alias = unsafe { Handle::from_handle(input.handle()) };
            let batch = Batch::new(RawBatch(alias), Some(Rc::clone(&stage.input)));
            let observed = stage.runner.observe(&batch);
            batch.raw.0.take_handle();
            observed
        })
    }

    fn partial() -> Result<Vec<u8>, wit::Error> {
        running(|stage| Ok(stage.runner.partial()))
    }

    fn settle(partials: Vec<Vec<u8>>, mine: u32) -> Result<(), wit::Error> {
        running(|stage| stage.runner.settle(&partials, mine as usize))
    }
}

fn wit_schema(schema: &Schema) -> wit::Schema {
    let fields = schema.flat().into_iter().map(|(field, children)| wit::Field {
        name: field.name.clone(),
        format: field.format.clone(),
        nullable: field.nullable,
        children,
        metadata: field.metadata.clone(),
    });
    wit::Schema { fields: fields.collect(), metadata: schema.metadata().to_vec() }
}

fn wit_error(error: Error) -> wit::Error {
    let code = match error.code {
        Code::InvalidConfig => wit::ErrorCode::InvalidConfig,
        Code::InvalidSchema => wit::ErrorCode::InvalidSchema,
        Code::InvalidData => wit::ErrorCode::InvalidData,
        Code::Unsupported => wit::ErrorCode::Unsupported,
        Code::ResourceLimit => wit::ErrorCode::ResourceLimit,
        Code::Cancelled => wit::ErrorCode::Cancelled,
        Code::Internal => wit::ErrorCode::Internal,
    };
    let message = error.summary();
    let row = error.row.map(|row| row.to_string());
    let details = [("config-path", error.path), ("column", error.column), ("row", row), ("hint", error.hint)];
    let details = details.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    wit::Error { code, message, details: details.collect() }
}
