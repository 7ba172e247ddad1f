#![doc = include_str!("../README.md")]

mod backend;
mod batch;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
mod build;
mod column;
mod error;
#[cfg(target_arch = "wasm32")]
mod export;
mod keys;
mod kind;
mod mask;
mod near;
mod operation;
mod output;
mod plan;
mod schema;
pub mod summary;
pub mod telemetry;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod value;
mod view;

pub use batch::Batch;
pub use build::{BoolBuilder, F64Builder, I64Builder, NumberBuilder, TextBuilder};
pub use bytemuck::Pod;
pub use column::Column;
pub use error::{Code, Error, Result};
pub use keys::{KeyLayout, KeySet, Keys};
pub use kind::Kind;
pub use mask::Mask;
pub use near::{did_you_mean, near_miss};
pub use operation::{Entry, Operation, Plugin};
pub use output::Output;
pub use plan::{Distribution, Flow, Plan, Stage, TwoPass};
pub use schema::{Field, Input, Schema, Selected};
pub use value::Value;
pub use view::{Bools, F64, I32, I64, Text, Values};

/// All that most operations need.
pub mod prelude {
    pub use schemars::JsonSchema;
    pub use serde::Deserialize;

    pub use crate::summary::{ExactSum, Grouped, Multiset, SquareSum, Summary};
    pub use crate::{
        Batch, Column, Error, F64Builder, Flow, I64Builder, Input, KeyLayout, KeySet, Keys, Kind, Mask,
        Operation, Output, Plan, Result, Schema, Stage, TextBuilder, TwoPass, Value, telemetry,
    };
}
