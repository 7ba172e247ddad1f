//! Text of another encoding as UTF-8.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::MALFORMED;

const BUFFER_BYTES: usize = 1 << 16;

/// Reads UTF-8 from a text of another encoding. A byte order mark has the last word on which.
pub(super) struct Transcoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// How much of `raw` is decoded.
    taken: usize,
    ended: bool,
    /// The decoder has given its last, and must not be asked again.
    finished: bool,
    text: Vec<u8>,
    /// How much of `text` is handed out.
    given: usize,
    filled: usize,
}

impl<R: Read> Transcoded<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let (raw, text) = (Vec::with_capacity(BUFFER_BYTES), vec![0; BUFFER_BYTES]);
        let decoder = encoding.new_decoder();
        Self { inner, decoder, raw, taken: 0, ended: false, finished: false, text, given: 0, filled: 0 }
    }

    /// Decodes more, unless there is none.
    fn fill(&mut self) -> io::Result<()> {
        (self.given, self.filled) = (0, 0);
        while self.filled == 0 && !self.finished {
            if self.taken == self.raw.len() && !self.ended {
                self.raw.clear();
                self.taken = 0;
                let read = self.inner.by_ref().take(BUFFER_BYTES as u64).read_to_end(&mut self.raw)?;
                self.ended = read == 0;
            }
            // Room is kept for the mark of what is malformed.
            let room = self.text.len() - 1;
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[self.taken..],
                &mut self.text[..room],
                self.ended,
            );
            self.taken += read;
            self.filled = written;
            match result {
                DecoderResult::Malformed(..) => {
                    self.text[written] = MALFORMED;
                    self.filled += 1;
                }
                DecoderResult::InputEmpty => self.finished = self.ended,
                DecoderResult::OutputFull => {}
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.filled {
            self.fill()?;
        }
        let count = buffer.len().min(self.filled - self.given);
        buffer[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
