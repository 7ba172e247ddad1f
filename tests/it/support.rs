//! Running the host as a user does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use airbnb_generator::Format;
use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A component that `cargo xtask plugins --tests` has built.
pub(crate) fn plugin(name: &str) -> PathBuf {
    let path = root().join("target/plugins").join(name).with_extension("wasm");
    assert!(path.exists(), "{} is not there: run `cargo xtask plugins --tests`", path.display());
    path
}

/// A folder of its own for each test, with the runs of the host in it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An input of this many rows.
    pub(crate) fn listings(&self, name: &str, format: Format, rows: u64) -> PathBuf {
        let path = self.path(name);
        airbnb_generator::write(format, rows, 7, fs::File::create(&path).unwrap()).unwrap();
        path
    }

    /// `host` with these arguments, in this folder, without what the environment of the tests may say.
    pub(crate) fn host(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(host());
        command.current_dir(self.folder.path()).args(arguments).env_clear();
        command.env("HOME", self.folder.path()).env("NO_COLOR", "1");
        // One cache of compiled plugins for all tests.
        command.env("ETL_HOST_CACHE", root().join("target/test-cache"));
        command
    }

    /// Runs a pipeline of this text.
    pub(crate) fn run(&self, pipeline: &str, arguments: &[&str]) -> Output {
        fs::write(self.path("pipeline.toml"), pipeline).unwrap();
        self.host(&[&["run", "pipeline.toml"], arguments].concat()).output().unwrap()
    }

    /// As [`run`](Self::run); the most memory that the host had, where the system tells.
    pub(crate) fn run_watched(&self, pipeline: &str, arguments: &[&str]) -> (Output, Option<u64>) {
        fs::write(self.path("pipeline.toml"), pipeline).unwrap();
        let mut command = self.host(&[&["run", "pipeline.toml"], arguments].concat());
        let host = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", host.id());
        let watched = std::thread::spawn(move || {
            // The mark never falls, so the last that is seen is the highest but for the last moments.
            let marks = std::iter::from_fn(|| {
                std::thread::sleep(Duration::from_millis(2));
                high_water_mark(&fs::read_to_string(&status).ok()?)
            });
            marks.last()
        });
        (host.wait_with_output().unwrap(), watched.join().unwrap())
    }

    /// Runs the example over `input`.
    pub(crate) fn example(&self, pipeline: &str, input: &Path, output: &str, arguments: &[&str]) -> Output {
        let pipeline = root().join("examples/airbnb").join(pipeline);
        let (input, output) = (format!("input={}", input.display()), format!("output={output}"));
        let common = ["run", pipeline.to_str().unwrap(), "--var", &input, "--var", &output];
        let fixed = ["--run-timestamp", "2022-12-31T00:00:00Z"];
        let output = self.host(&[&common[..], &fixed, arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

/// `VmHWM` of a process, in bytes.
fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// The binary that cargo has built beside this test.
fn host() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join("host");
    assert!(path.exists(), "{} is not there: run `cargo build`", path.display());
    path
}

/// What the user sees of a failed run, with `folder` left out.
pub(crate) fn said(output: &Output, place: &Place) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let folder = fs::canonicalize(place.folder.path()).unwrap();
    text.replace(&format!("{}/", folder.display()), "")
        .replace(&format!("{}/", place.folder.path().display()), "")
}

/// Relative paths and contents of all files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// All rows of the Parquet file that a job wrote.
pub(crate) fn read(place: &Place, folder: &str) -> RecordBatch {
    let file = fs::File::open(place.path(folder).join("part-00000.parquet")).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = builder.schema().clone();
    let batches = builder.with_batch_size(1 << 20).build().unwrap().map(Result::unwrap).collect::<Vec<_>>();
    arrow_select::concat::concat_batches(&schema, &batches).unwrap()
}
