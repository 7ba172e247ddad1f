//! Columns whose data is not what their type says, and arguments out of range.

use serde::Deserialize;

use crate::bindings::etl::plugin::data::{Batch, Column};
use crate::bindings::etl::plugin::types::{ColumnData, Error, Field, Node};

/// What is wrong with a column's data. But for it, the column has three rows.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// Text offsets 0, 4, 2, 6.
    OffsetsDescend,
    /// Text offsets up to 600, of 6 bytes.
    OffsetsOutside,
    /// The first offset is 1.
    OffsetsStart,
    /// A negative offset.
    OffsetsNegative,
    /// Two offsets for three rows.
    OffsetsShort,
    /// Bytes that no UTF-8 text has.
    Utf8,
    /// Each row ends within a character, though the whole is UTF-8.
    Utf8Split,
    /// Two integers and a half.
    ValuesShort,
    /// A hundred integers.
    ValuesLong,
    /// No validity bitmap, but a null.
    NullsWithoutBitmap,
    /// A bitmap with two nulls, and a count of one.
    NullCount,
    /// More nulls than rows.
    NullsBeyondRows,
    /// One bit for nine rows.
    BitmapShort,
    /// Four thousand million rows, and no bytes.
    HugeLength,
    /// No buffer at all.
    NoBuffers,
    /// A buffer more than the type has.
    MoreBuffers,
    /// No node.
    NoNodes,
    /// A node more than the type has.
    MoreNodes,
    /// A list whose child is missing.
    MissingChild,
    /// A list that says it has as many children as can be written.
    ManyChildren,
    /// Lists in lists, ten thousand deep.
    Nesting,
    /// A format string that names no type.
    Format,
    /// A decimal of 9,999 digits.
    DecimalPrecision,
    /// A fixed width of a negative number of bytes.
    NegativeWidth,
    /// A list whose offsets go beyond its child's rows.
    ChildShort,
    /// A struct whose children differ in length.
    StructLengths,
}

impl Fault {
    /// The host must refuse it.
    pub(crate) fn column(self) -> Result<Column, Error> {
        let (ty, data) = self.parts();
        Column::from_data(&ty, &data)
    }

    fn parts(self) -> (Vec<Field>, ColumnData) {
        let values = integers(&[1, 2, 3]);
        let good_offsets = offsets(&[0, 2, 4, 6]);
        let letters = b"abcdef".to_vec();
        let text = |offsets, bytes| (vec![field("u", 0)], data(&[(3, 0)], vec![vec![], offsets, bytes]));
        let numbers = |length, nulls, validity, body| {
            (vec![field("l", 0)], data(&[(length, nulls)], vec![validity, body]))
        };
        let list = || vec![field("+l", 1), field("l", 0)];
        match self {
            Fault::OffsetsDescend => text(offsets(&[0, 4, 2, 6]), letters),
            Fault::OffsetsOutside => text(offsets(&[0, 2, 4, 600]), letters),
            Fault::OffsetsStart => text(offsets(&[1, 2, 4, 6]), letters),
            Fault::OffsetsNegative => text(offsets(&[0, -2, 4, 6]), letters),
            Fault::OffsetsShort => text(offsets(&[0, 2]), letters),
            Fault::Utf8 => text(good_offsets, vec![0xFF; 6]),
            Fault::Utf8Split => text(offsets(&[0, 1, 3, 6]), "ééé".as_bytes().to_vec()),
            Fault::ValuesShort => numbers(3, 0, vec![], values[..20].to_vec()),
            Fault::ValuesLong => numbers(3, 0, vec![], integers(&[1; 100])),
            Fault::NullsWithoutBitmap => numbers(3, 1, vec![], values),
            Fault::NullCount => numbers(3, 1, vec![0b001], values),
            Fault::NullsBeyondRows => numbers(3, 4, vec![0b000], values),
            Fault::BitmapShort => numbers(9, 1, vec![0xFE], integers(&[0; 9])),
            Fault::HugeLength => numbers(u32::MAX, 0, vec![], vec![]),
            Fault::NoBuffers => (vec![field("l", 0)], data(&[(3, 0)], vec![])),
            Fault::MoreBuffers => (vec![field("l", 0)], data(&[(3, 0)], vec![vec![], values, vec![7]])),
            Fault::NoNodes => (vec![field("l", 0)], data(&[], vec![vec![], values])),
            Fault::MoreNodes => (vec![field("l", 0)], data(&[(3, 0), (3, 0)], vec![vec![], values])),
            Fault::MissingChild => (vec![field("+l", 1)], data(&[(3, 0)], vec![vec![], good_offsets])),
            Fault::ManyChildren => (
                vec![field("+s", u32::MAX), field("l", 0)],
                data(&[(3, 0), (3, 0)], vec![vec![], vec![], values]),
            ),
            Fault::Nesting => nested(10_000),
            Fault::Format => (vec![field("?", 0)], data(&[(3, 0)], vec![vec![], values])),
            Fault::DecimalPrecision => {
                (vec![field("d:9999,3", 0)], data(&[(3, 0)], vec![vec![], vec![0; 48]]))
            }
            Fault::NegativeWidth => (vec![field("w:-4", 0)], data(&[(3, 0)], vec![vec![], vec![0; 12]])),
            Fault::ChildShort => {
                (list(), data(&[(3, 0), (3, 0)], vec![vec![], good_offsets, vec![], values]))
            }
            Fault::StructLengths => (
                vec![field("+s", 2), field("l", 0), field("l", 0)],
                data(&[(3, 0), (3, 0), (2, 0)], vec![vec![], vec![], values, vec![], integers(&[1, 2])]),
            ),
        }
    }
}

