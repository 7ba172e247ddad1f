//! A folder with a pipeline in it, and what `host` does there.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A pipeline over `listings.csv`.
pub(crate) const PIPELINE: &str = r#"name = "demo"

[vars]
input = "listings.csv"

[plugins]
clean = { path = "plugins/clean.wasm" }

[jobs.clean]
source.csv = { url = "${input}", nulls = [""] }
sink.parquet = { url = "out/cleaned" }

[[jobs.clean.stages]]
name = "Names"
run = "clean/standardize-names"

[[jobs.clean.stages]]
name = "Drop Columns"
run = "clean/drop-columns"
with = { columns = ["host_id"] }

[[jobs.clean.stages]]
name = "Remove Duplicates"
run = "clean/drop-duplicates"
with = { columns = ["id"] }

[[jobs.clean.stages]]
name = "Convert Price"
run = "clean/parse-currency"
with = { column = "price", strip = "$," }

[jobs.copy]
source.job = "clean"
sink.parquet = { url = "out/copied" }
"#;

/// Five rows, of which one is there twice.
const LISTINGS: &str = "\
id,NAME,host id,price
1,Loft,7,\"$1,060 \"
2,Attic,7,$80
2,Attic,7,$80
3,Barge,8,$95
4,,9,$120
";

/// A folder with a pipeline, its input, and the plugins.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// With [`PIPELINE`] in `pipeline.toml`.
    pub(crate) fn new() -> Self {
        Self::with(PIPELINE)
    }

    /// With this pipeline.
    pub(crate) fn with(pipeline: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write("pipeline.toml", pipeline);
        place.write("listings.csv", LISTINGS);
        fs::create_dir(place.path("plugins")).unwrap();
        for name in ["clean.wasm", "hostile.wasm"] {
            std::os::unix::fs::symlink(plugin(name), place.path("plugins").join(name)).unwrap();
        }
        place
    }

    /// With [`PIPELINE`] in which `old` is `new`.
    pub(crate) fn edited(old: &str, new: &str) -> Self {
        assert!(PIPELINE.contains(old), "{old:?} is not in the pipeline");
        Self::with(&PIPELINE.replacen(old, new, 1))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The command, in an environment of its own.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("host"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        // Shared by all tests, since compiling the plugins is most of what they would do otherwise.
        command.env("ETL_HOST_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-plugins"));
        command
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Exit code and both streams, as a snapshot has them.
    pub(crate) fn host(&self, arguments: &[&str]) -> String {
        shown(&self.output(arguments))
    }

    /// The document on standard output.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.output(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The names in a folder, sorted; none where it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let mut names =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
        names.sort();
        names
    }
}

/// A plugin that was built.
fn plugin(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/plugins").join(name);
    path.canonicalize().unwrap_or_else(|_| panic!("{name} is not built: run `cargo xtask plugins --tests`"))
}

/// Exit code and both streams.
pub(crate) fn shown(output: &Output) -> String {
    let mut text =
        format!("exit {}", output.status.code().map_or("by a signal".to_owned(), |code| code.to_string()));
    for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !stream.is_empty() {
            write!(text, "\n----- {name}").unwrap();
            for line in String::from_utf8_lossy(stream).trim_end().lines() {
                write!(text, "\n{}", line.trim_end()).unwrap();
            }
        }
    }
    text
}

/// `assert_snapshot!` of a text in which what differs from run to run is replaced.
macro_rules! assert_shown {
    ($text:expr, $($snapshot:tt)*) => {
        insta::with_settings!({ filters => crate::support::FILTERS.to_vec() }, {
            insta::assert_snapshot!($text, $($snapshot)*)
        })
    };
}
pub(crate) use assert_shown;

/// What differs from run to run, with the spaces that it needs to line up.
pub(crate) const FILTERS: &[(&str, &str)] = &[
    (r", \d+\.\d+ m?s +rows in", ", [time] rows in"),
    (r" +\d+\.\d+ m?s\b", " [time]"),
    (r" +\d+(\.\d+)? (B|kB|MB)\b", " [size]"),
    (r"\d{8}T\d{6}Z-[0-9a-f]{6}", "[run]"),
    (r"1-[0-9a-f]{8}-[0-9a-f]{24}", "[x-ray id]"),
    (r"\b[0-9a-f]{32}\b", "[trace id]"),
    (r"sha256:[0-9a-f]{64}", "sha256:[digest]"),
];
