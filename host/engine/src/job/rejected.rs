//! Rejected rows in the order of the input, as they are written.

use std::sync::Arc;

use datafusion_execution::TaskContext;
use futures::StreamExt;

use super::{Output, Running, SinkError, Stop, build};
use crate::exec::SpoolPieces;
use crate::rejects::POSITIONED;

impl Running<'_> {
    /// Writes all rows that were rejected, sorted: workers put them aside as they came.
    pub(super) fn write_rejected(
        &self,
        output: &mut Output,
        failed: impl Fn(&SinkError) -> Stop,
    ) -> Result<(), Stop> {
        let memory = &self.context.memory;
        let reader = Arc::new(self.shared.rejects.take()?);
        let scan = build::scan(SpoolPieces(reader), "rejects".to_owned(), &POSITIONED, 1);
        let sorted = build::sort_rejects(scan)?;
        let task = TaskContext::default().with_runtime(Arc::clone(memory.environment()));
        self.context.runtime.block_on(async {
            let mut rows = sorted.execute(0, Arc::new(task))?;
            while let Some(batch) = rows.next().await {
                output.write(&batch?).map_err(|error| failed(&error))?;
            }
            Ok(())
        })
    }
}
