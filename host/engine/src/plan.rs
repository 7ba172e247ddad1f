//! What a run would do: the content of `host plan`.

use std::path::PathBuf;

use arrow_schema::Schema;
use etl_pipeline::Limits;
use etl_plugin::{Binding, Distribution};
use serde::Serialize;

use crate::source::type_name;

/// What a run would do.
#[derive(Clone, Debug, Serialize)]
pub struct PipelinePlan {
    /// The pipeline's name.
    pub pipeline: String,
    /// The jobs, in running order.
    pub jobs: Vec<JobPlan>,
}

/// What a job would do.
#[derive(Clone, Debug, Serialize)]
pub struct JobPlan {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub source: SourcePlan,
    /// Its stages, in order.
    pub stages: Vec<StagePlan>,
    /// What it writes: the sink last, ports before it.
    pub outputs: Vec<OutputPlan>,
}

/// What a job would read.
#[derive(Clone, Debug, Serialize)]
pub struct SourcePlan {
    /// `csv`, `ndjson` or `parquet`.
    pub kind: String,
    /// Where.
    pub url: String,
    /// The job that writes it, where it is one.
    pub job: Option<String>,
    /// The files that are there now; none where a job of this run writes them.
    pub files: Vec<FilePlan>,
    /// All columns.
    pub columns: Vec<ColumnPlan>,
    /// Names of those that are read.
    pub reads: Vec<String>,
}

/// A file that would be read.
#[derive(Clone, Debug, Serialize)]
pub struct FilePlan {
    /// Its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnPlan {
    /// Its name.
    pub name: String,
    /// Its type, as pipeline.toml writes it.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// What a stage would do.
#[derive(Clone, Debug, Serialize)]
pub struct StagePlan {
    /// Its name.
    pub name: String,
    /// `plugin/operation`.
    pub run: String,
    /// The plugin's digest.
    pub digest: String,
    /// How its rows are spread over instances.
    pub shape: Shape,
    /// What an instance may use.
    pub limits: Limits,
    /// The columns that it reads.
    pub reads: Vec<String>,
    /// The columns after it.
    pub columns: Vec<ColumnPlan>,
}

/// What a job would write.
#[derive(Clone, Debug, Serialize)]
pub struct OutputPlan {
    /// The stage and port whose rows these are; the job's own output has none.
    pub port: Option<(String, String)>,
    /// `parquet`.
    pub kind: String,
    /// Where.
    pub url: String,
    /// The columns.
    pub columns: Vec<ColumnPlan>,
}

/// How a stage's rows are spread over instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Any batch in any instance.
    Any,
    /// All rows are observed first; then any batch in any instance.
    TwoPass,
    /// Rows of a key meet in one instance.
    Keyed,
    /// All rows go through one instance.
    Single,
}

impl Shape {
    /// Its name in reports and on spans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::TwoPass => "two-pass",
            Self::Keyed => "keyed",
            Self::Single => "single",
        }
    }

    pub(crate) fn of(binding: &Binding) -> Self {
        match &binding.distribution {
            // Of a two-pass stage the rows go anywhere, once their summary is known.
            _ if binding.two_pass => Self::TwoPass,
            Distribution::Any => Self::Any,
            Distribution::Keyed(_) => Self::Keyed,
            Distribution::Single => Self::Single,
        }
    }
}

pub(crate) fn columns(schema: &Schema) -> Vec<ColumnPlan> {
    let column = |field: &arrow_schema::FieldRef| ColumnPlan {
        name: field.name().clone(),
        data_type: type_name(field.data_type()),
    };
    schema.fields().iter().map(column).collect()
}
