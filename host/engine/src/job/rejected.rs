//! Rejected rows: of how many, and in the order of the input, as they are written.

use std::sync::Arc;

use datafusion_execution::TaskContext;
use futures::StreamExt;

use super::{Output, Running, SinkError, Stop, build};
use crate::exec::SpoolPieces;
use crate::rejects::{By, POSITIONED};

impl Running<'_> {
    /// Of how many rows those are that a stage rejected, or without one the source; `None`: those of the job.
    pub(super) fn rows_of(&self, whose: Option<(Option<&str>, By)>) -> u64 {
        match whose {
            Some((Some(name), by)) => {
                let stage = self.stages.iter().find(|stage| stage.prepared.stage.name == name);
                stage.map_or(0, |stage| if by == By::Plugin { stage.rows_in() } else { stage.rows_out() })
            }
            Some((None, By::Contract)) => self.source.rows,
            Some((None, _)) | None => self.source.rows + self.source.rejected,
        }
    }

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
