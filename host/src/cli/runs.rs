//! The runs that were recorded on this machine: `.host/runs/RUN/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::environment;
use super::error::{Error, Result};
use super::text::plural;

/// Beside the runs: the one that ended last.
pub(super) const LATEST: &str = "latest";
/// What the run did; it is written when the run has ended.
pub(super) const RUN: &str = "run.json";
/// What the run was going to do.
pub(super) const PLAN: &str = "plan.json";
/// Its spans.
pub(super) const TRACE: &str = "trace.otlp.json";

/// A run without an end may still be at it; after this long it is not.
const ABANDONED: Duration = Duration::from_hours(24);

/// Where runs are recorded, unless the user `asked` for another place.
pub(super) fn folder(asked: Option<&Path>) -> PathBuf {
    let home = || environment::path("ETL_HOST_DIR").unwrap_or_else(|| PathBuf::from(".host"));
    asked.map_or_else(|| home().join("runs"), Path::to_owned)
}

/// A folder of runs.
#[derive(Debug)]
pub(super) struct Runs {
    folder: PathBuf,
}

impl Runs {
    /// Those in this folder, which need not be there.
    pub(super) fn of(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Ids of all runs, the newest first.
    pub(super) fn ids(&self) -> Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| self.wrong(&error))?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| self.wrong(&error))?;
            let name = entry.file_name().into_string().unwrap_or_default();
            if is_id(&name) && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                ids.push(name);
            }
        }
        ids.sort_unstable_by(|one, other| other.cmp(one));
        Ok(ids)
    }

    /// The folder of a run.
    pub(super) fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// The folder of the run that the user means.
    pub(super) fn find(&self, name: &str) -> Result<PathBuf> {
        let given = Path::new(name);
        if given.join(RUN).is_file() {
            return Ok(given.to_owned());
        }
        let ids = self.ids()?;
        if name == "last" || name == LATEST {
            return self.last(&ids);
        }
        let fits = |id: &&String| id.starts_with(name) || id.ends_with(name);
        let found = ids.iter().filter(fits).collect::<Vec<_>>();
        match found[..] {
            [id] => Ok(self.path(id)),
            [] => Err(self.none(&format!("there is no run `{name}`"))),
            [one, other, ..] => Err(Error::Other {
                message: format!("`{name}` is {}: `{one}`, `{other}`", plural(found.len(), "run")),
                help: Some("more of the id tells them apart".to_owned()),
            }),
        }
    }

    /// The run that ended last.
    fn last(&self, ids: &[String]) -> Result<PathBuf> {
        let linked = self.folder.join(LATEST);
        let linked = fs::read_link(&linked).map(|target| self.folder.join(target)).unwrap_or(linked);
        let newest = || ids.iter().map(|id| self.path(id)).find(|path| path.join(RUN).is_file());
        let last = if linked.join(RUN).is_file() { Some(linked) } else { newest() };
        last.ok_or_else(|| self.none("there is no run that has ended"))
    }

    /// Deletes all runs but the newest `keep` and those that are still at it; gives back the ids of the deleted.
    pub(super) fn prune(&self, keep: usize) -> Result<Vec<String>> {
        let now = SystemTime::now();
        let mut deleted = Vec::new();
        let mut ids = self.ids()?;
        // Ids of one second are in the order of chance; the run that ended last is not deleted before another.
        let last = fs::read_link(self.folder.join(LATEST)).unwrap_or_default();
        ids.sort_by_key(|id| last.as_os_str() != id.as_str());
        for id in ids.into_iter().skip(keep) {
            let path = self.path(&id);
            if path.join(RUN).is_file() || is_abandoned(&path, now) {
                fs::remove_dir_all(&path).map_err(|error| Error::Other {
                    message: format!("cannot delete {}: {error}", path.display()),
                    help: None,
                })?;
                deleted.push(id);
            }
        }
        let link = self.folder.join(LATEST);
        if fs::read_link(&link).is_ok() && !link.exists() {
            // It is a convenience: without it the newest of the names is the last run.
            let _ = fs::remove_file(&link);
        }
        Ok(deleted)
    }

    fn none(&self, message: &str) -> Error {
        let help = "`host trace --list` shows the runs, and `--runs-dir` looks for them elsewhere".to_owned();
        Error::Other { message: format!("{message} in {}", self.folder.display()), help: Some(help) }
    }

    fn wrong(&self, error: &io::Error) -> Error {
        Error::Other { message: format!("cannot list {}: {error}", self.folder.display()), help: None }
    }
}

/// `20221231T000000Z-1a2b3c`: anything else in the folder is not ours to show, or to delete.
fn is_id(name: &str) -> bool {
    let shape = "00000000T000000Z-xxxxxx";
    name.len() == shape.len()
        && name.chars().zip(shape.chars()).all(|(c, shape)| match shape {
            '0' => c.is_ascii_digit(),
            'x' => matches!(c, '0'..='9' | 'a'..='f'),
            _ => c == shape,
        })
}

fn is_abandoned(run: &Path, now: SystemTime) -> bool {
    let changed = fs::metadata(run).and_then(|run| run.modified());
    changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age > ABANDONED))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::{LATEST, RUN, Runs, is_id};
    use std::fs;
    use std::path::Path;

    const IDS: [&str; 4] = [
        "20230101T000000Z-00000d",
        "20221231T000003Z-00000c",
        "20221231T000002Z-00000b",
        "20221231T000001Z-00000a",
    ];

    /// Four runs; the newest is still at it, the second ended last.
    fn runs(folder: &Path) -> Runs {
        for id in IDS {
            fs::create_dir(folder.join(id)).unwrap();
        }
        for id in &IDS[1..] {
            fs::write(folder.join(id).join(RUN), "{}").unwrap();
        }
        fs::create_dir(folder.join("mine")).unwrap();
        std::os::unix::fs::symlink(IDS[1], folder.join(LATEST)).unwrap();
        Runs::of(folder.to_owned())
    }

    #[test]
    fn a_run_is_found_by_a_part_of_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let runs = runs(folder.path());
        let found = |name: &str| runs.find(name).ok().map(|path| path.file_name().unwrap().to_owned());
        assert_eq!(found("last").unwrap(), IDS[1]);
        assert_eq!(found("2023").unwrap(), IDS[0]);
        assert_eq!(found("0b").unwrap(), IDS[2]);
        assert_eq!((found("2022"), found("x"), found("mine")), (None, None, None));
        let path = folder.path().join(IDS[3]);
        assert_eq!(runs.find(path.to_str().unwrap()).unwrap(), path);
    }

    #[test]
    fn what_is_no_run_is_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let runs = runs(folder.path());
        assert_eq!(runs.prune(3).unwrap(), IDS[3..]);
        assert_eq!(runs.prune(0).unwrap(), IDS[1..3]);
        assert_eq!(runs.ids().unwrap(), IDS[..1]);
        assert!(folder.path().join("mine").exists());
        assert!(fs::read_link(folder.path().join(LATEST)).is_err());
        assert_eq!(Runs::of(folder.path().join("none")).ids().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn only_ids_are_ids() {
        assert!(IDS.into_iter().all(is_id));
        assert!(!["latest", "", "20221231T000001Z-00000g", "2022123xT000001Z-00000a"].into_iter().any(is_id));
    }
}
