//! How a call that did not end well ended.

use std::sync::atomic::Ordering;

use wasmtime::component::ResourceTableError;
use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::bindings::etl::plugin::types;
use crate::error::{CallErrorKind, ErrorCode, GuestError};
use crate::limits::{Exceeded, LimitKind};
use crate::meter::Starved;
use crate::state::State;
use crate::telemetry::{clip, clip_at};
use crate::wasi::NotGranted;

/// What `error`, which ended the call, is to the user.
pub(crate) fn kind_of(error: &wasmtime::Error, state: &State) -> CallErrorKind {
    let starved = error.downcast_ref::<Starved>().map(|starved| starved.bytes).or(state.memory.starved);
    if let Some(requested) = starved {
        CallErrorKind::Starved { requested }
    } else if let Some(requested) = state.memory.refused {
        CallErrorKind::Memory { limit: state.memory.limit, requested }
    } else if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        if state.cancelled.load(Ordering::Relaxed) {
            CallErrorKind::Cancelled
        } else {
            CallErrorKind::Timeout { limit: state.limits.call_timeout, elapsed: state.call_start.elapsed() }
        }
    } else if let Some(NotGranted { function, grant }) = error.downcast_ref().cloned() {
        CallErrorKind::NotGranted { function, grant }
    } else if let Some(I32Exit(status)) = error.downcast_ref() {
        let reason = format!("it exited with the status {status}");
        CallErrorKind::Trap { reason, said: state.said.clone() }
    } else if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
        let limit = state.limits.handles as u64;
        CallErrorKind::Limit { of: LimitKind::Handles, limit, requested: Some(limit + 1) }
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        let reason = trap.to_string();
        let reason = reason.strip_prefix("wasm trap: ").unwrap_or(&reason).to_owned();
        CallErrorKind::Trap { reason, said: state.said.clone() }
    } else if let Some(Exceeded { of, limit, requested }) = error.downcast_ref().copied() {
        CallErrorKind::Limit { of, limit, requested }
    } else if error.root_cause().to_string().contains("fuel allocated for hostcalls") {
        let limit = state.limits.host_call_bytes as u64;
        CallErrorKind::Limit { of: LimitKind::HostCallBytes, limit, requested: None }
    } else {
        CallErrorKind::Contract(clip(error.root_cause().to_string()))
    }
}

/// The guest's functions, innermost first.
pub(crate) fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
        // Without the hash at the end of a Rust name, which says nothing to a reader.
        Some(name) => clip(format!("{:#}", rustc_demangle::demangle(name))),
        None => format!("function {}", frame.func_index()),
    };
    backtrace.frames().iter().take(16).map(name).collect()
}

pub(crate) fn guest_error(error: types::Error, most: usize) -> GuestError {
    let code = match error.code {
        types::ErrorCode::InvalidConfig => ErrorCode::InvalidConfig,
        types::ErrorCode::InvalidSchema => ErrorCode::InvalidSchema,
        types::ErrorCode::InvalidData => ErrorCode::InvalidData,
        types::ErrorCode::Unsupported => ErrorCode::Unsupported,
        types::ErrorCode::ResourceLimit => ErrorCode::ResourceLimit,
        types::ErrorCode::Cancelled => ErrorCode::Cancelled,
        types::ErrorCode::Internal => ErrorCode::Internal,
    };
    GuestError { code, message: clip_at(error.message, most), details: clipped(error.details) }
}

/// As many as a reader can make use of.
pub(crate) fn clipped(properties: Vec<(String, String)>) -> Vec<(String, String)> {
    properties.into_iter().take(64).map(|(key, value)| (clip(key), clip(value))).collect()
}
