//! A JSON array as lines, an element on each.
//!
//! Bytes are replaced one for one: the comma between two elements by a line end, brackets around all by
//! blanks. A line end of the file becomes `\r`, which JSON takes for a blank, so that lines can be counted.

use std::io::{self, Read};

/// A file that is no array, or not only one.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: expected an array of objects, found {found}")]
pub(in crate::source) struct NotAnArray {
    pub(in crate::source) line: u64,
    pub(in crate::source) found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the array; a byte order mark may stand here.
    Before,
    /// Between two elements, or in one outside of strings.
    Inside,
    String,
    /// After a backslash in a string.
    Escaped,
    After,
}

pub(super) struct Elements<R> {
    inner: R,
    state: State,
    /// How many brackets are open within the array.
    depth: usize,
    line: u64,
}

impl<R: Read> Elements<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, state: State::Before, depth: 0, line: 1 }
    }

    fn replace(&mut self, byte: u8) -> Result<u8, NotAnArray> {
        if byte == b'\n' {
            self.line += 1;
        }
        if let State::String | State::Escaped = self.state {
            self.state = match (self.state, byte) {
                (State::String, b'\\') => State::Escaped,
                (State::String, b'"') => State::Inside,
                _ => State::String,
            };
            return Ok(byte);
        }
        match byte {
            b'\n' => return Ok(b'\r'),
            b'\r' | b' ' | b'\t' => return Ok(b' '),
            _ => {}
        }
        match self.state {
            State::Before => self.begin(byte),
            State::After if byte == 0 => Err(self.wrong(byte)),
            State::After => Err(self.not_an_array("more behind its end")),
            _ => Ok(self.inside(byte)),
        }
    }

    fn begin(&mut self, byte: u8) -> Result<u8, NotAnArray> {
        match byte {
            b'[' => self.state = State::Inside,
            // A byte order mark.
            0xef | 0xbb | 0xbf => {}
            _ => return Err(self.wrong(byte)),
        }
        Ok(b' ')
    }

    fn inside(&mut self, byte: u8) -> u8 {
        match byte {
            b',' if self.depth == 0 => return b'\n',
            b']' if self.depth == 0 => {
                self.state = State::After;
                return b' ';
            }
            b'"' => self.state = State::String,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        byte
    }

    fn wrong(&self, byte: u8) -> NotAnArray {
        let found = match byte {
            b'{' => "an object".to_owned(),
            b'"' => "a string".to_owned(),
            byte if byte.is_ascii_graphic() => format!("{:?}", char::from(byte)),
            byte => format!("byte {byte:02x}"),
        };
        NotAnArray { line: self.line, found }
    }

    fn not_an_array(&self, found: &str) -> NotAnArray {
        NotAnArray { line: self.line, found: found.to_owned() }
    }
}

impl<R: Read> Read for Elements<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let wrong = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        if read == 0 && !buffer.is_empty() {
            return match self.state {
                State::Before => Err(wrong(self.not_an_array("nothing"))),
                // What an element ends in is told as a bad row.
                State::Inside if self.depth == 0 => Err(wrong(self.not_an_array("the file's end within it"))),
                _ => Ok(0),
            };
        }
        for byte in &mut buffer[..read] {
            *byte = self.replace(*byte).map_err(wrong)?;
        }
        Ok(read)
    }
}
