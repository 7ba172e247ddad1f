//! The characters that a CSV file is made of.

use etl_pipeline::CsvSource;

use crate::source::SourceError;

#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// `None`: there are none.
    pub(super) quote: Option<u8>,
    /// Before a quote in quotes; a doubled quote is understood as well.
    pub(super) escape: Option<u8>,
    pub(super) comment: Option<u8>,
}

impl Dialect {
    /// Takes ASCII characters only, each with one meaning: then no byte of a character beyond ASCII
    /// can be mistaken for one of them.
    pub(super) fn of(source: &CsvSource) -> Result<Self, SourceError> {
        let CsvSource { delimiter, quote, comment, .. } = *source;
        let escape = source.escape.filter(|escape| quote.is_some() && Some(*escape) != quote);
        let named =
            [("delimiter", Some(delimiter)), ("quote", quote), ("escape", escape), ("comment", comment)];
        for (index, (what, byte)) in named.iter().enumerate() {
            let Some(byte) = *byte else { continue };
            if !byte.is_ascii() || byte == b'\n' || byte == b'\r' {
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
        Ok(Self { delimiter, quote, escape, comment })
    }

    /// How many bytes of blank lines and comments stand before the first record.
    pub(super) fn blank_prefix(&self, text: &[u8]) -> usize {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            match byte {
                b'\n' | b'\r' => at += 1,
                byte if Some(*byte) == self.comment => {
                    at = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
                }
                _ => break,
            }
        }
        at
    }
}
