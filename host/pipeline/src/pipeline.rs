//! A pipeline file that has been read and checked.

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

use indexmap::IndexMap;

use crate::{Diagnostic, Diagnostics, Job, Plugin, Span, document::Document, load, suggest};

/// A pipeline file that has been read and checked.
///
/// Its `Debug` shows `${env:NAME}` in the place of what came from the environment.
#[derive(Clone)]
pub struct Pipeline {
    /// Its name.
    pub name: String,
    /// The plugins by their names, in the order of the file.
    pub plugins: IndexMap<String, Plugin>,
    /// The jobs in running order: one that reads what another writes comes after it.
    pub jobs: Vec<Job>,
    /// Memory that a run may take, in bytes.
    pub memory: Option<u64>,
    /// Disk that rows may take which do not fit into memory, in bytes.
    pub max_spill: Option<u64>,
    pub(crate) document: Arc<Document>,
}

impl Pipeline {
    /// Reads and checks the file at `path`.
    ///
    /// `vars` override `[vars]`; `env` looks up environment variables. Nothing is opened except the file itself.
    /// All problems found are in the error, not just the first.
    pub fn load(
        path: &Path,
        vars: &BTreeMap<String, String>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Diagnostics> {
        load::load(path, vars, env)
    }

    /// As [`load`](Self::load), of a text that stands for the file at `path`.
    pub fn parse(
        path: &Path,
        text: impl Into<String>,
        vars: &BTreeMap<String, String>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Diagnostics> {
        load::parse(path, text.into(), vars, env)
    }

    /// The job of this name; otherwise a problem that names the near miss.
    pub fn job(&self, name: &str) -> Result<&Job, Diagnostic> {
        self.jobs.iter().find(|job| job.name == name).ok_or_else(|| {
            let help = suggest::help("jobs", name, self.jobs.iter().map(|job| job.name.as_str()));
            Diagnostic::new(self.document.clone(), None, format!("unknown job `{name}`")).maybe_help(help)
        })
    }

    /// A problem at a place in the file.
    pub fn diagnostic(&self, at: &Span, message: impl Into<String>) -> Diagnostic {
        self.document.diagnostic(*at, message)
    }

    /// The file, as it was given.
    pub fn path(&self) -> &Path {
        self.document.path()
    }

    /// The folder of the file.
    pub fn directory(&self) -> &Path {
        directory(self.path())
    }

    /// `pipeline.toml:12:7`; columns count characters.
    pub fn location(&self, at: &Span) -> String {
        self.document.location(*at)
    }

    /// `text` with `${env:NAME}` in the place of what the environment gave: for whatever is shown of a pipeline's
    /// values other than by a [`Diagnostic`].
    pub fn redact(&self, text: impl Into<String>) -> String {
        self.document.redact(text)
    }
}

/// The folder of a file; `.` where the path is a bare name.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, plugins, jobs) = (&self.name, &self.plugins, &self.jobs);
        f.write_str(
            &self.redact(format!("Pipeline {{ name: {name:?}, plugins: {plugins:?}, jobs: {jobs:?} }}")),
        )
    }
}
