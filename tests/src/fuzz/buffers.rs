//! Buffers that a guest hands over.

use etl_data::{Column, ColumnData, FlatField, Node};

use super::works::works;

/// Formats by number, so that one byte is one type.
const FORMATS: [&str; 40] = [
    "n",
    "b",
    "c",
    "C",
    "s",
    "S",
    "i",
    "I",
    "l",
    "L",
    "e",
    "f",
    "g",
    "z",
    "u",
    "tdD",
    "tdm",
    "tts",
    "ttm",
    "ttu",
    "ttn",
    "tDs",
    "tDm",
    "tDu",
    "tDn",
    "tiM",
    "tiD",
    "tin",
    "tss:",
    "tsm:UTC",
    "tsu:Europe/Vienna",
    "tsn:",
    "w:3",
    "d:38,10",
    "d:9,2,32",
    "d:18,-3,64",
    "d:76,0,256",
    "+l",
    "+s",
    "+m",
];

/// Most rows of a column that no bytes stand behind: larger ones are slow, and no different.
const MOST_ROWS: u32 = 1 << 16;

/// Bytes, from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or_default()
    }

    fn number(&mut self) -> u32 {
        let mut bytes = [0; 4];
        let found = self.bytes(4);
        bytes[..found.len()].copy_from_slice(found);
        u32::from_le_bytes(bytes)
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// Whatever was let in is an array that every operation can work on. The bytes are: the number of fields, and of each its
/// format, whether it may be null, and its children; the number of nodes, and of each its length and nulls; the number of
/// buffers, and of each its length (two bytes) and content.
pub fn buffers(data: &[u8]) {
    let mut reader = Reader(data);
    let field = |reader: &mut Reader<'_>| FlatField {
        name: "a".to_owned(),
        format: match usize::from(reader.byte()) {
            40 => "+w:2".to_owned(),
            number => FORMATS[number % FORMATS.len()].to_owned(),
        },
        nullable: reader.byte() & 1 == 0,
        children: u32::from(reader.byte()),
        metadata: Vec::new(),
    };
    let fields: Vec<FlatField> = (0..reader.byte() % 16).map(|_| field(&mut reader)).collect();
    let node = |reader: &mut Reader<'_>| Node { length: reader.number(), null_count: reader.number() };
    let nodes: Vec<Node> = (0..reader.byte() % 16).map(|_| node(&mut reader)).collect();
    let buffer = |reader: &mut Reader<'_>| {
        let length = usize::from(reader.byte()) | usize::from(reader.byte()) << 8;
        reader.bytes(length).to_vec()
    };
    let buffers: Vec<Vec<u8>> = (0..reader.byte() % 48).map(|_| buffer(&mut reader)).collect();
    if nodes.iter().any(|node| node.length > MOST_ROWS && node.length <= etl_data::MAX_EMPTY_ROWS) {
        return;
    }
    if let Ok(column) = Column::from_data(&fields, ColumnData { nodes, buffers }) {
        works(&column);
    }
}
