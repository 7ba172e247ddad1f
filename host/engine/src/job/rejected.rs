//! Rejected rows in the order of the input, as they are written.

use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_execution::TaskContext;
use futures::TryStreamExt;

use super::{Running, Stop, build};
use crate::exec::SpoolPieces;
use crate::rejects::POSITIONED;

impl Running<'_> {
    /// All rows that were rejected, sorted: workers put them aside as they came.
    pub(super) fn rejected_rows(&self) -> Result<impl Iterator<Item = RecordBatch> + use<>, Stop> {
        let memory = &self.context.memory;
        let reader = Arc::new(self.shared.rejects.take(memory)?);
        let scan = build::scan(SpoolPieces(reader), "rejects".to_owned(), &POSITIONED, 1);
        let sorted = build::sort_rejects(scan)?;
        let task = TaskContext::default().with_runtime(Arc::clone(memory.environment()));
        let batches = self
            .context
            .runtime
            .block_on(async { sorted.execute(0, Arc::new(task))?.try_collect::<Vec<_>>().await })?;
        Ok(batches.into_iter())
    }
}
