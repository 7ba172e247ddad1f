//! From a phase to its plan: what the rows go through, and what comes in on the way.

use std::sync::Arc;

use datafusion_physical_plan::ExecutionPlan;

use super::build::{self, Builder};
use super::{Feed, Running, Stop};
use crate::exec::{SourcePieces, SpoolPieces, View};
use crate::options::INSTANCES;
use crate::phase::Phase;
use crate::plan::Shape;
use crate::progress::Probe;
use crate::replay::Point;
use crate::source::Scan;
use crate::worker::physical;

impl Running<'_> {
    /// Workers of a parallel stage: as many as asked for, if the instances of all stages can live at once.
    fn workers(&self) -> usize {
        let stages = &self.context.job.stages;
        let keyed = stages.iter().filter(|stage| stage.shape == Shape::Keyed).count();
        let room = (INSTANCES as usize).saturating_sub(keyed * build::KEYED) / stages.len().max(1);
        self.context.prepared.options.threads.get().min(room.max(1))
    }

    pub(super) fn plan(&self, phase: &Phase, from: &Feed) -> Result<Arc<dyn ExecutionPlan>, Stop> {
        let job = self.context.job;
        let point = phase.stages.start;
        let threads = self.workers();
        let (scan, probe): (_, Probe) = match from {
            Feed::Source(scan) => {
                let probed = Arc::clone(scan);
                (self.source_plan(point, scan, threads), Arc::new(move || probed.progress()))
            }
            Feed::Spool(reader) => {
                let schema = physical(job.schema_at(point), &job.needed[point]);
                let (pieces, probed) = (SpoolPieces(Arc::clone(reader)), Arc::clone(reader));
                (
                    build::scan(pieces, "spool".to_owned(), &schema, threads),
                    Arc::new(move || probed.progress()),
                )
            }
        };
        let step = match phase.observers.first() {
            Some(observer) => &job.stages[observer.stage].stage.name,
            None => "write",
        };
        self.context.progress.begin(&job.job.name, step, Some(probe));
        let bytes = match from {
            Feed::Source(scan) => scan.progress().bytes_total,
            Feed::Spool(reader) => reader.bytes(),
        };
        let mut builder = Builder::new(scan, threads, bytes);
        if let Feed::Source(_) = from {
            if job.begins_at() == Point::Contract(point) {
                self.check(&mut builder, point);
            }
            self.enter(&mut builder, Point::Stage(point))?;
        }
        for stage in phase.stages.clone() {
            builder.stage(&self.stages[stage])?;
            self.enter(&mut builder, Point::Contract(stage + 1))?;
            self.check(&mut builder, stage + 1);
            self.enter(&mut builder, Point::Stage(stage + 1))?;
        }
        if !phase.observers.is_empty() {
            builder.observe(&self.stages, &phase.observers);
        }
        Ok(builder.in_order())
    }

    /// Rows of a scan as they come in before stage `point`.
    fn source_plan(&self, point: usize, scan: &Arc<dyn Scan>, threads: usize) -> Arc<dyn ExecutionPlan> {
        let job = self.context.job;
        let (columns, columns_there) = (job.schema_at(point), job.needed_at(point));
        let places = (0..columns.fields().len()).map(|column| columns_there.binary_search(&column).ok());
        let pieces = SourcePieces {
            scan: Arc::clone(scan),
            view: View::new(columns, places.collect()),
            job: Arc::clone(&self.shared),
            at: self.source_at(),
        };
        let schema = physical(columns, &job.needed[point]);
        build::scan(pieces, self.source.kind.clone(), &schema, threads)
    }

    /// Lets rows in that come in at this point.
    fn enter(&self, builder: &mut Builder, at: Point) -> Result<(), Stop> {
        for (_, scan) in self.entries.iter().filter(|(point, _)| *point == at) {
            builder.enter(self.source_plan(at.stage(), scan, 1))?;
        }
        Ok(())
    }

    fn check(&self, builder: &mut Builder, point: usize) {
        if let Some(check) = &self.checks[point] {
            builder.check(check);
        }
    }
}
