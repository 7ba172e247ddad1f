//! Finds where lines end that hold something.

use memchr::memchr;

use crate::source::text::{Splitter, Tail};

/// JSON has no line end within a value, so that the next one ends the record.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct LineSplitter {
    in_record: bool,
}

impl Splitter for LineSplitter {
    fn next_end(&mut self, buffer: &[u8], record: usize, mut at: usize) -> Option<usize> {
        loop {
            let Some(found) = memchr(b'\n', &buffer[at..]) else {
                self.in_record = holds_something(&buffer[record..]);
                return None;
            };
            at += found + 1;
            if holds_something(&buffer[record..at]) {
                self.in_record = false;
                return Some(at);
            }
        }
    }

    fn tail(&self) -> Tail {
        if self.in_record { Tail::Record } else { Tail::Nothing }
    }

    fn blank_prefix(&self, text: &[u8]) -> usize {
        text.len() - text.trim_ascii_start().len()
    }

    fn resume(&mut self, bad: &[u8]) -> Option<usize> {
        self.in_record = false;
        memchr(b'\n', bad).map(|end| end + 1).filter(|next| *next < bad.len())
    }
}

fn holds_something(line: &[u8]) -> bool {
    line.iter().any(|byte| !byte.is_ascii_whitespace())
}
