//! Rows from a source or from a spool, a piece for whichever partition is free.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::TaskContext;
use datafusion_physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use etl_pipeline::Span as Place;
use futures::future::{BoxFuture, FutureExt};
use futures::{StreamExt, TryStreamExt, stream};

use super::View;
use super::node::Operator;
use crate::FailureKind;
use crate::source::{Scan, SourceError};
use crate::spool::SpoolReader;
use crate::worker::JobRun;

/// Pieces of consecutive rows, handed out in order.
pub(crate) trait Pieces: fmt::Debug + Send + Sync + 'static {
    /// The next piece; `None` at the end.
    fn next(&self) -> BoxFuture<'_, Result<Option<Vec<RecordBatch>>>>;
}

/// The operator that reads pieces.
#[derive(Debug)]
pub(crate) struct ScanOperator {
    pub(crate) pieces: Arc<dyn Pieces>,
    pub(crate) schema: SchemaRef,
    pub(crate) description: String,
}

impl Operator for ScanOperator {
    const NAME: &'static str = "Scan";

    fn describe(&self) -> String {
        self.description.clone()
    }

    fn execute(
        &self,
        _: Option<&Arc<dyn ExecutionPlan>>,
        _: usize,
        _: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let pieces = stream::try_unfold(Arc::clone(&self.pieces), |pieces| async move {
            Ok::<_, DataFusionError>(pieces.next().await?.map(|piece| (piece, pieces)))
        });
        let batches = pieces.map_ok(|piece| stream::iter(piece).map(Ok)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }
}

/// Pieces of a source.
#[derive(Debug)]
pub(crate) struct SourcePieces {
    pub(crate) scan: Arc<dyn Scan>,
    /// The source's columns; those that are not read are nulls.
    pub(crate) view: View,
    pub(crate) job: Arc<JobRun>,
    /// Where the pipeline's file names the source.
    pub(crate) at: Place,
}

impl SourcePieces {
    fn failed(&self, error: &SourceError) -> DataFusionError {
        let failure = self.job.failure(FailureKind::Source, None, self.at, &error.to_string(), error.hint());
        self.job.faults.report(failure)
    }
}

impl Pieces for SourcePieces {
    fn next(&self) -> BoxFuture<'_, Result<Option<Vec<RecordBatch>>>> {
        async {
            let begun = Instant::now();
            let next = self.scan.next().await;
            self.job.read_time.add(begun.elapsed());
            let Some(rows) = next.map_err(|error| self.failed(&error))? else { return Ok(None) };
            if !rows.rejects.is_empty() {
                self.job.source_rejects(rows.rejects)?;
            }
            rows.batches.iter().map(|batch| self.view.of(batch)).collect::<Result<_>>().map(Some)
        }
        .boxed()
    }
}

/// Batches of a spool.
#[derive(Debug)]
pub(crate) struct SpoolPieces(pub(crate) Arc<SpoolReader>);

impl Pieces for SpoolPieces {
    fn next(&self) -> BoxFuture<'_, Result<Option<Vec<RecordBatch>>>> {
        async { Ok(self.0.next()?.map(|batch| vec![batch])) }.boxed()
    }
}
