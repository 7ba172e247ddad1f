//! The table of rejected rows, as it is read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringViewArray};
use arrow_schema::DataType;
use etl_pipeline::{Pipeline, SinkFormat, nearest};
use futures::executor::block_on;

use crate::objects::{Access, Requests};
use crate::position::{Places, positions};
use crate::rejects::By;
use crate::source::{Place, Scan, Source, SourceError, open_rejected, type_name};

/// The columns that are looked at. The first six must be there.
const NAMES: [&str; 9] =
    ["job", "stage", "rejected_by", "text", "values", "run_id", "file", "trace_id", "span_id"];
const REQUIRED: usize = 6;

/// A cell of the table.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    Job,
    Stage,
    RejectedBy,
    Text,
    Values,
    RunId,
    File,
    TraceId,
    SpanId,
}

/// Rows that a run rejected.
#[derive(Debug)]
pub struct Rejected {
    pub(crate) url: String,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) requests: Arc<Requests>,
    /// Where [`NAMES`] stand.
    columns: [Option<usize>; NAMES.len()],
    pub(super) jobs: BTreeMap<String, Job>,
}

/// What was rejected of a job.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) rows: u64,
    /// Where rows left, with the place of the first in the table.
    pub(super) left: BTreeMap<Left, String>,
    /// The runs that rejected, with their spans.
    pub(super) runs: BTreeMap<String, Option<(String, String)>>,
}

/// Where a row left its job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Left {
    /// `None`: before the first stage.
    pub(super) stage: Option<String>,
    pub(super) by: By,
}

/// Why rows can't be replayed.
#[derive(Debug)]
pub struct ReplayError {
    message: String,
    hint: Option<String>,
}

impl ReplayError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReplayError {}

impl From<SourceError> for ReplayError {
    fn from(error: SourceError) -> Self {
        Self { message: error.to_string(), hint: error.hint() }
    }
}

impl Rejected {
    /// Opens the table, and looks through it for what it is of.
    pub(crate) fn open(url: &str, pipeline: &Pipeline, access: Access) -> Result<Self, ReplayError> {
        let rejects = pipeline.jobs.iter().filter_map(|job| job.rejects.as_ref());
        let csv = rejects.filter_map(|rejects| match &rejects.sink.format {
            SinkFormat::Csv(csv) => Some((rejects.sink.url.trim_end_matches('/'), csv)),
            _ => None,
        });
        let csv = csv.collect::<Vec<_>>();
        let here = csv.iter().find(|(sink, _)| Path::new(url).starts_with(sink)).or(csv.first());
        let source: Arc<dyn Source> = Arc::from(open_rejected(url, here.map(|(_, csv)| *csv), &access)?);
        let mut columns = [None; NAMES.len()];
        for (index, name) in NAMES.into_iter().enumerate() {
            let found = source.schema().column_with_name(name);
            let Some((column, field)) = found else {
                if index < REQUIRED {
                    return Err(no_column(url, name, &source));
                }
                continue;
            };
            match field.data_type() {
                DataType::Utf8View => columns[index] = Some(column),
                DataType::Null => {}
                other => {
                    let found = type_name(other);
                    return Err(ReplayError::new(format!(
                        "{url}: column {name:?} of rejected rows is text, and here is {found}"
                    )));
                }
            }
        }
        let mut rejected =
            Self { url: url.to_owned(), source, requests: access.requests, columns, jobs: BTreeMap::new() };
        rejected.look()?;
        Ok(rejected)
    }

    fn look(&mut self) -> Result<(), ReplayError> {
        let table = Table::open(self)?;
        while let Some(batches) = block_on(table.next())? {
            for cells in &batches {
                for row in 0..cells.rows() {
                    let job = cells.get(Cell::Job, row).unwrap_or_default().to_owned();
                    let Some(left) = cells.left(row) else {
                        let found = cells.get(Cell::RejectedBy, row).unwrap_or_default();
                        return Err(ReplayError::new(format!(
                            "{}: rejected_by is {found:?}, and must be `source`, `contract` or `plugin`",
                            table.place(cells.position(row))
                        )));
                    };
                    let job = self.jobs.entry(job).or_default();
                    job.rows += 1;
                    job.left.entry(left).or_insert_with(|| table.place(cells.position(row)).to_string());
                    if let Some(run) = cells.get(Cell::RunId, row)
                        && !job.runs.contains_key(run)
                    {
                        let span = cells.get(Cell::TraceId, row).zip(cells.get(Cell::SpanId, row));
                        let span = span.map(|(trace, span)| (trace.to_owned(), span.to_owned()));
                        job.runs.insert(run.to_owned(), span);
                    }
                }
            }
        }
        Ok(())
    }

