//! What a plugin does about some of its rows: those with these numbers in their first column.

use std::cell::{Cell, RefCell};

use serde::Deserialize;

use crate::bindings::etl::plugin::data::Batch;
use crate::bindings::etl::plugin::host;
use crate::bindings::etl::plugin::types::{Error, ErrorCode};

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum About {
    /// Traps.
    Trap,
    /// Never comes back.
    Loop,
    /// Allocates until it is refused.
    Bomb,
    /// Gives an error.
    Error,
    /// Rejects them, and lets the others through.
    Reject,
    /// Gives an error that a second call does not give.
    Flaky,
    /// Traps, and keeps what it got before until its end.
    Keep,
}

thread_local! {
    static KEPT: RefCell<Vec<Batch>> = const { RefCell::new(Vec::new()) };
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

impl About {
    /// What goes out for a batch that came in.
    pub(crate) fn output(self, numbers: &[i64], input: Batch) -> Result<Vec<(u32, Batch)>, Error> {
        let found = input.get(0)?.read_s64()?;
        let rows = (0_u32..).zip(&found).filter(|(_, number)| numbers.contains(number));
        let rows = rows.map(|(row, _)| row).collect::<Vec<_>>();
        if rows.is_empty() {
            return Ok(self.good(input));
        }
        match self {
            About::Trap | About::Keep => crate::act::trap(),
            About::Loop => loop {
                std::hint::black_box(());
            },
            About::Bomb => loop {
                std::hint::black_box(vec![1_u8; 16 << 20].leak());
            },
            About::Error => Err(crate::error(ErrorCode::InvalidData, &"a chosen number")),
            About::Reject => {
                host::reject(&input, &rows, "chosen", "its number is one of those")?;
                let mut mask = vec![0xff_u8; found.len().div_ceil(8)];
                for row in &rows {
                    mask[*row as usize / 8] &= !(1 << (row % 8));
                }
                Ok(vec![(0, input.filter(&mask)?)])
            }
            About::Flaky if FAILED.replace(!FAILED.get()) => Ok(vec![(0, input)]),
            About::Flaky => {
                let error = crate::error(ErrorCode::ResourceLimit, &"the service is busy");
                Err(Error { details: vec![("retryable".to_owned(), "true".to_owned())], ..error })
            }
        }
    }

    fn good(self, input: Batch) -> Vec<(u32, Batch)> {
        if self == About::Keep {
            KEPT.with_borrow_mut(|kept| kept.push(input));
            return Vec::new();
        }
        vec![(0, input)]
    }
}

/// What was kept.
pub(crate) fn kept() -> Vec<Batch> {
    KEPT.take()
}
