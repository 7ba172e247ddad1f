//! Where a stage's batches go.

use crate::{Batch, Result};

/// The output ports of a stage.
pub struct Output {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) emitted: Vec<(usize, Batch)>,
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) rejected: Vec<(usize, String)>,
}

impl Output {
    /// Hands a batch to the first output. It may block until there is room.
    pub fn emit(&mut self, batch: Batch) -> Result<()> {
        self.emit_to(0, batch)
    }
}

#[cfg(target_arch = "wasm32")]
impl Output {
    pub(crate) fn new() -> Self {
        Self {}
    }

    /// Hands a batch to this output port. An empty one goes nowhere.
    pub fn emit_to(&mut self, port: usize, batch: Batch) -> Result<()> {
        if batch.rows() == 0 { Ok(()) } else { batch.raw.emit(crate::backend::narrow(port)) }
    }

    /// Diverts rows to the stage's dead letters. `code` is for machines, `message` for people.
    pub fn reject(&mut self, source: &Batch, rows: &[u32], code: &str, message: &str) -> Result<()> {
        source.raw.reject(rows, code, message)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Output {
    pub(crate) fn new() -> Self {
        Self { emitted: Vec::new(), rejected: Vec::new() }
    }

    /// Hands a batch to this output port. An empty one goes nowhere.
    pub fn emit_to(&mut self, port: usize, batch: Batch) -> Result<()> {
        if batch.rows() > 0 {
            self.emitted.push((port, batch));
        }
        Ok(())
    }

    /// Diverts rows to the stage's dead letters. `code` is for machines, `message` for people.
    pub fn reject(&mut self, _: &Batch, rows: &[u32], code: &str, message: &str) -> Result<()> {
        self.rejected.push((rows.len(), format!("{code}: {message}")));
        Ok(())
    }
}
