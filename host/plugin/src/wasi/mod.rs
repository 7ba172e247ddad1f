//! What a component may import beside the contract: WASI 0.2, each interface by a grant of its own.

mod grants;
mod imports;
mod link;
mod poll;
mod stdio;

pub use grants::{Folder, Grant, Grants};
pub(crate) use imports::{Imports, NotGranted, Refusal};
pub(crate) use stdio::Output;

use std::path::PathBuf;

use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::limits::Limits;
use crate::state::State;

/// A granted folder that can't be opened.
#[derive(Debug)]
pub(crate) struct NoFolder {
    pub(crate) folder: PathBuf,
    pub(crate) reason: String,
}

impl Grants {
    /// What an instance with these grants sees.
    pub(crate) fn context(&self, limits: &Limits, output: &Output) -> Result<WasiCtx, NoFolder> {
        let mut context = WasiCtxBuilder::new();
        // A call is synchronous and has its thread for itself, so there is nothing that it would hold up.
        context.allow_blocking_current_thread(true).max_random_size(limits.host_call_bytes as u64);
        context.stdout(output.stdout()).stderr(output.stderr());
        for (name, value) in self.env.iter().flatten() {
            context.env(name, value);
        }
        for Folder { path, at, write } in self.files.iter().flatten() {
            let permissions = if *write { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
            let opened = context.preopened_dir(path, at, permissions);
            opened
                .map_err(|error| NoFolder { folder: path.clone(), reason: error.root_cause().to_string() })?;
        }
        Ok(context.build())
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: self.wasi.get_or_insert_default(), table: &mut self.table }
    }
}
