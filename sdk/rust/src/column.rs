//! Columns in the host, and what an operation reads of them.

use std::cell::OnceCell;

use bytemuck::Pod;

use crate::backend::{Buffers, RawColumn};
use crate::view::{Bools, F64, I32, I64, Text, Values};
use crate::{Batch, Code, Error, Kind, Mask, Result, Value};

/// An immutable column that stays in the host until it is read.
pub struct Column {
    raw: RawColumn,
    format: OnceCell<String>,
}

impl Column {
    pub(crate) fn new(raw: RawColumn, format: Option<String>) -> Self {
        Self { raw, format: format.map(OnceCell::from).unwrap_or_default() }
    }

    pub(crate) fn raw(&self) -> &RawColumn {
        &self.raw
    }

    pub(crate) fn of_format(raw: RawColumn, format: &str) -> Self {
        Self::new(raw, Some(format.to_owned()))
    }

    /// A float column. No validity: no nulls.
    pub fn from_f64(values: Vec<f64>, validity: Option<&Mask>) -> Result<Self> {
        Ok(Self::of_format(RawColumn::from_f64(values, bytes(validity))?, "g"))
    }

    /// An integer column. No validity: no nulls.
    pub fn from_i64(values: Vec<i64>, validity: Option<&Mask>) -> Result<Self> {
        Ok(Self::of_format(RawColumn::from_i64(values, bytes(validity))?, "l"))
    }

    /// A column of instants, as `format` counts them: "tsu:" for microseconds without a zone.
    pub fn from_timestamps(format: &str, values: Vec<i64>, validity: Option<&Mask>) -> Result<Self> {
        Self::from_i64(values, validity)?.cast(format)
    }

    /// A column of booleans.
    pub fn from_bools(values: &Mask, validity: Option<&Mask>) -> Result<Self> {
        Self::from_buffers("b", values.len(), validity, vec![values.bytes().to_vec()])
    }

    /// A column with the same value in every row.
    pub fn constant(value: impl Into<Value>, format: &str, rows: usize) -> Result<Self> {
        Ok(Self::of_format(RawColumn::constant(value.into(), format, rows)?, format))
    }

    pub(crate) fn from_buffers(
        format: &str,
        rows: usize,
        validity: Option<&Mask>,
        values: Vec<Vec<u8>>,
    ) -> Result<Self> {
        let nulls = validity.map_or(0, |validity| rows - validity.count());
        let mut buffers = vec![if nulls == 0 { Vec::new() } else { bytes(validity).to_vec() }];
        buffers.extend(values);
        Ok(Self::of_format(RawColumn::from_buffers(format, nulls, Buffers { rows, buffers })?, format))
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows that are null.
    pub fn null_count(&self) -> usize {
        self.raw.null_count()
    }

    /// Arrow format string of the column's type.
    pub fn format(&self) -> Result<&str> {
        if let Some(format) = self.format.get() {
            return Ok(format);
        }
        let format = self.raw.format()?;
        Ok(self.format.get_or_init(|| format))
    }

    /// What the column holds.
    pub fn kind(&self) -> Result<Kind> {
        self.format().map(Kind::of)
    }

    /// Which rows have a value; `None` if all have.
    pub fn validity(&self) -> Option<Mask> {
        (self.null_count() > 0).then(|| Mask::from_bytes(self.raw.validity(), self.len()))
    }

    /// The values of a 64-bit float column.
    pub fn f64(&self) -> Result<F64> {
        self.values(self.format()? == "g", "64-bit floats")
    }

    /// The values of a 64-bit integer column.
    pub fn i64(&self) -> Result<I64> {
        self.values(self.format()? == "l", "64-bit integers")
    }

    /// The values of any column of numbers, as floats.
    pub fn as_f64(&self) -> Result<F64> {
        if self.format()? == "g" { self.f64() } else { self.number("g")?.f64() }
    }

    /// The values of any column of numbers, as integers.
    pub fn as_i64(&self) -> Result<I64> {
        if self.format()? == "l" { self.i64() } else { self.number("l")?.i64() }
    }

    /// Instants, 64-bit times, durations or dates as the type counts them.
    pub fn timestamps(&self) -> Result<I64> {
        let format = self.format()?;
        let wide =
            matches!(format, "tdm" | "ttu" | "ttn") || format.starts_with("ts") || format.starts_with("tD");
        self.values(wide, "timestamps")
    }

    /// Days since 1970-01-01.
    pub fn dates(&self) -> Result<I32> {
        self.values(self.format()? == "tdD", "dates")
    }

    /// The values of a text column.
    pub fn text(&self) -> Result<Text> {
        self.need(self.format()? == "u", "text")?;
        Text::read(self.raw.read()?)
    }

    /// The values of a boolean column.
    pub fn bools(&self) -> Result<Bools> {
        self.need(self.format()? == "b", "booleans")?;
        Bools::read(self.raw.read()?)
    }

    /// The bytes of the validity, offset and value buffers of any flat column.
    pub(crate) fn buffers(&self) -> Result<Buffers> {
        self.raw.read()
    }

    /// The column as another type; a value that does not fit is an error.
    pub fn cast(&self, format: &str) -> Result<Self> {
        Ok(Self::of_format(self.raw.cast(format)?, format))
    }

    /// The column with its nulls replaced by the one value of `filler`, a column of the same type
    /// with one row. No value is read: the host puts the rows together.
    pub fn fill(&self, filler: &Self) -> Result<Self> {
        let Some(validity) = self.validity() else {
            return self.cast(self.format()?);
        };
        Self::select(&[self, filler], self.len(), |row| if validity.get(row) { (0, row) } else { (1, 0) })
    }

    /// Row k of the result is row `choose(k).1` of column `sources[choose(k).0]`. All must have the
    /// same type. No value is read.
    pub fn select(sources: &[&Self], rows: usize, choose: impl Fn(usize) -> (u32, usize)) -> Result<Self> {
        let sources =
            sources.iter().map(|source| Batch::from_columns(&[("", source)])).collect::<Result<Vec<_>>>()?;
        let sources = sources.iter().collect::<Vec<_>>();
        let (batches, rows): (Vec<u32>, Vec<u32>) =
            (0..rows).map(choose).map(|(source, row)| (source, crate::backend::narrow(row))).unzip();
        Batch::gather(&sources, &batches, &rows)?.column(0)
    }

    fn values<T: Pod>(&self, fits: bool, needed: &str) -> Result<Values<T>> {
        self.need(fits, needed)?;
        Values::read(self.raw.read()?)
    }

    fn number(&self, format: &str) -> Result<Self> {
        self.need(self.kind()?.is_number(), "numbers")?;
        self.cast(format)
    }

    fn need(&self, fits: bool, needed: &str) -> Result<()> {
        if fits {
            return Ok(());
        }
        let (kind, format) = (self.kind()?, self.format()?);
        Err(Error::new(Code::InvalidSchema, format!("the column holds {kind} (`{format}`), not {needed}")))
    }
}

fn bytes(validity: Option<&Mask>) -> &[u8] {
    validity.map_or(&[], Mask::bytes)
}
