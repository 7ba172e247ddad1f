//! Finds where CSV records end, reading each byte once and agreeing with csv-core, which parses them.

use memchr::{memchr, memchr2};

use super::{Dialect, RecordReader};
use crate::source::text::{Flaw, Splitter, Tail, without_line_ends};

/// The state between two reads: a record may end far behind the buffer that it began in.
#[derive(Clone, Debug)]
pub(super) struct CsvSplitter {
    dialect: Dialect,
    /// How many fields a record has, where that is known.
    fields: Option<usize>,
    state: State,
    flaw: Option<Flaw>,
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
        Self { dialect: dialect.clone(), fields: None, state: State::Start, flaw: None }
    }

    pub(super) fn with_fields(self, fields: usize) -> Self {
        Self { fields: Some(fields), ..self }
    }

    /// Whether a line is a record by itself, with as many fields as it should have.
    fn is_record(&self, line: &[u8], reader: &mut RecordReader, fields: usize) -> bool {
        let mut splitter = Self::new(&self.dialect);
        let ends = match splitter.next_end(line, 0, 0) {
            Some(end) => end == line.len(),
            None => splitter.tail() == Tail::Record,
        };
        ends && reader.next(line).is_some() && reader.fields().len() == fields
    }

    /// The next quote, or escape character, in quotes.
    fn next_quote(&self, bytes: &[u8]) -> Option<usize> {
        let quote = self.dialect.quote?;
        match self.dialect.escape {
            Some(escape) => memchr2(quote, escape, bytes),
            None => memchr(quote, bytes),
        }
    }
}

impl Splitter for CsvSplitter {
    fn next_end(&mut self, buffer: &[u8], record: usize, mut at: usize) -> Option<usize> {
        let Dialect { delimiter, quote, comment, terminator, .. } = self.dialect;
        while at < buffer.len() {
            let byte = buffer[at];
            match self.state {
                State::Return => {
                    self.state = State::Start;
                    at += usize::from(byte == b'\n');
                    return Some(at);
                }
                State::Start if self.dialect.is_end(byte) => at += 1,
                State::Start if comment == Some(byte) => self.state = State::Comment,
                State::Start if quote == Some(byte) => {
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
                    let found = at + self.dialect.find_end_or_quote(&buffer[at..])?;
                    at = found + 1;
                    match buffer[found] {
                        b'\r' if terminator.is_none() => self.state = State::Return,
                        byte if self.dialect.is_end(byte) => {
                            self.state = State::Start;
                            return Some(at);
                        }
                        _ if found > record && buffer[found - 1] == delimiter => {
                            self.state = State::Quoted { opened: found - record };
                        }
                        _ => {}
                    }
                }
                State::Quoted { opened } => {
                    let found = at + self.next_quote(&buffer[at..])?;
                    at = found + 1;
                    self.state = if quote == Some(buffer[found]) {
                        State::Closing { opened }
                    } else {
                        State::Escaped { opened }
                    };
                }
                State::Escaped { opened } => {
                    self.state = State::Quoted { opened };
                    at += 1;
                }
                State::Closing { opened } if quote == Some(byte) => {
                    self.state = State::Quoted { opened };
                    at += 1;
                }
                State::Closing { opened } => {
                    // csv-core takes the quote and what follows for text of the field.
                    let inside = &buffer[record + opened..at];
                    let goes_on = byte != delimiter && !self.dialect.is_end(byte);
                    if goes_on && memchr(self.terminator(), inside).is_some() {
                        let closed = at - record - 1;
                        self.flaw.get_or_insert(Flaw { opened, closed });
                    }
                    self.state = State::Bare;
                }
                State::Start => self.state = State::Bare,
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

    fn terminator(&self) -> u8 {
        self.dialect.terminator.unwrap_or(b'\n')
    }

    fn without_end<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        match self.dialect.terminator {
            Some(_) => self.dialect.without_end(record),
            None => without_line_ends(record),
        }
    }

    fn blank_prefix(&self, text: &[u8]) -> usize {
        self.dialect.blank_prefix(text)
    }

    fn flaw(&mut self) -> Option<Flaw> {
        self.flaw.take()
    }

    fn resume(&mut self, bad: &[u8]) -> Option<usize> {
        (self.state, self.flaw) = (State::Start, None);
        let mut reader = RecordReader::new(&self.dialect);
        let mut start = self.dialect.after_end(bad, 0)?;
        while start < bad.len() {
            let end = self.dialect.after_end(bad, start).unwrap_or(bad.len());
            if self.fields.is_none_or(|fields| self.is_record(&bad[start..end], &mut reader, fields)) {
                return Some(start);
            }
            start = end;
        }
        None
    }

    fn column(&self, start: &[u8]) -> Option<usize> {
        let mut reader = RecordReader::new(&self.dialect);
        let read = reader.next(start);
        Some(read.map_or(0, |_| reader.fields().len().saturating_sub(1)))
    }
}
