//! A folder that takes its place whole.
//!
//! `out/clean` is written as `out/.clean.RUN.tmp`, which `out/.clean.RUN.lock` says is in use: the lock
//! ends with the process, so that the next run knows what a killed one has left behind.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{SinkError, file::is_part_name, parts::is_part_folder};
use crate::source::SCHEMA_FILE;

#[derive(Debug)]
pub(super) struct Staging {
    target: PathBuf,
    parent: PathBuf,
    path: PathBuf,
    lock_path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl Staging {
    pub(super) fn create(url: &str, run_id: &str) -> Result<Self, SinkError> {
        let target = Path::new(url.strip_prefix("file://").unwrap_or(url));
        // A link is followed: what it points to is replaced, not the link.
        let target = if target.exists() {
            fs::canonicalize(target).map_err(|error| SinkError::io(target, error))?
        } else {
            target.to_owned()
        };
        check_replaceable(&target)?;
        let name = target.file_name().ok_or_else(|| SinkError::NotAFolder { path: target.clone() })?;
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(|error| SinkError::io(&parent, error))?;
        sweep(&parent, name, &target)?;
        let run_id = run_id.replace(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)), "-");
        let beside = |ending: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(format!(".{run_id}.{ending}"));
            parent.join(hidden)
        };
        let (path, lock_path) = (beside("tmp"), beside("lock"));
        let busy = || SinkError::Busy { path: target.clone() };
        let lock = File::create(&lock_path).map_err(|error| SinkError::io(&lock_path, error))?;
        lock.try_lock().map_err(|_| busy())?;
        fs::create_dir(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => busy(),
            _ => SinkError::io(&path, error),
        })?;
        Ok(Self { target, path, lock_path, _lock: lock, parent })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it will be.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Takes the target's place. Its files must be on disk.
    pub(super) fn commit(self) -> Result<(), SinkError> {
        let wrong = |error| SinkError::io(&self.target, error);
        sync_all(&self.path).map_err(wrong)?;
        check_replaceable(&self.target)?;
        if self.target.exists() {
            // What was there before is at `self.path` then, which goes with `self`.
            swap(&self.path, &self.target).map_err(wrong)?;
        } else {
            fs::rename(&self.path, &self.target).map_err(wrong)?;
        }
        sync(&self.parent).map_err(wrong)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What can't be deleted now, the next run deletes.
        if fs::remove_dir_all(&self.path).is_ok() || !self.path.exists() {
            let _ = fs::remove_file(&self.lock_path);
        }
    }
}

/// A folder and those in it; what is in their files is on disk.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        }
    }
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Exchanges two folders, so that there is no moment without the second one where the system can do that.
fn swap(new: &Path, target: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::{
            fs::{CWD, RenameFlags, renameat_with},
            io::Errno,
        };
        match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    swap_in_steps(new, target)
}

/// For file systems that can't exchange: the old folder steps aside, and comes back if the new one can't follow.
fn swap_in_steps(new: &Path, target: &Path) -> io::Result<()> {
    let aside = new.with_extension("old");
    fs::rename(target, &aside)?;
    fs::rename(new, target).inspect_err(|_| {
        let _ = fs::rename(&aside, target);
    })?;
    fs::rename(&aside, new)
}

/// A target may be missing, empty or an earlier output: a slip in a path must not delete anything else.
fn check_replaceable(target: &Path) -> Result<(), SinkError> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(SinkError::NotAFolder { path: target.to_owned() });
        }
        Err(error) => return Err(SinkError::io(target, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| SinkError::io(target, error))?;
        if !is_output(&entry).map_err(|error| SinkError::io(target, error))? {
            let entry = entry.file_name().to_string_lossy().into_owned();
            return Err(SinkError::Foreign { path: target.to_owned(), entry });
        }
    }
    Ok(())
}

/// Whether this is what a job writes: a file by its name, a folder by its name and all that is in it.
fn is_output(entry: &fs::DirEntry) -> io::Result<bool> {
    let (name, kind) = (entry.file_name(), entry.file_type()?);
    let Some(name) = name.to_str() else { return Ok(false) };
    if kind.is_dir() && is_part_folder(name) {
        for entry in fs::read_dir(entry.path())? {
            if !is_output(&entry?)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    Ok(kind.is_file() && (is_part_name(name) || name == SCHEMA_FILE))
}

/// Clears up what dead runs of the same target left: only where a lock file is there and free.
fn sweep(parent: &Path, name: &OsStr, target: &Path) -> Result<(), SinkError> {
    let prefix = format!(".{}.", name.to_string_lossy());
    let entries = fs::read_dir(parent).map_err(|error| SinkError::io(parent, error))?;
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let run_id = name.to_str().and_then(|name| name.strip_prefix(&prefix)?.strip_suffix(".lock"));
        // A run's id holds no dot: with one, the lock is that of another target.
        if run_id.is_some_and(|run_id| !run_id.contains('.'))
            && let Ok(lock) = File::open(&path)
            && lock.try_lock().is_ok()
        {
            clear_up(&path, target).map_err(|error| SinkError::io(&path, error))?;
        }
    }
    Ok(())
}

/// Takes back what a dead run had put aside and not replaced, and deletes the rest.
fn clear_up(lock: &Path, target: &Path) -> io::Result<()> {
    let aside = lock.with_extension("old");
    if aside.exists() && !target.exists() {
        fs::rename(&aside, target)?;
    }
    for folder in [lock.with_extension("tmp"), aside] {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::remove_file(lock)
}
