//! Standard output and error: lines for the call's log, never for the terminal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::telemetry::Level;

/// Bytes that a guest may write at a time.
const PERMIT: usize = 64 << 10;

/// What a guest has written in the current call. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    /// Whole lines, and at last the ones that are not.
    pieces: Vec<(Level, Vec<u8>)>,
    bytes: usize,
    most: usize,
    dropped: u64,
}

impl Output {
    pub(crate) fn stdout(&self) -> Stream {
        Stream { level: Level::Info, output: self.clone() }
    }

    pub(crate) fn stderr(&self) -> Stream {
        Stream { level: Level::Warn, output: self.clone() }
    }

    /// Begins a call, which may write `most` bytes; what is beyond is dropped and counted.
    pub(crate) fn begin(&self, most: usize) {
        *self.lock() = Written { most, ..Written::default() };
    }

    /// The lines of the call, in order, and the number of writes that were dropped.
    pub(crate) fn take(&self) -> (Vec<(Level, String)>, u64) {
        let written = std::mem::take(&mut *self.lock());
        let text = |(level, bytes): (Level, Vec<u8>)| (level, String::from_utf8_lossy(&bytes).into_owned());
        let lines = written.pieces.into_iter().map(text);
        (lines.filter(|(_, line)| !line.trim().is_empty()).collect(), written.dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    fn add(&mut self, level: Level, bytes: &[u8]) {
        if self.bytes + bytes.len() > self.most {
            self.dropped += 1;
            return;
        }
        self.bytes += bytes.len();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            // A line may come in pieces, and those of the other stream in between.
            let open = self.pieces.iter_mut().rev().find(|(other, _)| *other == level);
            match open.filter(|(_, line)| line.last() != Some(&b'\n')) {
                Some((_, line)) => line.extend_from_slice(piece),
                None => self.pieces.push((level, piece.to_vec())),
            }
        }
    }
}

/// One of the two.
#[derive(Clone)]
pub(crate) struct Stream {
    level: Level,
    output: Output,
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // For versions of WASI that are not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.output.lock().add(self.level, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_come_in_pieces() {
        let output = Output::default();
        output.begin(100);
        for (level, text) in
            [(Level::Info, "a "), (Level::Warn, "oh\nno"), (Level::Info, "line\n\nend"), (Level::Warn, "!\n")]
        {
            output.lock().add(level, text.as_bytes());
        }
        let (lines, dropped) = output.take();
        let lines: Vec<_> = lines.iter().map(|(_, line)| line.trim_end()).collect();
        assert_eq!((lines, dropped), (vec!["a line", "oh", "no!", "end"], 0));
    }

    #[test]
    fn what_is_too_much_is_dropped() {
        let output = Output::default();
        output.begin(5);
        output.lock().add(Level::Info, b"12345");
        output.lock().add(Level::Info, b"6");
        assert_eq!(output.take(), (vec![(Level::Info, "12345".to_owned())], 1));
    }
}
