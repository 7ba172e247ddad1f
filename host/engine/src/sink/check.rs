//! What an output can't hold, known before anything runs.

use arrow_schema::{DataType, Schema};
use etl_pipeline::{Sink, SinkFormat, Span, nearest};

use crate::source::type_name;

/// What is wrong with an output.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) at: Span,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// All that keeps rows of `schema` from being written.
pub(crate) fn check(sink: &Sink, schema: &Schema) -> Vec<Unfit> {
    let mut unfit = Vec::new();
    for column in &sink.partition_by {
        let Ok(field) = schema.field_with_name(column) else {
            let near = nearest(column, schema.fields().iter().map(|field| field.name().as_str()));
            unfit.push(Unfit {
                at: column.at,
                message: format!("folders can't be named by `{column}`: there is no such column"),
                hint: near.map(|near| format!("did you mean `{near}`?")),
            });
            continue;
        };
        if !names_folders(field.data_type()) {
            let name = type_name(field.data_type());
            unfit.push(Unfit {
                at: column.at,
                message: format!("folders can't be named by `{column}`: it is {name}"),
                hint: Some("columns of bool, of integers, of date32 or of utf8 can name folders".to_owned()),
            });
        }
    }
    let in_files = |name: &str| !sink.partition_by.iter().any(|column| column.as_str() == name);
    if !schema.fields().iter().any(|field| in_files(field.name())) && !sink.partition_by.is_empty() {
        unfit.push(Unfit {
            at: sink.partition_by[0].at,
            message: "folders are named by all columns: nothing is left for the files".to_owned(),
            hint: None,
        });
    }
    let (format, holds): (_, fn(&DataType) -> bool) = match sink.format {
        SinkFormat::Csv(_) => ("CSV", is_plain),
        SinkFormat::Ndjson(_) => ("NDJSON", is_json),
        SinkFormat::Parquet(_) | SinkFormat::Ipc(_) => return unfit,
    };
    for field in schema.fields().iter().filter(|field| in_files(field.name()) && !holds(field.data_type())) {
        let (column, name) = (field.name(), type_name(field.data_type()));
        unfit.push(Unfit {
            at: sink.url.at,
            message: format!("column `{column}` is {name}, which {format} can't hold"),
            hint: Some("drop the column, or write to `sink.parquet` or `sink.ipc`".to_owned()),
        });
    }
    unfit
}

fn names_folders(data_type: &DataType) -> bool {
    let text = matches!(etl_data::plain(data_type), DataType::Utf8);
    text || data_type.is_integer() || matches!(data_type, DataType::Boolean | DataType::Date32)
}

/// What a single text can stand for, both ways.
fn is_plain(data_type: &DataType) -> bool {
    match etl_data::plain(data_type) {
        DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..) => true,
        other => other.is_numeric(),
    }
}

fn is_json(data_type: &DataType) -> bool {
    match etl_data::plain(data_type) {
        DataType::List(item) | DataType::FixedSizeList(item, _) => is_json(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_json(field.data_type())),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                fields.len() == 2
                    && fields[0].data_type() == &DataType::Utf8
                    && is_json(fields[1].data_type())
            }
            _ => false,
        },
        other => is_plain(&other),
    }
}
