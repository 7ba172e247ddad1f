//! A plugin that uses WASI on demand, for the tests: the operation says what, and the error of `process` says what it
//! came to. What is not granted ends the call instead.

mod act;

use std::cell::RefCell;

use bindings::etl::plugin::data::Batch;
use bindings::etl::plugin::host;
use bindings::etl::plugin::types::{Error, ErrorCode, Scalar};
use bindings::exports::etl::plugin::stage::{
    BindRequest, BindResponse, Distribution, Flow, Guest as Stage, Manifest, Operation, Output,
};

#[expect(clippy::pedantic, reason = "generated code")]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit", "wit"],
        world: "test:curious/plugin",
        generate_all,
    });
}

thread_local! {
    /// The operation, and the path that its configuration names.
    static PLAN: RefCell<(String, String)> = const { RefCell::new((String::new(), String::new())) };
}

struct Curious;

bindings::export!(Curious with_types_in bindings);

impl Stage for Curious {
    fn describe() -> Manifest {
        let operation = |name: &&str| Operation {
            name: (*name).to_owned(),
            summary: format!("Uses WASI: {name}"),
            config_schema: String::new(),
            inputs: vec!["in".to_owned()],
            outputs: vec!["out".to_owned()],
        };
        Manifest {
            name: "curious".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: "Uses WASI on demand".to_owned(),
            operations: act::OPERATIONS.iter().map(operation).collect(),
            properties: Vec::new(),
        }
    }

    fn bind(request: BindRequest) -> Result<BindResponse, Error> {
        let path = request.config.leaves.into_iter().find_map(|(key, value)| match value {
            Scalar::Text(path) if key == "path" => Some(path),
            _ => None,
        });
        PLAN.set((request.operation, path.unwrap_or_default()));
        let schema = request.inputs.into_iter().next().ok_or_else(|| error("no input"))?;
        let columns: Vec<u32> = (0u32..).zip(&schema.fields).map(|(index, _)| index).collect();
        Ok(BindResponse {
            outputs: vec![Output { schema, origins: Vec::new() }],
            reads: vec![columns],
            distribution: Distribution::Any,
            one_to_one: false,
            order: Vec::new(),
            two_pass: false,
            deterministic: false,
            properties: Vec::new(),
        })
    }

    fn process(_port: u32, input: Batch) -> Result<Flow, Error> {
        let found = PLAN.with_borrow(|(operation, path)| act::perform(operation, path));
        match found {
            Some(found) => Err(error(&found)),
            None => host::emit(0, input).map(|()| Flow::More),
        }
    }

    fn finish(_port: u32) -> Result<Flow, Error> {
        Ok(Flow::Done)
    }
}

fn error(message: &str) -> Error {
    Error { code: ErrorCode::Internal, message: message.to_owned(), details: Vec::new() }
}
