//! More of something than the host has room for.

use serde::Deserialize;

use crate::bindings::etl::plugin::data::{Batch, Column};
use crate::bindings::etl::plugin::host;
use crate::bindings::etl::plugin::telemetry::{self, Level, Span};
use crate::bindings::etl::plugin::types::{Error, Scalar};

/// What there is too much of.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flood {
    /// Handles that are never given back.
    Handles,
    /// Batches emitted.
    Emitted,
    /// Rows rejected, each time all of them.
    Rejected,
    /// Data that few bytes ask for: the first row, a million times, and all of it kept.
    Taken,
    /// Data that fewer bytes ask for.
    Constant,
    /// Bytes in one call.
    Bytes,
    /// One megabyte of text, and indices that ask for it more often than an array can hold.
    Text,
    /// Columns of one batch.
    Columns,
    /// Rows that no bytes stand behind: nulls of type null.
    Nulls,
}

impl Flood {
    /// The host must not let it come to `count`, if that is a lot.
    pub(crate) fn pour(self, batch: &Batch, count: u32) -> Result<(), Error> {
        match self {
            Flood::Handles => {
                for _ in 0..count {
                    std::mem::forget(batch.slice(0, batch.rows())?);
                }
            }
            Flood::Emitted => {
                for _ in 0..count {
                    host::emit(0, batch.slice(0, batch.rows())?)?;
                }
            }
            Flood::Rejected => {
                let rows: Vec<u32> = (0..batch.rows()).collect();
                for _ in 0..count {
                    host::reject(batch, &rows, "code", &"message ".repeat(1_000))?;
                }
            }
            Flood::Taken => {
                let rows = vec![0; 1_000_000];
                for _ in 0..count {
                    std::mem::forget(batch.take(&rows)?);
                }
            }
            Flood::Constant => {
                for _ in 0..count {
                    std::mem::forget(Column::constant(&Scalar::Integer(1), "l", 1 << 24)?);
                }
            }
            Flood::Bytes => drop(Column::from_s64(&vec![0; count as usize / 8], &[])?),
            Flood::Text => {
                let text = Column::from_text(&["x".repeat(1 << 20)], &[])?;
                let batch = Batch::from_columns(&["text".to_owned()], &[&text])?;
                drop(batch.take(&vec![0; count as usize])?.get(0)?.read());
            }
            Flood::Nulls => {
                let nulls = Column::constant(&Scalar::Null, "n", 1 << 20)?;
                for _ in 0..count {
                    host::emit(0, Batch::from_columns(&["nulls".to_owned()], &[&nulls])?)?;
                }
            }
            Flood::Columns => drop(batch.project(&vec![0; count as usize])?),
        }
        Ok(())
    }
}

/// Spans, attributes, counters and log lines.
pub(crate) fn chatter(count: u32, text: &str) {
    let spans: Vec<_> = (0..count)
        .map(|index| {
            let span = Span::start(text);
            span.set(&format!("{text}{index}"), &Scalar::Text(text.to_owned()));
            telemetry::set(&format!("{index}{text}"), &Scalar::Text(text.to_owned()));
            telemetry::count(&format!("{index}{text}"), 1);
            telemetry::log(Level::Info, text, &[(text.to_owned(), text.to_owned())]);
            span
        })
        .collect();
    drop(spans);
}

/// Uses a handle that the host never gave out, or one that was given back.
pub(crate) fn forged(handle: Option<u32>) -> Result<(), Error> {
    let handle = handle.map_or_else(
        || {
            let column = Column::from_s64(&[1], &[])?;
            let handle = column.handle();
            drop(column);
            Ok(handle)
        },
        Ok::<u32, Error>,
    )?;
    // SAFETY: none. A guest can name any handle it likes, and the host must see to it.
    let column = unsafe { Column::from_handle(handle) };
    column.len();
    std::mem::forget(column);
    Ok(())
}