    /// The job whose rows these are, or those of which job are wanted.
    ///
    /// # Errors
    /// There are none, or they are of several jobs and none is wanted.
    pub fn job(&self, wanted: Option<&str>) -> Result<&str, ReplayError> {
        let url = &self.url;
        match (wanted, self.jobs.len()) {
            (None, 0) => {
                Err(ReplayError::new(format!("{url} holds no rejected rows: there is nothing to replay")))
            }
            (None, 1) => Ok(self.jobs.keys().next().map_or("", String::as_str)),
            (None, _) => {
                let names = self.jobs.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let hint = Some("name one with `--job`".to_owned());
                Err(ReplayError { message: format!("{url} holds rows of the jobs {names}"), hint })
            }
            (Some(wanted), _) => {
                self.jobs.get_key_value(wanted).map(|(name, _)| name.as_str()).ok_or_else(|| {
                    let near = nearest(wanted, self.jobs.keys().map(String::as_str));
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    ReplayError { message: format!("{url} holds no rows of job `{wanted}`"), hint }
                })
            }
        }
    }
}

fn no_column(url: &str, name: &str, source: &Arc<dyn Source>) -> ReplayError {
    let near = nearest(name, source.schema().fields().iter().map(|field| field.name().as_str()));
    let near = near.map(|near| format!("; is it {near:?}?")).unwrap_or_default();
    ReplayError {
        message: format!("{url} is no table of rejected rows: it has no column {name:?}"),
        hint: Some(format!("give what a job wrote to its `rejects`, with all columns{near}")),
    }
}

/// One reading of the table.
#[derive(Debug)]
pub(super) struct Table {
    scan: Arc<dyn Scan>,
    places: Places,
    /// Where [`NAMES`] stand in what is read.
    columns: [Option<usize>; NAMES.len()],
}

impl Table {
    pub(super) fn open(rejected: &Rejected) -> Result<Self, SourceError> {
        const ROWS: usize = 8192;
        let mut wanted = rejected.columns.into_iter().flatten().collect::<Vec<_>>();
        wanted.sort_unstable();
        let scan: Arc<dyn Scan> = Arc::from(rejected.source.scan(Some(&wanted), ROWS)?);
        let columns = rejected.columns.map(|column| wanted.binary_search(&column?).ok());
        let files = rejected.source.describe().files.into_iter().map(|file| file.path);
        Ok(Self { places: Places::new(files, Arc::clone(&scan)), scan, columns })
    }

    /// The next rows; `None` at the end.
    pub(super) async fn next(&self) -> Result<Option<Vec<Cells>>, SourceError> {
        let Some(rows) = self.scan.next().await? else { return Ok(None) };
        Ok(Some(rows.batches.into_iter().map(|batch| Cells { batch, columns: self.columns }).collect()))
    }

    pub(super) fn scan(&self) -> &Arc<dyn Scan> {
        &self.scan
    }

    /// Where a row of the table stands. Where its file has no lines, rows are counted.
    pub(super) fn place(&self, position: u64) -> Place {
        let (file, row) = self.places.find(position).unwrap_or((Path::new(""), 0));
        let line = self.places.line(position).unwrap_or(row);
        Place { file: file.to_owned(), line, column: None }
    }
}

/// Rows of the table.
#[derive(Debug)]
pub(super) struct Cells {
    batch: RecordBatch,
    columns: [Option<usize>; NAMES.len()],
}

impl Cells {
    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(super) fn position(&self, row: usize) -> u64 {
        positions(&self.batch).value(row)
    }

    /// What stands in a cell; nothing is as good as an empty text.
    pub(super) fn get(&self, cell: Cell, row: usize) -> Option<&str> {
        let column: &StringViewArray = self.batch.column(self.columns[cell as usize]?).as_string_view();
        (column.is_valid(row) && !column.value(row).is_empty()).then(|| column.value(row))
    }

    /// Where a row left; `None`: that is not to be understood.
    pub(super) fn left(&self, row: usize) -> Option<Left> {
        let by = By::of(self.get(Cell::RejectedBy, row)?)?;
        let stage = self.get(Cell::Stage, row).map(ToOwned::to_owned);
        (by != By::Plugin || stage.is_some()).then_some(Left { stage, by })
    }
}
