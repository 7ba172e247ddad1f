//! The command line: a file per command, and the only place that prints.

mod args;
pub(crate) mod bug;
mod cache;
mod check;
mod diagnostic;
mod environment;
mod error;
mod exit;
mod format;
mod plan;
mod plugin;
mod printer;
mod run;
mod runs;
mod stores;
mod table;
mod text;
mod trace;

pub(crate) use args::{Arguments, Command};
pub(crate) use printer::Printer;

use args::PluginCommand;
use clap::Parser;
use exit::Exit;

/// What was asked for. Help and wrong usage end here, with exit code 0 and 2.
pub(crate) fn arguments() -> Arguments {
    Arguments::parse()
}

/// Does what was asked for; an error is told here, and nowhere else.
pub(crate) fn execute(command: &Command, printer: Printer) -> Exit {
    let done = match command {
        Command::Run(args) => run::execute(args, None, printer),
        Command::Replay(args) => run::execute(&args.run, Some(args), printer),
        Command::Check(args) => check::execute(args, printer),
        Command::Plan(args) => plan::execute(args, printer),
        Command::Trace(args) => trace::execute(args, printer),
        Command::Plugin(PluginCommand::Inspect(args)) => plugin::inspect(args, printer),
    };
    done.unwrap_or_else(|error| printer.error(&error))
}
