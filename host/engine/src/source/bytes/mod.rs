//! The bytes of an input file as the text that is cut: decompressed, in UTF-8, an array's elements as lines.

mod array;
mod transcode;

use std::{
    fmt,
    io::{self, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use encoding_rs::{Encoding, UTF_8};
use etl_pipeline::{Decompression, EncodingName};
use flate2::read::MultiGzDecoder;

use super::{InputFile, Place, SourceError};
use array::Elements;
pub(super) use array::NotAnArray;
use transcode::Transcoded;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// What texts of other encodings begin with.
const OTHER_MARKS: [([u8; 2], &str); 2] = [([0xff, 0xfe], "utf-16le"), ([0xfe, 0xff], "utf-16be")];

/// What stands in place of bytes that mean nothing in a file's encoding: never part of UTF-8.
pub(super) const MALFORMED: u8 = 0xff;

/// How files are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// `None`: as the first bytes of a file say.
    pub(super) compression: Option<Decompression>,
    pub(super) encoding: &'static Encoding,
    /// The file is an array of JSON values: see [`Elements`].
    pub(super) array: bool,
}

impl Default for Opening {
    fn default() -> Self {
        Self { compression: None, encoding: UTF_8, array: false }
    }
}

impl Opening {
    /// The byte that ends a line in what is read.
    pub(super) fn line_end(&self) -> u8 {
        if self.array { b'\r' } else { b'\n' }
    }
}

/// The encoding of this name.
pub(super) fn encoding(name: &EncodingName) -> &'static Encoding {
    // The web's standard knows no `latin-1`: it takes it for the code page that holds it.
    let label = if name.as_str() == "latin-1" { "windows-1252" } else { name.as_str() };
    Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8)
}

/// A file that is being read.
pub(super) struct Bytes {
    reader: Box<dyn Read + Send>,
    /// How many bytes of the file itself were read, and not yet asked for.
    count: Arc<AtomicU64>,
}

impl Bytes {
    pub(super) fn open(input: &InputFile, opening: &Opening) -> io::Result<Self> {
        let count = Arc::new(AtomicU64::new(0));
        let mut file = Counted { file: input.open()?, count: Arc::clone(&count) };
        let mut start = Vec::with_capacity(ZSTD.len());
        file.by_ref().take(ZSTD.len() as u64).read_to_end(&mut start)?;
        let compression = opening.compression.unwrap_or_else(|| compression(&input.path, &start));
        let file = Cursor::new(start).chain(file);
        let mut reader: Box<dyn Read + Send> = match compression {
            Decompression::Gzip => Box::new(MultiGzDecoder::new(file)),
            Decompression::Zstd => Box::new(zstd::Decoder::new(file)?),
            Decompression::None => Box::new(file),
        };
        if opening.encoding == UTF_8 {
            reader = refuse_other_marks(reader)?;
        } else {
            reader = Box::new(Transcoded::new(reader, opening.encoding));
        }
        if opening.array {
            reader = Box::new(Elements::new(reader));
        }
        Ok(Self { reader, count })
    }

    /// A text that is there already.
    pub(super) fn of_text(text: Vec<u8>) -> Self {
        Self { reader: Box::new(Cursor::new(text)), count: Arc::default() }
    }

    /// Appends up to `wanted` bytes of text; fewer only at the end.
    pub(super) fn read_up_to(&mut self, wanted: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
        buffer.reserve(wanted);
        self.reader.by_ref().take(wanted as u64).read_to_end(buffer)
    }

    /// How many bytes of the file were read since this was asked last.
    pub(super) fn take_count(&self) -> u64 {
        self.count.swap(0, Relaxed)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bytes").finish_non_exhaustive()
    }
}

/// How a file is compressed: its first bytes can't be those of a text. One that is only named so is left to
/// fail, as what is in it can't be what was meant.
fn compression(path: &Path, start: &[u8]) -> Decompression {
    let named = |extension| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    match start {
        _ if start.starts_with(GZIP) => Decompression::Gzip,
        _ if start.starts_with(ZSTD) => Decompression::Zstd,
        _ if named("gz") => Decompression::Gzip,
        _ if named("zst") => Decompression::Zstd,
        _ => Decompression::None,
    }
}

/// Passes a text on, unless it says itself that it is of another encoding.
fn refuse_other_marks(mut reader: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::with_capacity(2);
    reader.by_ref().take(2).read_to_end(&mut start)?;
    match OTHER_MARKS.iter().find(|(mark, _)| start == mark) {
        Some((_, encoding)) => Err(io::Error::new(io::ErrorKind::InvalidData, OtherMark { encoding })),
        None => Ok(Box::new(Cursor::new(start).chain(reader))),
    }
}

/// A text that begins with the mark of this encoding.
#[derive(Debug, thiserror::Error)]
#[error("it begins with the mark of {encoding}")]
struct OtherMark {
    encoding: &'static str,
}

/// What an error of reading says to the user.
pub(super) fn reading_error(path: &Path, error: io::Error) -> SourceError {
    let error = match error.downcast::<OtherMark>() {
        Ok(OtherMark { encoding }) => {
            return SourceError::OtherEncoding { path: path.to_owned(), encoding };
        }
        Err(error) => error,
    };
    match error.downcast::<NotAnArray>() {
        Ok(NotAnArray { line, found }) => {
            SourceError::NotAnArray { place: Place { file: path.to_owned(), line, column: None }, found }
        }
        Err(error) => SourceError::io(path, error),
    }
}

struct Counted {
    file: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.count.fetch_add(read as u64, Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;
    use etl_pipeline::EncodingName;

    #[test]
    fn every_encoding_that_a_pipeline_may_name_is_known() {
        for name in EncodingName::all().filter(|name| name.as_str() != "latin-1") {
            assert!(Encoding::for_label(name.as_str().as_bytes()).is_some(), "{name:?}");
        }
    }
}
