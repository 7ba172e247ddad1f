//! What fuzzing needs to reach: the sources, which are otherwise the engine's own.

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use etl_pipeline::Source;
use futures::FutureExt;

use crate::objects::Access;
use crate::source::{SourceError, open};

/// All rows of a source, with their positions, or what a user sees of the problem. Nothing of a source that is another
/// job.
pub fn read(source: &Source, batch_rows: usize) -> Result<Option<RecordBatch>, String> {
    let Some(opened) = open(source, &Access::for_tests()) else { return Ok(None) };
    let rows = || -> Result<Option<RecordBatch>, SourceError> {
        let scan = opened?.scan(None, batch_rows)?;
        let mut batches: Vec<RecordBatch> = Vec::new();
        // A scan does its work while it is polled: it is never pending.
        while let Some(pieces) = scan.next().now_or_never().transpose()?.flatten() {
            batches.extend(pieces.batches);
        }
        let schema = batches.first().map(RecordBatch::schema);
        Ok(schema.and_then(|schema| concat_batches(&schema, &batches).ok()))
    };
    rows().map_err(|error| match error.hint() {
        Some(hint) => format!("{error}\n{hint}"),
        None => error.to_string(),
    })
}
