//! A rejected row, as it is written: where it stands, why, and what it holds.

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, RecordBatch, StringViewArray, UInt64Array};
use arrow_json::writer::{LineDelimited, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::position::positioned;

/// A row that was rejected.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// Its position; a row that a stage made has one beyond those of input rows.
    pub(crate) position: u64,
    /// The stage that rejected it; `None`: the source.
    pub(crate) stage: Option<Arc<str>>,
    /// What of the source or of the stage did.
    pub(crate) by: By,
    /// The reason as a word.
    pub(crate) code: String,
    /// The reason as a sentence.
    pub(crate) message: String,
    /// The file that it came from.
    pub(crate) file: Option<String>,
    /// Its line there, from 1, where the file has lines.
    pub(crate) line: Option<u64>,
    /// The number of the column at fault, from 1.
    pub(crate) column: Option<u64>,
    /// Its number among the rows of the file, from 1.
    pub(crate) row: Option<u64>,
    /// The batch in which the stage got it, from 0.
    pub(crate) batch: Option<u64>,
    /// The record as it stands in the file.
    pub(crate) text: Option<String>,
    /// The row as it came to the stage, as a JSON object of the columns that something still needs.
    pub(crate) values: Option<String>,
}

/// What rejects a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum By {
    /// The source, which can't read it.
    #[default]
    Source,
    /// The contract of the source or of a stage.
    Contract,
    /// A stage's plugin.
    Plugin,
}

impl By {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Contract => "contract",
            Self::Plugin => "plugin",
        }
    }

    /// What is written so.
    pub(crate) fn of(text: &str) -> Option<Self> {
        [Self::Source, Self::Contract, Self::Plugin].into_iter().find(|by| by.as_str() == text)
    }
}

/// The columns of a `rejects` sink.
pub(crate) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8View, nullable);
    let number = |name: &str| Field::new(name, DataType::UInt64, true);
    Arc::new(Schema::new(vec![
        text("job", false),
        text("stage", true),
        text("rejected_by", false),
        text("code", false),
        text("message", false),
        text("file", true),
        number("line"),
        number("column"),
        number("row"),
        number("batch"),
        text("text", true),
        text("values", true),
        text("run_id", false),
        text("trace_id", false),
        text("span_id", false),
    ]))
});

/// The same with the rows' positions, by which they are put into order.
pub(crate) static POSITIONED: LazyLock<SchemaRef> = LazyLock::new(|| positioned(&SCHEMA));

/// What is the same in all rows that a job rejects.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) job: String,
    pub(super) run: String,
    pub(super) trace: String,
    pub(super) span: String,
}

/// The records as rows of [`POSITIONED`].
pub(super) fn batch(origin: &Origin, records: &[Record]) -> Result<RecordBatch, ArrowError> {
    let of = || records.iter();
    let columns = vec![
        text(of().map(|_| Some(origin.job.as_str()))),
        text(of().map(|record| record.stage.as_deref())),
        text(of().map(|record| Some(record.by.as_str()))),
        text(of().map(|record| Some(record.code.as_str()))),
        text(of().map(|record| Some(record.message.as_str()))),
        text(of().map(|record| record.file.as_deref())),
        number(of().map(|record| record.line)),
        number(of().map(|record| record.column)),
        number(of().map(|record| record.row)),
        number(of().map(|record| record.batch)),
        text(of().map(|record| record.text.as_deref())),
        text(of().map(|record| record.values.as_deref())),
        text(of().map(|_| Some(origin.run.as_str()))),
        text(of().map(|_| Some(origin.trace.as_str()))),
        text(of().map(|_| Some(origin.span.as_str()))),
        number(of().map(|record| Some(record.position))),
    ];
    RecordBatch::try_new(Arc::clone(&POSITIONED), columns)
}

fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringViewArray>())
}

fn number(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(values.collect::<UInt64Array>())
}

/// Each row as a JSON object, without columns that hold nothing and without positions.
pub(crate) fn values(rows: &RecordBatch) -> Result<Vec<String>, ArrowError> {
    let fields = rows.schema_ref().fields();
    let told = (0..fields.len()).filter(|column| {
        let field = &fields[*column];
        field.data_type() != &DataType::Null && field.name() != etl_data::ROW_COLUMN
    });
    let told = rows.project(&told.collect::<Vec<_>>())?;
    if told.num_columns() == 0 {
        return Ok(vec!["{}".to_owned(); rows.num_rows()]);
    }
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    writer.write(&told)?;
    writer.finish()?;
    let lines = writer.into_inner();
    Ok(String::from_utf8_lossy(&lines).lines().map(ToOwned::to_owned).collect())
}
