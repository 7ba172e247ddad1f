//! Links what is granted, and traps in the place of what is not.

use wasmtime::Result;
use wasmtime::component::{HasData, Linker, ResourceTable, ResourceType};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random, sync};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

use super::imports::{Import, Imports, Item, Kind, NotGranted};
use super::poll::{Bounded, waiting};
use super::{Grant, Grants};
use crate::state::State;

/// Streams work on handles alone.
struct Handles;

impl HasData for Handles {
    type Data<'a> = &'a mut ResourceTable;
}

impl Imports {
    /// Links each interface that the component imports and `grants` gives; whether there was any.
    pub(crate) fn link(&self, linker: &mut Linker<State>, grants: &Grants) -> Result<bool> {
        let mut any = false;
        for import in self.of_wasi() {
            let grant = match import.kind {
                Kind::Wasi(grant) => Some(grant),
                _ => None,
            };
            if import.kind == Kind::Plumbing || grant.is_some_and(|grant| grants.has(grant)) {
                interface(linker, &import.name)?;
            } else {
                trap(linker, import, grant)?;
            }
            any = true;
        }
        Ok(any)
    }
}

fn handles(state: &mut State) -> &mut ResourceTable {
    &mut state.table
}

fn interface(linker: &mut Linker<State>, name: &str) -> Result<()> {
    let (interface, _) = name.split_once('@').unwrap_or((name, ""));
    match interface {
        "wasi:io/error" => io::error::add_to_linker::<_, Handles>(linker, handles),
        "wasi:io/poll" => sync::io::poll::add_to_linker::<_, Bounded>(linker, waiting),
        "wasi:io/streams" => sync::io::streams::add_to_linker::<_, Handles>(linker, handles),
        "wasi:clocks/wall-clock" => clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks),
        "wasi:clocks/monotonic-clock" => {
            clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, State::clocks)
        }
        "wasi:random/random" => random::random::add_to_linker::<_, WasiRandom>(linker, State::random),
        "wasi:random/insecure" => random::insecure::add_to_linker::<_, WasiRandom>(linker, State::random),
        "wasi:random/insecure-seed" => {
            random::insecure_seed::add_to_linker::<_, WasiRandom>(linker, State::random)
        }
        "wasi:cli/environment" => cli::environment::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/exit" => cli::exit::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/stdin" => cli::stdin::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/stdout" => cli::stdout::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/stderr" => cli::stderr::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/terminal-input" => cli::terminal_input::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/terminal-output" => cli::terminal_output::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/terminal-stdin" => cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/terminal-stdout" => cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:cli/terminal-stderr" => cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, State::cli),
        "wasi:filesystem/types" => {
            sync::filesystem::types::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)
        }
        "wasi:filesystem/preopens" => {
            filesystem::preopens::add_to_linker::<_, WasiFilesystem>(linker, State::filesystem)
        }
        _ => Ok(()),
    }
}

/// Functions of the right names that end the call, and resources that nobody can make.
fn trap(linker: &mut Linker<State>, import: &Import, grant: Option<Grant>) -> Result<()> {
    let mut instance = linker.instance(&import.name)?;
    for item in &import.items {
        match item {
            Item::Function(name) => {
                let error = NotGranted { function: format!("{}#{name}", import.name), grant };
                instance.func_new(name, move |_, _, _, _| Err(wasmtime::Error::new(error.clone())))?;
            }
            Item::Resource(name) => {
                instance.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))?;
            }
        }
    }
    Ok(())
}
