//! The characters that a CSV file is made of.

use etl_pipeline::CsvSource;
use memchr::{memchr, memchr2, memchr3};

use crate::source::SourceError;

#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// `None`: there are none.
    pub(super) quote: Option<u8>,
    /// Before a quote in quotes; a doubled quote is understood as well.
    pub(super) escape: Option<u8>,
    pub(super) comment: Option<u8>,
    /// `None`: CR, LF, or both.
    pub(super) terminator: Option<u8>,
}

impl Dialect {
    /// Takes ASCII characters only, each with one meaning: then no byte of a character beyond ASCII
    /// can be mistaken for one of them.
    pub(super) fn of(source: &CsvSource) -> Result<Self, SourceError> {
        let CsvSource { delimiter, quote, comment, terminator, .. } = *source;
        let escape = source.escape.filter(|escape| quote.is_some() && Some(*escape) != quote);
        let named = [
            ("delimiter", Some(delimiter)),
            ("quote", quote),
            ("escape", escape),
            ("comment", comment),
            ("terminator", terminator),
        ];
        for (index, (what, byte)) in named.iter().enumerate() {
            let Some(byte) = *byte else { continue };
            let is_line_end = *what != "terminator" && matches!(byte, b'\n' | b'\r');
            if !byte.is_ascii() || is_line_end {
                return Err(SourceError::BadDialect {
                    what,
                    why: "expected an ASCII character, no line end".to_owned(),
                });
            }
            if let Some((other, _)) = named[..index].iter().find(|(_, other)| *other == Some(byte)) {
                let why = format!("{:?} is the {other} already", char::from(byte));
                return Err(SourceError::BadDialect { what, why });
            }
        }
        Ok(Self { delimiter, quote, escape, comment, terminator })
    }

    /// Whether the byte ends a record, outside of quotes.
    pub(super) fn is_end(&self, byte: u8) -> bool {
        match self.terminator {
            Some(terminator) => byte == terminator,
            None => matches!(byte, b'\n' | b'\r'),
        }
    }

    /// The first byte that ends a record, or opens quotes.
    pub(super) fn find_end_or_quote(&self, text: &[u8]) -> Option<usize> {
        match (self.quote, self.terminator) {
            (Some(quote), Some(terminator)) => memchr2(quote, terminator, text),
            (Some(quote), None) => memchr3(quote, b'\n', b'\r', text),
            (None, _) => self.find_end(text),
        }
    }

    /// The first byte that ends a record, whatever quotes there are.
    pub(super) fn find_end(&self, text: &[u8]) -> Option<usize> {
        match self.terminator {
            Some(terminator) => memchr(terminator, text),
            None => memchr2(b'\n', b'\r', text),
        }
    }

    /// Where the record ends that `at` stands in, whatever quotes there are.
    pub(super) fn after_end(&self, text: &[u8], at: usize) -> Option<usize> {
        let end = at + self.find_end(&text[at..])?;
        let is_pair = self.terminator.is_none() && text[end..].starts_with(b"\r\n");
        Some(end + if is_pair { 2 } else { 1 })
    }

    /// A record without that which ends it.
    pub(super) fn without_end<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        if let Some(terminator) = self.terminator {
            return record.strip_suffix(&[terminator]).unwrap_or(record);
        }
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        record.strip_suffix(b"\r").unwrap_or(record)
    }

    /// How many bytes of blank lines and comments stand before the first record.
    pub(super) fn blank_prefix(&self, text: &[u8]) -> usize {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            match byte {
                byte if self.is_end(*byte) => at += 1,
                // csv-core knows comments only where rows end with their lines, and so does a pipeline.
                byte if Some(*byte) == self.comment => {
                    at = memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
                }
                _ => break,
            }
        }
        at
    }
}
