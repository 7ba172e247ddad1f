//! Finds where CSV records end, reading each byte once and agreeing with csv-core, which parses them.

use memchr::{memchr, memchr2, memchr3};

use super::Dialect;
use crate::source::text::{Splitter, Tail};

/// The state between two reads: a record may end far behind the buffer that it began in.
#[derive(Clone, Debug)]
pub(super) struct CsvSplitter {
    dialect: Dialect,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before a record, where blank lines and comments may stand.
    Start,
    Comment,
    /// In a record, outside quotes.
    Bare,
    /// In quotes, which `opened` so many bytes into the record.
    Quoted {
        opened: usize,
    },
    /// After an escape character in quotes.
    Escaped {
        opened: usize,
    },
    /// After a quote in quotes: the end of them, or the first of a doubled quote.
    Closing {
        opened: usize,
    },
    /// After `\r`: an `\n` belongs to the same line end.
    Return,
}

impl CsvSplitter {
    pub(super) fn new(dialect: &Dialect) -> Self {
        Self { dialect: dialect.clone(), state: State::Start }
    }

    /// The next quote, or escape character, in quotes.
    fn next_quote(&self, bytes: &[u8]) -> Option<usize> {
        match self.dialect.escape {
            Some(escape) => memchr2(self.dialect.quote, escape, bytes),
            None => memchr(self.dialect.quote, bytes),
        }
    }
}

impl Splitter for CsvSplitter {
    fn next_end(&mut self, buffer: &[u8], record: usize, mut at: usize) -> Option<usize> {
        let Dialect { delimiter, quote, comment, .. } = self.dialect;
        while at < buffer.len() {
            let byte = buffer[at];
            match self.state {
                State::Return => {
                    self.state = State::Start;
                    at += usize::from(byte == b'\n');
                    return Some(at);
                }
                State::Start if byte == b'\n' || byte == b'\r' => at += 1,
                State::Start if comment == Some(byte) => self.state = State::Comment,
                State::Start if byte == quote => {
                    self.state = State::Quoted { opened: at - record };
                    at += 1;
                }
                State::Comment => match memchr(b'\n', &buffer[at..]) {
                    Some(end) => {
                        self.state = State::Start;
                        at += end + 1;
                    }
                    None => return None,
                },
                State::Bare => {
                    let found = at + memchr3(quote, b'\n', b'\r', &buffer[at..])?;
                    at = found + 1;
                    match buffer[found] {
                        b'\n' => {
                            self.state = State::Start;
                            return Some(at);
                        }
                        b'\r' => self.state = State::Return,
                        _ if found > record && buffer[found - 1] == delimiter => {
                            self.state = State::Quoted { opened: found - record };
                        }
                        _ => {}
                    }
                }
                State::Quoted { opened } => {
                    let found = at + self.next_quote(&buffer[at..])?;
                    at = found + 1;
                    self.state = if buffer[found] == quote {
                        State::Closing { opened }
                    } else {
                        State::Escaped { opened }
                    };
                }
                State::Escaped { opened } => {
                    self.state = State::Quoted { opened };
                    at += 1;
                }
                State::Closing { opened } if byte == quote => {
                    self.state = State::Quoted { opened };
                    at += 1;
                }
                State::Start | State::Closing { .. } => self.state = State::Bare,
            }
        }
        None
    }

    fn tail(&self) -> Tail {
        match self.state {
            State::Start | State::Comment => Tail::Nothing,
            State::Bare | State::Closing { .. } | State::Return => Tail::Record,
            State::Quoted { opened } | State::Escaped { opened } => Tail::OpenQuote { opened },
        }
    }
}
