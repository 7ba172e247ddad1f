//! Tables as text, in and out.

use std::fmt::Write as _;

use crate::{Batch, Column, Error, Result, Schema, TextBuilder, Value};

/// A batch from text: a line of `name: type` cells, then a line for each row, cells split by ` | `.
/// Types are int, float, bool, text, date, timestamp (microseconds, no zone) or a format string; a
/// cell `null` is null, and text that needs blanks or bars around is quoted as JSON.
///
/// ```
/// let batch = etl_sdk::testing::table("
///     price: float | name: text
///     1.5          | ada
///     null         | \"  x \"
/// ")?;
/// assert_eq!(batch.rows(), 2);
/// # Ok::<(), etl_sdk::Error>(())
/// ```
pub fn table(text: &str) -> Result<Batch> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let header = lines.next().ok_or_else(|| Error::data("a table begins with a line of `name: type`"))?;
    let head = |cell: &str| {
        let (name, kind) = cell.rsplit_once(": ").unwrap_or((cell, "text"));
        (unquoted(name).unwrap_or_default(), format_of(kind.trim()).to_owned())
    };
    let fields = cells(header).into_iter().map(|cell| head(&cell)).collect::<Vec<_>>();
    let mut builders = fields.iter().map(|_| TextBuilder::with_capacity(0)).collect::<Vec<_>>();
    for line in lines {
        let cells = cells(line);
        if cells.len() != fields.len() {
            return Err(Error::data(format!(
                "`{line}` has {} cells, expected {}",
                cells.len(),
                fields.len()
            )));
        }
        builders.iter_mut().zip(&cells).for_each(|(builder, cell)| builder.push(unquoted(cell).as_deref()));
    }
    let columns = builders.into_iter().zip(&fields).map(|(builder, (_, format))| {
        let text = builder.finish()?;
        // No text is cast to the type that has no values.
        if format == "n" { Column::constant(Value::Null, format, text.len()) } else { text.cast(format) }
    });
    let columns = columns.collect::<Result<Vec<Column>>>()?;
    let named =
        fields.iter().zip(&columns).map(|((name, _), column)| (name.as_str(), column)).collect::<Vec<_>>();
    Batch::from_columns(&named)
}

/// The text of a batch, as [`table`] reads it.
pub fn show(batch: &Batch) -> Result<String> {
    print(&batch.schema()?, std::slice::from_ref(batch))
}

/// The text of a table, as [`table`] reads it.
pub(super) fn print(schema: &Schema, batches: &[Batch]) -> Result<String> {
    let mut columns = schema
        .fields()
        .iter()
        .map(|field| vec![format!("{}: {}", quoted(&field.name), name_of(&field.format))])
        .collect::<Vec<_>>();
    for batch in batches {
        for (index, cells) in columns.iter_mut().enumerate() {
            let column = batch.column(index)?;
            // Rust prints the shortest float that reads back the same.
            if column.format()? == "g" {
                cells.extend(
                    column.f64()?.iter().map(|value| value.map_or("null".to_owned(), |v| v.to_string())),
                );
            } else {
                let text = column.cast("u")?.text()?;
                cells.extend(text.iter().map(|value| value.map_or("null".to_owned(), quoted)));
            }
        }
    }
    let widths = columns.iter().map(|cells| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0));
    let widths = widths.collect::<Vec<_>>();
    let rows = columns.first().map_or(0, Vec::len);
    let mut out = String::new();
    for row in 0..rows {
        let line = columns.iter().zip(&widths).map(|(cells, width)| format!("{:width$}", cells[row]));
        let _ = writeln!(out, "{}", line.collect::<Vec<_>>().join(" | ").trim_end());
    }
    Ok(out.trim_end().to_owned())
}

const FORMATS: &[(&str, &str)] =
    &[("int", "l"), ("float", "g"), ("bool", "b"), ("text", "u"), ("date", "tdD"), ("timestamp", "tsu:")];

fn format_of(kind: &str) -> &str {
    FORMATS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, format)| format)
}

fn name_of(format: &str) -> &str {
    FORMATS.iter().find(|(_, known)| *known == format).map_or(format, |(name, _)| name)
}

/// Splits a line at bars that are not in quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for c in line.chars() {
        match c {
            '|' if !quoted => cells.push(String::new()),
            _ => {
                if c == '"' && !escaped {
                    quoted = !quoted;
                }
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

fn unquoted(cell: &str) -> Option<String> {
    match cell {
        "null" => None,
        _ if cell.starts_with('"') => Some(serde_json::from_str(cell).unwrap_or_else(|_| cell.to_owned())),
        _ => Some(cell.to_owned()),
    }
}

fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && text.trim() == text && text != "null" && !text.contains(['|', '"', '\n']);
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
