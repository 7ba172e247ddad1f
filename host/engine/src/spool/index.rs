//! Where in a spool a row stands.

use arrow_array::RecordBatch;
use datafusion_common::{DataFusionError, Result};
use roaring::RoaringTreemap;

use crate::position::positions;

/// The positions of all rows: about two bits a row.
#[derive(Debug, Default)]
pub(crate) struct RowIndex {
    positions: RoaringTreemap,
}

impl RowIndex {
    /// Takes the next rows, whose positions are greater than all before.
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let rising = self.positions.append(positions(batch).values().iter().copied());
        rising
            .map_err(|error| DataFusionError::Internal(format!("positions of a spool: {error}")))
            .map(|_| ())
    }

    /// The number of the row at this position, from 0.
    pub(crate) fn row_of(&self, position: u64) -> Option<u64> {
        self.positions.contains(position).then(|| self.positions.rank(position) - 1)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::position::positioned;
    use arrow_array::UInt64Array;
    use arrow_schema::Schema;
    use std::sync::Arc;

    #[test]
    fn a_row_is_found_by_its_position() {
        let mut index = RowIndex::default();
        for rows in [&[2_u64, 5][..], &[], &[6, 9, 12, 1 << 40, 1 << 62]] {
            let rows = UInt64Array::from(rows.to_vec());
            index
                .push(&RecordBatch::try_new(positioned(&Schema::empty()), vec![Arc::new(rows)]).unwrap())
                .unwrap();
        }
        let found = [0, 2, 3, 5, 6, 9, 12, 13, 1 << 40, 1 << 62].map(|position| index.row_of(position));
        assert_eq!(found, [None, Some(0), None, Some(1), Some(2), Some(3), Some(4), None, Some(5), Some(6)]);
    }
}
