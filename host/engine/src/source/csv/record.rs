//! Single records, where only a few are wanted: the header, the sample, a row that is wrong.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::Dialect;

/// Splits records into fields with csv-core, as arrow-csv does.
#[derive(Debug)]
pub(in crate::source) struct RecordReader {
    reader: Reader,
    data: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl RecordReader {
    pub(super) fn new(dialect: &Dialect) -> Self {
        let terminator = dialect.terminator.map_or(Terminator::CRLF, Terminator::Any);
        let reader = ReaderBuilder::new()
            .terminator(terminator)
            .delimiter(dialect.delimiter)
            .quote(dialect.quote.unwrap_or(b'"'))
            .quoting(dialect.quote.is_some())
            .escape(dialect.escape)
            .comment(dialect.comment)
            .build();
        Self { reader, data: vec![0; 1 << 12], ends: vec![0; 64], fields: 0 }
    }

    /// Reads a text that is one record, whatever was read before.
    pub(super) fn read(&mut self, record: &[u8]) {
        self.reader.reset();
        self.next(record);
    }

    /// Reads the next record of a text that ends with a record; returns how much of it is read, or
    /// `None` at the end.
    pub(super) fn next(&mut self, text: &[u8]) -> Option<usize> {
        let (mut at, mut written) = (0, 0);
        self.fields = 0;
        loop {
            let (result, read, wrote, ended) = self.reader.read_record(
                &text[at..],
                &mut self.data[written..],
                &mut self.ends[self.fields..],
            );
            at += read;
            written += wrote;
            self.fields += ended;
            match result {
                ReadRecordResult::Record => return Some(at),
                ReadRecordResult::End => return None,
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.data.resize(self.data.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }

    /// The fields of the record that was read.
    pub(super) fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.fields).map(|index| self.field(index))
    }

    pub(super) fn field(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.data[start..self.ends[index]]
    }
}
