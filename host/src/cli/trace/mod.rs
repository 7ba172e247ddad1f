//! `host trace`: what a run did, from its record.

mod cost;
mod diff;
mod document;
mod html;
mod list;
mod map;
mod path;
mod run;
mod spans;
mod story;
mod text;

use std::fs;
use std::path::Path;

use serde::Serialize;

use self::diff::Diff;
use self::document::Document;
use self::list::Listed;
use self::story::Story;
use super::args::ShowArgs;
use super::error::{Error, Result};
use super::exit::Exit;
use super::printer::Printer;
use super::runs::{self, Runs};
use super::text::plural;

/// Shows, compares, lists or deletes runs.
pub(crate) fn execute(args: &ShowArgs, printer: Printer) -> Result<Exit> {
    let runs = Runs::of(runs::folder(args.runs_dir.as_deref()));
    if args.list {
        list(&runs, printer)?;
    } else if let Some(keep) = args.prune {
        prune(&runs, keep, printer)?;
    } else if let Some([one, other]) = args.diff.as_deref() {
        let (one, other) = (Story::read(&runs.find(one)?)?, Story::read(&runs.find(other)?)?);
        let diff = Diff::between(&one, &other);
        printer.answer(&diff, || diff.text())?;
    } else {
        show(&Story::read(&runs.find(&args.run)?)?, args.html.as_deref(), printer)?;
    }
    Ok(Exit::Success)
}

fn show(story: &Story, html: Option<&Path>, printer: Printer) -> Result<()> {
    let document = Document::of(story);
    let Some(file) = html else {
        return printer.answer(&document, || text::text(story, printer.verbose()));
    };
    fs::write(file, html::page(story)).map_err(|error| Error::Other {
        message: format!("cannot write {}: {error}", file.display()),
        help: None,
    })?;
    printer.report(&document, || format!("{}\n", file.display()))
}

fn list(runs: &Runs, printer: Printer) -> Result<()> {
    let listed = runs.ids()?.into_iter().map(|id| Listed::read(&runs.path(&id), id)).collect::<Vec<_>>();
    printer.answer(&listed, || list::text(&listed))
}

/// What was deleted.
#[derive(Debug, Serialize)]
struct Pruned {
    deleted: Vec<String>,
    kept: usize,
}

fn prune(runs: &Runs, keep: usize, printer: Printer) -> Result<()> {
    let deleted = runs.prune(keep)?;
    let pruned = Pruned { kept: runs.ids()?.len(), deleted };
    let text = || format!("{} deleted, {} kept\n", plural(pruned.deleted.len(), "run"), pruned.kept);
    printer.report(&pruned, text)
}
