//! A replay that is ready to run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use etl_pipeline::{Diagnostic, Job, Pipeline, Sink};

use super::entry::EntryScan;
use super::table::Table;
use super::{Entry, Point, Rejected, Replay};
use crate::plan::Shape;
use crate::prepare::{Input, PreparedJob};
use crate::rejects::By;
use crate::source::{Scan, SourceError, values_reader};

/// Where rows come in, and the reading of them.
pub(crate) type Entering = (Point, Arc<dyn Scan>);

/// What a job is fed in place of its source.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) rejected: Arc<Rejected>,
    job: String,
    /// In the order of the job; there is one.
    pub(crate) entries: Vec<Arc<Entry>>,
}

impl Prepared {
    /// Where rows come in of a job, and what reads them there.
    pub(crate) fn new(
        replay: &Replay,
        pipeline: &Pipeline,
        prepared: &PreparedJob,
    ) -> Result<Self, Diagnostic> {
        let rejected = &replay.rejected;
        let PreparedJob { job, input, stages, .. } = prepared;
        let problem = |message: String| pipeline.diagnostic(&job.at, message);
        let mut entries: BTreeMap<Point, Entry> = BTreeMap::new();
        for (left, place) in rejected.jobs.get(&job.name).into_iter().flat_map(|job| &job.left) {
            let stage = match &left.stage {
                None => 0,
                Some(name) => {
                    let stage = stages.iter().position(|stage| stage.stage.name == *name);
                    let gone = || {
                        problem(format!("job `{}` has no stage `{name}`, which rejected {place}", job.name))
                    };
                    stage.ok_or_else(gone)? + usize::from(left.by == By::Contract)
                }
            };
            let point = if left.by == By::Plugin { Point::Stage(stage) } else { Point::Contract(stage) };
            let (schema, columns) = (prepared.schema_at(stage), prepared.needed_at(stage));
            let cannot = |error: SourceError| {
                let hint = error.hint();
                problem(format!("job `{}`: {place} can't be replayed: {error}", job.name)).maybe_help(hint)
            };
            let text = match (input, left.by) {
                (Input::Open { source, .. }, By::Source) => source.reread(&columns).map_err(cannot)?,
                _ => None,
            };
            let whose = match (left.by, &left.stage) {
                (By::Plugin, Some(stage)) => format!("stage `{stage}`"),
                (_, Some(stage)) => format!("the contract of stage `{stage}`"),
                (_, None) => format!("job `{}`", job.name),
            };
            let values = values_reader(schema, &columns, whose).map_err(cannot)?;
            let entry = entries.entry(point).or_insert_with(|| Entry {
                point,
                left: BTreeSet::new(),
                text: None,
                values,
            });
            entry.text = entry.text.take().or(text);
            entry.left.insert(left.clone());
        }
        let first = entries.keys().next().map_or(0, |point| point.stage());
        let whole = stages[first..].iter().find(|stage| stage.shape != Shape::Any);
        if let Some(stage) = whole.filter(|_| !replay.apart) {
            let (name, shape) = (&stage.stage.name, stage.shape.as_str());
            let message = format!(
                "stage `{name}` is {shape}: it looks at all rows, and a replay has only those that were rejected"
            );
            let help =
                "mend the input and run the job again; or let it look at these rows alone, with `--apart`";
            return Err(pipeline.diagnostic(&stage.stage.at, message).help(help));
        }
        Ok(Self {
            rejected: Arc::clone(rejected),
            job: job.name.clone(),
            entries: entries.into_values().map(Arc::new).collect(),
        })
    }

    /// Where the first rows come in.
    pub(crate) fn first(&self) -> Option<Point> {
        self.entries.first().map(|entry| entry.point)
    }

    /// One reading of each entry's rows; all count together.
    pub(crate) fn scans(&self) -> Result<Vec<Entering>, SourceError> {
        let rows = Arc::new(AtomicU64::new(0));
        let scan = |entry: &Arc<Entry>| {
            let scan = EntryScan {
                table: Table::open(&self.rejected)?,
                job: self.job.clone(),
                entry: Arc::clone(entry),
                rows: Arc::clone(&rows),
            };
            Ok((entry.point, Arc::new(scan) as Arc<dyn Scan>))
        };
        self.entries.iter().map(scan).collect()
    }

    /// The runs that rejected the rows.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &str> {
        self.rejected.jobs.get(&self.job).into_iter().flat_map(|job| job.runs.keys().map(String::as_str))
    }

    /// The spans of their jobs: trace and span, as they were written.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (&str, &str)> {
        let jobs = self.rejected.jobs.get(&self.job).into_iter();
        jobs.flat_map(|job| job.runs.values().flatten().map(|(trace, span)| (trace.as_str(), span.as_str())))
    }
}

impl Replay {
    /// The job with all its outputs beside those of a run.
    pub(crate) fn beside(&self, job: &Job, pipeline: &Pipeline) -> Result<Job, Diagnostic> {
        let runs = self.rejected.jobs.get(&job.name).map(|job| job.runs.keys().collect::<Vec<_>>());
        let suffix = match (&self.suffix, runs.as_deref()) {
            (Some(suffix), _) => suffix.clone(),
            (None, Some([run])) => format!("-replay-of-{run}"),
            (None, runs) => {
                let count = runs.map_or(0, <[_]>::len);
                let message = format!("{} holds rows that {count} runs rejected", self.rejected.url);
                let help = "say with `--suffix` what is added to the outputs' paths, or replay them one after the other";
                return Err(pipeline.diagnostic(&job.at, message).help(help));
            }
        };
        let move_aside = |sink: &mut Sink| {
            let url = &mut sink.url.value;
            url.truncate(url.trim_end_matches('/').len());
            url.push_str(&suffix);
        };
        let mut job = job.clone();
        move_aside(&mut job.sink);
        job.stages
            .iter_mut()
            .flat_map(|stage| stage.ports.values_mut())
            .for_each(|sink| move_aside(&mut sink.value));
        if let Some(rejects) = &mut job.rejects {
            move_aside(&mut rejects.sink);
        }
        Ok(job)
    }
}
