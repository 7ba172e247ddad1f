//! Runs ETL pipelines whose every operation is a sandboxed, traced WebAssembly component.

mod cli;

use std::process::ExitCode;

// Batches are made and dropped by many threads at once, which the system's allocator does slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::bug::catch(|| {
        let arguments = cli::arguments();
        let printer = cli::Printer::new(&arguments.output);
        cli::execute(&arguments.command, printer)
    })
    .into()
}
