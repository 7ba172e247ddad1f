//! A plugin that misbehaves on demand, for the tests.
//!
//! It is written against the contract itself: the SDK would not let it do any of this. The operation says
//! what it does, `at` says when, and everything else is as a good stage does it: what comes in goes out.
//!
//! ```toml
//! with = { at = "observe" }                       # for the operation "endless-loop"
//! with = { kind = "offsets-descend" }             # for "bad-buffers", at its usual time: in `process`
//! ```

mod act;
mod buffers;
mod flood;
mod output;
mod rows;

use std::cell::RefCell;
use std::fmt::Display;

use act::Act;
use bindings::etl::plugin::data::Batch;
use bindings::etl::plugin::host;
use bindings::etl::plugin::types::{Error, ErrorCode};
use bindings::exports::etl::plugin::stage::{
    BindRequest, BindResponse, Distribution, Flow, Guest as Stage, Manifest, Operation, Output,
};
use bindings::exports::etl::plugin::summary::Guest as Summary;
use serde::Deserialize;
use serde_json::{Value, json};

#[expect(clippy::pedantic, reason = "generated code")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "two-pass-plugin",
        additional_derives: [Clone],
    });
}

/// When to misbehave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Moment {
    Bind,
    Observe,
    Partial,
    Settle,
    #[default]
    Process,
    Finish,
}

struct Plan {
    act: Act,
    at: Moment,
}

thread_local! {
    static PLAN: RefCell<Option<Plan>> = const { RefCell::new(None) };
}

struct Hostile;

bindings::export!(Hostile with_types_in bindings);

impl Stage for Hostile {
    fn describe() -> Manifest {
        // Nobody has configured anything yet: a plugin that misbehaves here is built to.
        if cfg!(feature = "endless-describe") {
            loop {
                std::hint::black_box(());
            }
        }
        let operation = |name: &&str| Operation {
            name: (*name).to_owned(),
            summary: format!("Misbehaves: {name}"),
            config_schema: String::new(),
            inputs: vec!["in".to_owned()],
            outputs: vec!["out".to_owned()],
        };
        Manifest {
            name: "hostile".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            summary: "Misbehaves on demand".to_owned(),
            operations: act::OPERATIONS.iter().map(operation).collect(),
            properties: Vec::new(),
        }
    }

    fn bind(request: BindRequest) -> Result<BindResponse, Error> {
        let plan = plan(&request.operation, &request.config.json)?;
        let schema = request.inputs.into_iter().next().ok_or_else(|| wrong("no input"))?;
        let columns: Vec<u32> = (0u32..).zip(&schema.fields).map(|(index, _)| index).collect();
        let mut response = BindResponse {
            outputs: vec![Output { schema, origins: vec![None; columns.len()] }],
            reads: vec![columns.clone()],
            distribution: Distribution::Any,
            one_to_one: false,
            order: Vec::new(),
            two_pass: matches!(plan.at, Moment::Observe | Moment::Partial | Moment::Settle),
            deterministic: true,
            properties: Vec::new(),
        };
        plan.act.promise(&mut response, &columns);
        if plan.at == Moment::Bind {
            plan.act.perform(None)?;
        }
        PLAN.set(Some(plan));
        Ok(response)
    }

    fn process(_port: u32, input: Batch) -> Result<Flow, Error> {
        at(Moment::Process, Some(&input))?;
        let emitted = with_plan(|plan| match plan.at {
            Moment::Process => plan.act.output(input),
            _ => Ok(vec![(0, input)]),
        })?;
        for (port, batch) in emitted {
            host::emit(port, batch)?;
        }
        Ok(Flow::More)
    }

    fn finish(_port: u32) -> Result<Flow, Error> {
        at(Moment::Finish, None)?;
        for batch in rows::kept() {
            host::emit(0, batch)?;
        }
        with_plan(|plan| Ok(if matches!(plan.act, Act::NeverDone {}) { Flow::More } else { Flow::Done }))
    }
}

impl Summary for Hostile {
    fn observe(_port: u32, input: &Batch) -> Result<(), Error> {
        at(Moment::Observe, Some(input))
    }

    fn partial() -> Result<Vec<u8>, Error> {
        at(Moment::Partial, None)?;
        with_plan(|plan| Ok(plan.act.partial()))
    }

    fn settle(_partials: Vec<Vec<u8>>, _mine: u32) -> Result<(), Error> {
        at(Moment::Settle, None)
    }
}

/// Misbehaves if now is the time.
fn at(moment: Moment, batch: Option<&Batch>) -> Result<(), Error> {
    with_plan(|plan| if plan.at == moment { plan.act.perform(batch) } else { Ok(()) })
}

fn with_plan<T>(work: impl FnOnce(&Plan) -> Result<T, Error>) -> Result<T, Error> {
    PLAN.with_borrow(|plan| plan.as_ref().ok_or_else(|| wrong("no bind before")).and_then(work))
}

/// The operation's name is the variant, and its configuration without `at` the variant's fields.
fn plan(operation: &str, config: &str) -> Result<Plan, Error> {
    let mut config: Value = serde_json::from_str(config).map_err(wrong)?;
    let at = config.as_object_mut().and_then(|config| config.remove("at"));
    let at = at.map_or(Ok(Moment::default()), serde_json::from_value).map_err(wrong)?;
    let act = serde_json::from_value(json!({ operation: config })).map_err(wrong)?;
    Ok(Plan { act, at })
}

fn wrong(problem: impl Display) -> Error {
    error(ErrorCode::InvalidConfig, &problem)
}

fn error(code: ErrorCode, message: &dyn Display) -> Error {
    Error { code, message: message.to_string(), details: Vec::new() }
}
