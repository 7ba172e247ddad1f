//! The record of a run on this machine: `.host/runs/RUN/`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::args::TraceArgs;
use crate::cli::printer::Printer;
use crate::cli::runs::{self, LATEST, PLAN, RUN, TRACE};

/// The folder of a run.
#[derive(Debug)]
pub(super) struct Record {
    folder: PathBuf,
}

impl Record {
    /// Makes the folder of this run; nothing where none is wanted, or none can be made, which is told but does not
    /// stop the run.
    pub(super) fn of_run(args: &TraceArgs, run_id: &str, printer: Printer) -> Option<Self> {
        if args.no_record {
            return None;
        }
        let runs = runs::folder(args.runs_dir.as_deref());
        match create(&runs, run_id) {
            Ok(folder) => Some(Self { folder }),
            Err(error) => {
                printer.warn(format!("the run is not recorded in {}: {error}", runs.display()));
                None
            }
        }
    }

    /// The file of the trace.
    pub(super) fn trace(&self) -> PathBuf {
        self.folder.join(TRACE)
    }

    /// Writes what the run is going to do: the columns of every stage.
    pub(super) fn write_plan(&self, plan: &impl Serialize, printer: Printer) {
        let file = self.folder.join(PLAN);
        if let Err(error) = write_whole(&file, plan) {
            printer.warn(format!("cannot write {}: {error}", file.display()));
        }
    }

    /// Writes what the run did, and gives back the folder.
    pub(super) fn write(self, document: &impl Serialize, printer: Printer) -> Option<PathBuf> {
        let file = self.folder.join(RUN);
        match write_whole(&file, document) {
            Ok(()) => {
                point_at(&self.folder);
                Some(self.folder)
            }
            Err(error) => {
                printer.warn(format!("cannot write {}: {error}", file.display()));
                None
            }
        }
    }
}

fn create(runs: &Path, run_id: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(runs)?;
    let folder = runs.join(run_id);
    // Not `create_dir_all`: two runs must not share a folder.
    fs::create_dir(&folder)?;
    Ok(folder)
}

/// The file appears whole or not at all.
fn write_whole(file: &Path, document: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    let temporary = file.with_extension("json.part");
    let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes `latest` a link to this run. It is a convenience: where there are no links the names still sort by time.
fn point_at(folder: &Path) {
    let (Some(runs), Some(run)) = (folder.parent(), folder.file_name()) else { return };
    let temporary = runs.join(format!(".{LATEST}-{}", run.display()));
    let linked = std::os::unix::fs::symlink(run, &temporary);
    if linked
        .and_then(|()| fs::rename(&temporary, runs.join(LATEST)))
        .is_err_and(|error| error.kind() != ErrorKind::NotFound)
    {
        let _ = fs::remove_file(&temporary);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{create, point_at, write_whole};
    use std::fs;

    #[test]
    fn latest_is_the_run_that_ended_last() {
        let runs = tempfile::tempdir().unwrap();
        for run in ["20221231T000000Z-000001", "20221231T000000Z-000000"] {
            let folder = create(runs.path(), run).unwrap();
            write_whole(&folder.join("run.json"), &run).unwrap();
            point_at(&folder);
        }
        let text = fs::read_to_string(runs.path().join("latest/run.json")).unwrap();
        assert_eq!(text, "\"20221231T000000Z-000000\"\n");
        assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 3);
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let runs = tempfile::tempdir().unwrap();
        create(runs.path(), "one").unwrap();
        assert!(create(runs.path(), "one").is_err());
    }
}