/// Which argument of a batch's function is out of its range.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Argument {
    /// `get` of a column that is not there.
    Get,
    /// `project` to a column that is not there.
    Project,
    /// `slice` beyond the last row, with a sum that overflows.
    Slice,
    /// `filter` with a mask of no bytes.
    Filter,
    /// `take` of a row that is not there.
    Take,
    /// `gather` from a batch that is not there.
    Gather,
    /// `gather` with fewer rows than batches.
    GatherLengths,
    /// `rename` with one name for all columns.
    Rename,
    /// `from-columns` with columns of different lengths.
    FromColumns,
    /// `with-columns` with more names than columns.
    WithColumns,
    /// `cast` to a format that names no type.
    Cast,
    /// `read-s64` of a column of another type.
    Read,
    /// `reject` of a row that is not there.
    Reject,
}

impl Argument {
    /// The host must refuse it.
    pub(crate) fn call(self, batch: &Batch) -> Result<(), Error> {
        match self {
            Argument::Get => drop(batch.get(u32::MAX)?),
            Argument::Project => drop(batch.project(&[0, u32::MAX])?),
            Argument::Slice => drop(batch.slice(1, u32::MAX)?),
            Argument::Filter => drop(batch.filter(&[])?),
            Argument::Take => drop(batch.take(&[0, u32::MAX])?),
            Argument::Gather => drop(Batch::gather(&[batch], &[0, 1], &[0, 0])?),
            Argument::GatherLengths => drop(Batch::gather(&[batch], &[0, 0], &[0])?),
            Argument::Rename => drop(batch.rename(&["one".to_owned()])?),
            Argument::FromColumns => {
                let (one, two) = (Column::from_s64(&[1], &[])?, Column::from_s64(&[1, 2], &[])?);
                drop(Batch::from_columns(&["a".to_owned(), "b".to_owned()], &[&one, &two])?);
            }
            Argument::WithColumns => {
                drop(batch.with_columns(&["a".to_owned(), "b".to_owned()], &[&batch.get(0)?])?);
            }
            Argument::Cast => drop(batch.get(0)?.cast("?")?),
            Argument::Read => drop(Column::from_text(&["a".to_owned()], &[])?.read_s64()?),
            Argument::Reject => crate::host::reject(batch, &[u32::MAX], "code", "message")?,
        }
        Ok(())
    }
}

fn nested(depth: usize) -> (Vec<Field>, ColumnData) {
    let mut ty = vec![field("+l", 1); depth];
    ty.push(field("l", 0));
    let mut buffers: Vec<_> = (0..depth).flat_map(|_| [vec![], offsets(&[0, 1])]).collect();
    buffers.extend([vec![], integers(&[1])]);
    (ty, data(&vec![(1, 0); depth + 1], buffers))
}

fn field(format: &str, children: u32) -> Field {
    Field { name: String::new(), format: format.to_owned(), nullable: true, children, metadata: Vec::new() }
}

fn data(nodes: &[(u32, u32)], buffers: Vec<Vec<u8>>) -> ColumnData {
    let nodes = nodes.iter().map(|&(length, null_count)| Node { length, null_count }).collect();
    ColumnData { nodes, buffers }
}

fn offsets(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn integers(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
